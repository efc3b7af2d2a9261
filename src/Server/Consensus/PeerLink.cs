using Coordination.Protocol;
using Coordination.Server.Consensus.Leading;

namespace Coordination.Server.Consensus;

/// <summary>Why the core wants a link closed.</summary>
internal enum LinkCloseReason
{
    None,

    /// <summary>This server's role has changed; what stands in the output still goes out.</summary>
    RoleChanged,

    /// <summary>The other side said something that it may not say, or that means that one of the two is wrong.</summary>
    Violation,

    /// <summary>It was silent for too long, or does not read.</summary>
    TooSlow,

    /// <summary>It cannot be helped on this link; it may come back.</summary>
    Refused,
}

/// <summary>
/// One connection between a learner and its leader as the core sees it. Owned by whoever runs the turn; Hosting moves
/// <see cref="Output"/> to the socket between turns and touches nothing else while a turn runs.
/// </summary>
/// <param name="id">Unique within the process, increasing.</param>
/// <param name="isIncoming">Whether the other side opened it, and wants to learn from us.</param>
internal sealed class PeerLink(long id, bool isIncoming)
{
    /// <summary>Unique within the process, increasing.</summary>
    public long Id { get; } = id;

    /// <summary>Whether the other side opened it, and wants to learn from us.</summary>
    public bool IsIncoming { get; } = isIncoming;

    /// <summary>The other server's number; of one that came to us it is known from its first packet on, before that it is -1.</summary>
    public long Sid { get; set; } = -1;

    /// <summary>Packets back to back. Filled by the core, emptied by Hosting.</summary>
    public FrameBuffer Output { get; } = new(1024);

    /// <summary>Set by the core: close when <see cref="Output"/> is out. Nothing that arrives on the link counts any more.</summary>
    public LinkCloseReason Close { get; set; }

    /// <summary>Whether the link stands in <see cref="ZabOutbox.Dirty"/>.</summary>
    public bool IsDirty { get; set; }

    /// <summary>What Hosting hangs on the link to find its connection again; the core never looks at it.</summary>
    public object? Owner { get; init; }

    /// <summary>What the replica hangs on the link; the core never looks at it.</summary>
    public object? Relay { get; set; }

    /// <summary>When it came in, in monotonic milliseconds.</summary>
    public long ArrivedAt { get; internal set; }

    /// <summary>What a leader knows of the learner behind it.</summary>
    internal LearnerProgress? Learner { get; set; }

    /// <summary>Whether it is closed, or is about to be.</summary>
    internal bool IsOver => Close != LinkCloseReason.None;

    /// <summary>For traces.</summary>
    public override string ToString() => IsIncoming ? $"link {Id} of {Sid}" : $"link {Id} to {Sid}";
}
