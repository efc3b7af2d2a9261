namespace Coordination.Server.Hosting;

/// <summary>
/// What is traced to the log at level Debug, in the bits of Apache's <c>ZooTrace</c>; the words <c>gtmk</c> and <c>stmk</c> read and set
/// them. Of its bits, those of sessions and of warnings select something here; requests and packets are never traced.
/// </summary>
internal sealed class TraceMask
{
    /// <summary>Sessions that open, close, are attached again or refused.</summary>
    public const long Session = 1 << 5;

    /// <summary>What else is out of the ordinary.</summary>
    public const long Warning = 1 << 8;

    /// <summary>Apache's default: client requests, server packets, sessions, warnings.</summary>
    public const long Default = 0x132;

    private long _value = Default;

    /// <summary>The bits.</summary>
    public long Value
    {
        get => Volatile.Read(ref _value);
        set => Volatile.Write(ref _value, value);
    }

    /// <summary>Whether a kind of facts is traced.</summary>
    public bool Has(long bit) => (Value & bit) != 0;
}
