namespace Coordination.Fuzz.Tests.Serving;

/// <summary>What happens to the replica.</summary>
internal enum FuzzActionKind
{
    /// <summary>A connection is accepted in a slot; one that was there goes.</summary>
    Accept,

    /// <summary>A frame arrives.</summary>
    Send,

    /// <summary>A connection breaks.</summary>
    Disconnect,

    /// <summary>The disk has everything.</summary>
    Persist,

    /// <summary>The disk stops confirming, or confirms each turn again.</summary>
    HoldLog,

    /// <summary>Time passes.</summary>
    Advance,

    /// <summary>The disk reaches its reserve, or has room again.</summary>
    Reserve,
}

/// <summary>One step of an episode; a list of them is all that a failure needs to happen again.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Slot">To which connection.</param>
/// <param name="Bytes">The frame.</param>
/// <param name="Number">Milliseconds, or 0 and 1 for off and on.</param>
internal sealed record FuzzAction(FuzzActionKind Kind, int Slot = 0, byte[]? Bytes = null, int Number = 0)
{
    public override string ToString() => $"{Kind} {Slot} {Number} {(Bytes is null ? "" : Convert.ToHexString(Bytes))}";
}
