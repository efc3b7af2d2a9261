using Coordination.Protocol;
using Coordination.Server.Consensus.Leading;

namespace Coordination.Server.Consensus.Roles;

/// <content>How learners are brought to the leader's history.</content>
internal sealed partial class LeadingRole
{
    // Where a learner whose plan came from the files is to be continued, until it is live.
    private Zxid Target => IsEstablished ? History.Committed : History.Last;

    /// <inheritdoc/>
    public override void HistoryLocated(PeerLink link, Zxid? start)
    {
        if (link.Learner is { Stage: LearnerStage.Transferring } learner && _learners.Contains(learner))
            Plan(learner, new LocatedHistory(start));
    }

    /// <inheritdoc/>
    public override void TransferDone(PeerLink link, Zxid upTo)
    {
        if (link.Learner is not { Stage: LearnerStage.Transferring } learner || !_learners.Contains(learner))
            return;

        learner.HeardAt = Now;
        learner.SentTo = upTo;
        Continue(learner);
    }

    private void Plan(LearnerProgress learner, LocatedHistory? files = null)
    {
        learner.Stage = LearnerStage.AwaitingPlan;
        if (Peer.Options.ForceSnapshot)
        {
            SendSnapshot(learner);
            return;
        }

        var bounds = new HistoryBounds(History.Base, Target, History.Last);
        Zxid floor = learner.Last < History.Base ? default : History.Floor(learner.Last);
        SyncPlan plan = SyncPlan.Make(learner.Last, learner.IsOwn, bounds, floor, files);
        if (plan.NeedsEmptyEntry)
        {
            PlanBehindEmptyEntry(learner);
            return;
        }

        Peer.Note(PeerTraceKind.LearnerSynced, learner.Link.Sid, $"{plan.Method} from {learner.Last}");
        switch (plan.Method)
        {
            case SyncMethod.Diff:
                Begin(learner, QuorumPacketType.Diff, Target, plan.From);
                break;
            case SyncMethod.Truncate:
                Begin(learner, QuorumPacketType.Truncate, plan.From, plan.From);
                break;
            case SyncMethod.Snapshot:
                SendSnapshot(learner);
                break;
            case SyncMethod.AskFiles:
                Transfer(learner, TransferKind.LocateHistory, learner.Last, History.Base);
                break;
            default:
                // Made again when more is committed.
                break;
        }
    }

    /// <summary>
    /// Before a quorum has the history, whatever stands in it counts; later only what is committed may precede NEWLEADER, and the learner
    /// waits for that.
    /// </summary>
    private void PlanBehindEmptyEntry(LearnerProgress learner)
    {
        bool isMissing = History.Last <= learner.Last;
        if (isMissing)
            ProposeEmptyEntry();
        if (!IsEstablished)
            Plan(learner);
    }

    /// <summary>More is committed: who waited for it goes on.</summary>
    private void ResumeWaiting()
    {
        ActivateSynchronised();
        for (int i = 0; i < _learners.Count; i++)
        {
            if (_learners[i].Stage == LearnerStage.AwaitingPlan)
                Plan(_learners[i]);
        }
    }

    private void Begin(LearnerProgress learner, QuorumPacketType type, Zxid zxid, Zxid from)
    {
        Write(learner, type, zxid);
        learner.SentTo = from;
        Continue(learner);
    }

    private void SendSnapshot(LearnerProgress learner) => Transfer(learner, TransferKind.SendSnapshot, default, default);

    private void Transfer(LearnerProgress learner, TransferKind kind, Zxid after, Zxid upTo)
    {
        learner.Stage = LearnerStage.Transferring;
        Peer.Outbox.Transfers.Add(new TransferOrder(kind, learner.Link, after, upTo));
    }

    /// <summary>
    /// What is missing comes from the files as long as memory does not reach back to it. Then the rest follows in one go with NEWLEADER
    /// right behind it, and from there on the learner gets what everybody gets: nothing can fall between (ZOOKEEPER-2418).
    /// </summary>
    private void Continue(LearnerProgress learner)
    {
        if (learner.SentTo < History.Base)
        {
            Transfer(learner, TransferKind.SendHistory, learner.SentTo, History.Base);
            return;
        }

        Zxid target = Target > learner.SentTo ? Target : learner.SentTo;
        WriteHistory(learner, target);
        learner.SentTo = target;

        // Outstanding proposals come behind NEWLEADER: their commits would confuse Apache's servers before it (ZOOKEEPER-4394).
        var writer = new JuteWriter(learner.Link.Output);
        QuorumPacketWriter.WriteNewLeader(ref writer, _epoch, Peer.Membership.LastSeen.ToString());
        if (!learner.IsObserver)
        {
            for (long number = History.FindAfter(target); number < History.End; number++)
                QuorumPacketWriter.WriteEntry(ref writer, QuorumPacketType.Proposal, History.ZxidAt(number), History.At(number));
        }

        writer.Flush();
        Peer.Outbox.MarkDirty(learner.Link);
        learner.Stage = LearnerStage.AwaitingHistoryAck;
    }

    private void WriteHistory(LearnerProgress learner, Zxid target)
    {
        var writer = new JuteWriter(learner.Link.Output);
        long end = History.FindAfter(target);
        for (long number = History.FindAfter(learner.SentTo); number < end; number++)
        {
            Zxid zxid = History.ZxidAt(number);
            QuorumPacketWriter.WriteEntry(ref writer, QuorumPacketType.Proposal, zxid, History.At(number));
            QuorumPacketWriter.Write(ref writer, QuorumPacketType.Commit, zxid);
        }

        writer.Flush();
    }

    private void Acknowledged(LearnerProgress learner)
    {
        learner.Stage = LearnerStage.Synchronised;
        learner.Acknowledged = learner.SentTo;
        if (!learner.IsObserver)
        {
            _acknowledged.Set(learner.Link.Sid, learner.SentTo.Value);
            if (_stage == LeadingStage.Synchronising)
                _historyAcks.Add(learner.Link.Sid);
        }

        if (IsEstablished)
            ActivateSynchronised();
        else
            EstablishWhenAcknowledged();
    }

    /// <summary>
    /// UPTODATE tells a learner that all it was given before NEWLEADER is committed. An empty entry among it may have to wait for that.
    /// </summary>
    private void ActivateSynchronised()
    {
        foreach (LearnerProgress learner in _learners)
        {
            if (learner.Stage == LearnerStage.Synchronised && learner.SentTo <= History.Committed)
                Activate(learner);
        }
    }

    private void Activate(LearnerProgress learner)
    {
        learner.Stage = LearnerStage.Active;
        var writer = new JuteWriter(learner.Link.Output);
        QuorumPacketWriter.WriteUpToDate(ref writer);
        writer.Flush();
        Peer.Outbox.MarkDirty(learner.Link);
        if (!learner.IsObserver && History.Last > learner.SentTo)
            learner.Time(History.Last, Now);
    }

    private void Write(LearnerProgress learner, QuorumPacketType type, Zxid zxid)
    {
        var writer = new JuteWriter(learner.Link.Output);
        QuorumPacketWriter.Write(ref writer, type, zxid);
        writer.Flush();
        Peer.Outbox.MarkDirty(learner.Link);
    }
}
