using Coordination.Protocol;

namespace Coordination.Server.Consensus.Leading;

/// <summary>What became of a learner's promise.</summary>
internal enum PromiseVerdict
{
    /// <summary>It was counted.</summary>
    Counted,

    /// <summary>It is welcome, but it was no vote: no promise, an earlier one, or that of somebody who has no vote.</summary>
    NotCounted,

    /// <summary>The learner has a longer history than the leader: it must not follow, and its word must not help.</summary>
    Ahead,
}

/// <summary>
/// How a would-be leader gets its epoch: a quorum tells the highest epoch it has promised, the next one is proposed, and a quorum promises to
/// follow no older one and has no longer history. No step looks at anything but what it was told.
/// </summary>
internal sealed class EpochAgreement
{
    private readonly int _current;
    private readonly Zxid _last;
    private QuorumTally _heard;
    private QuorumTally _promised;
    private int _highest;

    /// <param name="membership">Who votes.</param>
    /// <param name="sid">The would-be leader; it counts like anybody else.</param>
    /// <param name="epochs">Its epochs.</param>
    /// <param name="last">The end of its history, all of it durable.</param>
    public EpochAgreement(Membership membership, long sid, Epochs epochs, Zxid last)
    {
        _heard = membership.NewTally();
        _promised = membership.NewTally();
        _current = epochs.Current;
        _last = last;
        Hear(sid, epochs.Accepted);
        _promised.Add(sid);
    }

    /// <summary>The epoch to propose; 0 until a quorum has been heard.</summary>
    public int Epoch { get; private set; }

    /// <summary>Whether a quorum has promised.</summary>
    public bool IsPromised => Epoch > 0 && _promised.IsDecided;

    /// <summary>A learner tells the highest epoch that it has promised. Those without a vote raise the epoch too, while it is open.</summary>
    /// <returns>Whether the epoch was decided by it.</returns>
    public bool Hear(long sid, int accepted)
    {
        if (Epoch > 0)
            return false;

        _highest = Math.Max(_highest, accepted);
        _heard.Add(sid);
        if (!_heard.IsDecided)
            return false;

        Epoch = checked(_highest + 1);
        return true;
    }

    /// <summary>A learner answers the proposed epoch.</summary>
    public PromiseVerdict Promise(long sid, EpochPromise promise, Zxid last)
    {
        if (promise == EpochPromise.MadeBefore)
            return PromiseVerdict.NotCounted;
        if (promise.CurrentEpoch > _current || (promise.CurrentEpoch == _current && last > _last))
            return PromiseVerdict.Ahead;
        if (last.Value == -1)
            return PromiseVerdict.NotCounted;
        return _promised.Add(sid) ? PromiseVerdict.Counted : PromiseVerdict.NotCounted;
    }
}
