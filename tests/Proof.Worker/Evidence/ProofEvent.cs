using System.Text.Json;

namespace Coordination.Proof.Worker.Evidence;

/// <summary>What a witness reports.</summary>
internal enum ProofEventKind
{
    /// <summary>A process introduces itself; the first event of its connection.</summary>
    Hello,

    /// <summary>The instant after a lock was acquired, before anything was done under it.</summary>
    Enter,

    /// <summary>The instant after the last thing was done under the lock, before it is released.</summary>
    Leave,

    /// <summary>The hold's lost token fired.</summary>
    Lost,

    /// <summary>A holder looked at its hold after a gap, or found it lost.</summary>
    Look,

    /// <summary>The guarded resource carried an operation out.</summary>
    Accepted,

    /// <summary>The guarded resource refused an operation.</summary>
    Refused,

    /// <summary>An acquire failed; harmless while servers are being killed.</summary>
    Failed,

    /// <summary>The process is gone: its connection to the recorder ended. Made by the recorder.</summary>
    Gone,
}

/// <summary>What a holder saw when it looked at its hold.</summary>
/// <param name="Before">The instant before the look.</param>
/// <param name="SafeFor">What the hold promised.</param>
/// <param name="TokenFired">Whether its lost token had fired.</param>
/// <param name="Confirmed">What <c>ConfirmAsync</c>, asked next, said.</param>
/// <param name="GuardedWriteDone">Whether a transaction guarded by the hold, tried next, was committed.</param>
internal sealed record HoldLook(TimeSpan Before, TimeSpan SafeFor, bool TokenFired, bool Confirmed, bool GuardedWriteDone);

/// <summary>One piece of evidence. All instants are <see cref="BootClock"/>'s.</summary>
internal sealed record ProofEvent
{
    public required ProofEventKind Kind { get; init; }

    public required TimeSpan At { get; init; }

    /// <summary>The process that reports; the resource reports under its own id.</summary>
    public int Process { get; init; }

    /// <summary>Names one stay in the guarded section, over all processes.</summary>
    public string Section { get; init; } = "";

    /// <summary>Which of the process's contenders.</summary>
    public int Contender { get; init; }

    public long FencingToken { get; init; }

    public HoldLook? Look { get; init; }

    /// <summary>Resource: the highest number seen before this operation.</summary>
    public long HighestToken { get; init; }

    /// <summary>Resource, for a refusal: whether the server still knew the holder's session when asked right after.</summary>
    public bool SessionAlive { get; init; }

    /// <summary>What failed.</summary>
    public string Text { get; init; } = "";

    public string ToLine() => JsonSerializer.Serialize(this);

    public static ProofEvent FromLine(string line) => JsonSerializer.Deserialize<ProofEvent>(line)!;
}
