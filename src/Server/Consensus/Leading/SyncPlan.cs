using Coordination.Protocol;

namespace Coordination.Server.Consensus.Leading;

/// <summary>How a learner is brought to the leader's history.</summary>
internal enum SyncMethod
{
    /// <summary>The entries behind its last one.</summary>
    Diff,

    /// <summary>It cuts its log first, then gets the entries behind the cut.</summary>
    Truncate,

    /// <summary>The tree, then the entries behind it.</summary>
    Snapshot,

    /// <summary>Its last entry lies below what is in memory: the files know more.</summary>
    AskFiles,

    /// <summary>Its last entry is proposed and not committed yet; the plan is made again when it is.</summary>
    AwaitCommit,
}

/// <summary>What the leader has.</summary>
/// <param name="Base">The entries behind this one are in memory; below it there are files.</param>
/// <param name="Target">What the learner has to reach: the committed history, or all of it while the leader is not established.</param>
/// <param name="Last">The end of the leader's history.</param>
internal readonly record struct HistoryBounds(Zxid Base, Zxid Target, Zxid Last);

/// <summary>What the files answered: the last entry at or before the learner's, with everything behind it up to memory.</summary>
/// <param name="Start">That entry; null if a snapshot is the better way.</param>
internal readonly record struct LocatedHistory(Zxid? Start);

/// <summary>The plan for one learner.</summary>
/// <param name="Method">How.</param>
/// <param name="From">The zxid that entries follow; with <see cref="SyncMethod.Truncate"/> also where to cut.</param>
/// <param name="NeedsEmptyEntry">
/// The learner's files would bring back what it must forget, unless the history that it gets ends beyond them (ZOOKEEPER-4837): an entry
/// that changes nothing has to be proposed first.
/// </param>
internal readonly record struct SyncPlan(SyncMethod Method, Zxid From = default, bool NeedsEmptyEntry = false)
{
    /// <summary>Makes a plan.</summary>
    /// <param name="learner">The learner's last zxid.</param>
    /// <param name="isOwn">Whether it is one of our servers, which removes snapshots when its log is cut.</param>
    /// <param name="bounds">What the leader has.</param>
    /// <param name="floor">The last entry of the leader at or before the learner's, if that is not below memory.</param>
    /// <param name="files">What the files answered, once asked.</param>
    public static SyncPlan Make(Zxid learner, bool isOwn, in HistoryBounds bounds, Zxid floor, LocatedHistory? files = null)
    {
        if (learner == bounds.Target)
            return new(SyncMethod.Diff, learner);

        // Nothing is also what a server says that wants to begin anew.
        if (learner == Zxid.Zero)
            return new(SyncMethod.Snapshot);
        if (learner < bounds.Base)
            return MakeFromFiles(learner, isOwn, files);
        if (learner <= bounds.Target)
            return MakeFrom(floor, learner, isOwn);

        // Beyond the target: an entry of ours that is still open, or one that never was part of our history.
        bool mayCut = isOwn && IsWithin(bounds.Target, learner);
        if (mayCut)
            return new(SyncMethod.Truncate, bounds.Target);
        if (learner <= bounds.Last && floor == learner)
            return new(SyncMethod.AwaitCommit);
        return new(SyncMethod.Snapshot, NeedsEmptyEntry: !isOwn);
    }

    private static SyncPlan MakeFromFiles(Zxid learner, bool isOwn, LocatedHistory? files) => files switch
    {
        null => new(SyncMethod.AskFiles),
        { Start: { } start } => MakeFrom(start, learner, isOwn),
        _ => new(SyncMethod.Snapshot),
    };

    private static SyncPlan MakeFrom(Zxid floor, Zxid learner, bool isOwn)
    {
        // Apache's servers call the state at the start of an established epoch by its counter 0: all before it is there, and nothing else.
        if (floor == learner || learner.Counter == 0)
            return new(SyncMethod.Diff, floor);

        // Whoever has an entry of an epoch has those before it in the same epoch. Across epochs nothing is known.
        return isOwn && IsWithin(floor, learner) ? new(SyncMethod.Truncate, floor) : new(SyncMethod.Snapshot);
    }

    private static bool IsWithin(Zxid cut, Zxid learner) => cut.Epoch == learner.Epoch && cut.Counter > 0;
}
