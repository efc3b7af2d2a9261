namespace Coordination.Fuzz.Tests.Wire;

/// <summary>What a piece of a frame is.</summary>
internal enum TokenKind
{
    /// <summary>Four bytes.</summary>
    Int,

    /// <summary>Eight bytes.</summary>
    Long,

    /// <summary>One byte.</summary>
    Bool,

    /// <summary>A length and as many bytes of text.</summary>
    Text,

    /// <summary>A length and as many bytes.</summary>
    Bytes,

    /// <summary>The four bytes that say how many elements follow.</summary>
    Count,

    /// <summary>Bytes without a meaning.</summary>
    Raw,
}

/// <summary>One piece of a frame, length words included.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">How many bytes it has.</param>
internal readonly record struct Token(TokenKind Kind, int Start, int Length);

/// <summary>What the schema says of some bytes.</summary>
internal enum Verdict
{
    /// <summary>No record: the codec must refuse them.</summary>
    Malformed,

    /// <summary>A record, but not as a canonical writer writes it.</summary>
    Loose,

    /// <summary>A record, which must be written back as the same bytes.</summary>
    Canonical,
}
