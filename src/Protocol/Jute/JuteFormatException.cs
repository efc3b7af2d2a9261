namespace Coordination.Protocol;

/// <summary>Why bytes could not be read as jute.</summary>
public enum JuteError
{
    /// <summary>The bytes end inside a value.</summary>
    Truncated,

    /// <summary>A length is negative and not the null marker -1.</summary>
    NegativeLength,

    /// <summary>A length exceeds the limit in force.</summary>
    Oversized,

    /// <summary>A value that the record forbids, such as an unknown operation inside a multi.</summary>
    InvalidValue,

    /// <summary>A text is null where the record needs one, such as the path of most requests.</summary>
    NullText,
}

/// <summary>Bytes that are no valid record. The reader allocated nothing for the offending length.</summary>
/// <param name="error">What is wrong.</param>
/// <param name="offset">Position inside the bytes given to the reader.</param>
/// <param name="message">A sentence for a log.</param>
public sealed class JuteFormatException(JuteError error, int offset, string message) : FormatException(message)
{
    /// <summary>What is wrong.</summary>
    public JuteError Error { get; } = error;

    /// <summary>Position of the offending value inside the bytes given to the reader.</summary>
    public int Offset { get; } = offset;
}
