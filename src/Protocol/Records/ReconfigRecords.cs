namespace Coordination.Protocol;

/// <summary>Request of <see cref="OpCode.Reconfig"/>.</summary>
/// <param name="JoiningServers">Servers to add or change, comma-separated.</param>
/// <param name="LeavingServers">Ids of servers to remove, comma-separated.</param>
/// <param name="NewMembers">A whole new membership instead of changes.</param>
/// <param name="ExpectedConfigId">The version of the configuration to change; -1 for any.</param>
public readonly record struct ReconfigRequest(
    string? JoiningServers,
    string? LeavingServers,
    string? NewMembers,
    long ExpectedConfigId) : IJuteRecord<ReconfigRequest>
{
    /// <inheritdoc/>
    public static ReconfigRequest Read(ref JuteReader reader) => new(
        reader.ReadString(),
        reader.ReadString(),
        reader.ReadString(),
        reader.ReadInt64());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteString(JoiningServers);
        writer.WriteString(LeavingServers);
        writer.WriteString(NewMembers);
        writer.WriteInt64(ExpectedConfigId);
    }
}
