namespace Coordination.Protocol;

/// <summary>A record of the protocol: its fields in order, without tag or length.</summary>
/// <typeparam name="TSelf">The record itself.</typeparam>
public interface IJuteRecord<TSelf>
    where TSelf : IJuteRecord<TSelf>
{
    /// <summary>Reads the record's fields.</summary>
    /// <param name="reader">Positioned at the first field; left behind the last.</param>
    /// <returns>The record.</returns>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    static abstract TSelf Read(ref JuteReader reader);

    /// <summary>Writes the record's fields.</summary>
    /// <param name="writer">Appended to.</param>
    void Write(ref JuteWriter writer);
}
