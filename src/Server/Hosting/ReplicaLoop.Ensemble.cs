using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Hosting.Ensemble;
using Coordination.Server.Network.Ensemble;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting;

/// <content>What a turn of a member of an ensemble has to do for the others.</content>
internal sealed partial class ReplicaLoop
{
    private readonly MemberDuties? _duties;

    /// <summary>The quorum port, and the connection to the leader; null if this server is alone.</summary>
    public LearnerTransport? Learners { get; private set; }

    /// <summary>Takes an input of the ensemble from any thread, such as an arrival on an election connection; it is run in a turn.</summary>
    public void PostToMember(Action<ZabPeer> input) => Post(new LoopInput(LoopInputKind.Member, () => input(_replica.Ensemble!)));

    private MemberDuties OpenDuties(MemberSeams seams)
    {
        Learners = new LearnerTransport(seams.Poll, new LearnerInputs(Post, _parts.Log), seams.Links);
        return new MemberDuties(new MemberParts
        {
            Peer = _replica.Ensemble ?? throw new InvalidOperationException("The replica is no member of an ensemble."),
            State = new ReplicaMemberState(_replica, _snapshots),
            Store = seams.Store,
            Transport = Learners,
            Notify = seams.Notify,
            Log = _parts.Log,
            Post = Post,
            MaxData = seams.MaxData,
        });
    }

    private void BeginDuties(long now) => _duties?.Traffic.BeginTurn(now);

    private void CheckDuties(long now)
    {
        if (_duties is not null && _duties.NextDueAt <= now)
            _duties.Traffic.CheckTime();
    }

    /// <summary>
    /// In rounds: a sync in place commits, what is committed is applied, and what waited for that is written to links and log again.
    /// </summary>
    private void CarryOutAsMember(MemberDuties duties)
    {
        while (CarryOutRound(duties))
            _replica.CompleteTurn();
        ScheduleWaiting();
    }

    /// <returns>Whether the disk has done its part already.</returns>
    private bool CarryOutRound(MemberDuties duties)
    {
        ReplicaOutbox outbox = _replica.Outbox;
        ZabOutbox member = _replica.Ensemble!.Outbox;
        int entries = member.Log.Entries.Count;
        Zxid last = entries > 0 ? member.Log.Entries[^1].Zxid : default;
        bool inPlace = entries > 0 && member.Disk.Count == 0 && _parts.Sync == SyncStrategy.InPlace && !_mailbox.HasWaiting;
        if (entries > 0)
            _lastSubmitted = last;
        if (!inPlace && (entries > 0 || member.Disk.Count > 0))
            _log.Submit(member.Log, duties.OrdersFor(member.Disk));

        duties.Send(member);
        Send(outbox);
        bool isSynced = inPlace && _log.TrySyncInPlace(member.Log);
        if (inPlace && !isSynced)
            _log.Submit(member.Log);

        // Both are empty before the core is called again.
        member.Clear();
        outbox.Clear();
        if (isSynced)
            Persisted(last);
        return isSynced;
    }
}
