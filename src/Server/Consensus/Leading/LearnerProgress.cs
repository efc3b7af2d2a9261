using Coordination.Protocol;

namespace Coordination.Server.Consensus.Leading;

/// <summary>How far a learner has come, in this order.</summary>
internal enum LearnerStage
{
    /// <summary>It has not said who it is.</summary>
    Connected,

    /// <summary>It has; the epoch is not agreed yet.</summary>
    AwaitingEpoch,

    /// <summary>The epoch is proposed to it.</summary>
    AwaitingPromise,

    /// <summary>It has promised, and waits until the leader has the epoch, or until its plan can be made.</summary>
    AwaitingPlan,

    /// <summary>The files are asked, or a history or snapshot is on its way from them: nothing may be written to the link.</summary>
    Transferring,

    /// <summary>NEWLEADER is sent; it gets what everybody gets from here on.</summary>
    AwaitingHistoryAck,

    /// <summary>It has the whole history on its disk.</summary>
    Synchronised,

    /// <summary>It may serve.</summary>
    Active,
}

/// <summary>What a leader knows of one learner.</summary>
/// <param name="link">Its link.</param>
/// <param name="now">Monotonic milliseconds.</param>
internal sealed class LearnerProgress(PeerLink link, long now)
{
    private readonly Queue<long> _rounds = new();

    /// <summary>Its link.</summary>
    public PeerLink Link { get; } = link;

    /// <summary>How far it has come.</summary>
    public LearnerStage Stage { get; set; }

    /// <summary>When something was last heard of it.</summary>
    public long HeardAt { get; set; } = now;

    /// <summary>Whether it came as an observer, so that it gets what is committed and acknowledges nothing.</summary>
    public bool IsObserver { get; init; }

    /// <summary>Whether it is a server of ours.</summary>
    public bool IsOwn { get; init; }

    /// <summary>The highest epoch it had promised when it came.</summary>
    public int AcceptedEpoch { get; init; }

    /// <summary>The end of its history when it came.</summary>
    public Zxid Last { get; set; }

    /// <summary>How far into the history it has been given before NEWLEADER; that message's acknowledgement stands for all of it.</summary>
    public Zxid SentTo { get; set; }

    /// <summary>What it has acknowledged, in this epoch and on this link.</summary>
    public Zxid Acknowledged { get; set; }

    /// <summary>The last proposal whose acknowledgement is timed; 0 while none is.</summary>
    public Zxid TimedProposal { get; private set; }

    /// <summary>When the timed proposal was sent.</summary>
    public long TimedAt { get; private set; }

    /// <summary>Syncs of it that are not answered.</summary>
    public int WaitingSyncs { get; set; }

    /// <summary>Requests of an Apache server that wait behind a sync: its replies must come in the order of its requests.</summary>
    public Queue<QuorumPacket> Held { get; } = new();

    /// <summary>Whether everything that is proposed and committed goes to it as it happens.</summary>
    public bool IsLive => Stage >= LearnerStage.AwaitingHistoryAck;

    /// <summary>A proposal went out to it: of those on their way, the oldest is timed.</summary>
    public void Time(Zxid proposal, long now)
    {
        if (TimedProposal == Zxid.Zero)
            (TimedProposal, TimedAt) = (proposal, now);
    }

    /// <summary>It has acknowledged everything up to a zxid.</summary>
    public void Acknowledge(Zxid zxid, Zxid lastProposed, long now)
    {
        Acknowledged = zxid;
        if (zxid < TimedProposal)
            return;

        TimedProposal = Zxid.Zero;
        if (zxid < lastProposed)
            Time(lastProposed, now);
    }

    /// <summary>A ping of a round went out to it.</summary>
    public void Pinged(long round) => _rounds.Enqueue(round);

    /// <summary>It has answered its oldest ping.</summary>
    /// <returns>The round; null if it was not asked.</returns>
    public long? Answered() => _rounds.TryDequeue(out long round) ? round : null;
}
