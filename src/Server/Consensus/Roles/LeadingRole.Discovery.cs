using Coordination.Protocol;
using Coordination.Server.Consensus.Leading;

namespace Coordination.Server.Consensus.Roles;

/// <content>How learners come, and how the epoch is agreed on with them.</content>
internal sealed partial class LeadingRole
{
    /// <inheritdoc/>
    public override void Arrived(PeerLink link)
    {
        if (_isOver)
            return;

        LearnerProgress learner = link.Learner!;
        learner.HeardAt = Now;
        _gone.Remove(link.Sid);
        foreach (LearnerProgress earlier in _learners)
        {
            if (earlier.Link.Sid == link.Sid)
            {
                Drop(earlier, LinkCloseReason.Refused, "the same server has come again");
                break;
            }
        }

        // What it acknowledged on an earlier link it may be about to lose.
        _acknowledged.Set(link.Sid, long.MinValue);
        _answered.Set(link.Sid, long.MinValue);
        _learners.Add(learner);
        learner.Stage = LearnerStage.AwaitingEpoch;
        if (_stage == LeadingStage.GatheringEpochs)
        {
            if (_agreement.Hear(link.Sid, learner.AcceptedEpoch))
                SaveAccepted();
        }
        else if (_stage >= LeadingStage.GatheringPromises)
        {
            ProposeEpoch(learner);
        }
    }

    private void SaveAccepted()
    {
        _epoch = _agreement.Epoch;
        Enter(LeadingStage.SavingAccepted);
        Peer.Note(PeerTraceKind.EpochProposed, Me, $"epoch {_epoch}");
        Peer.Epochs.Save(_epoch, Peer.Epochs.Current);
    }

    private void ProposeEpoch(LearnerProgress learner)
    {
        if (learner.AcceptedEpoch > _epoch)
        {
            GiveWay(learner);
            return;
        }

        learner.Stage = LearnerStage.AwaitingPromise;
        var writer = new JuteWriter(learner.Link.Output);
        QuorumPacketWriter.WriteLeaderInfo(ref writer, _epoch, new LeaderInfo(learner.IsOwn ? Peer.Options.ProtocolVersion : LearnerInfo.ApacheVersion));
        writer.Flush();
        Peer.Outbox.MarkDirty(learner.Link);
    }

    /// <summary>It has promised not to follow us. If it votes and can be believed, the way out is an epoch that it can follow.</summary>
    private void GiveWay(LearnerProgress learner)
    {
        int accepted = learner.AcceptedEpoch;
        long sid = learner.Link.Sid;
        bool must = !Peer.Epochs.IsSaving && Peer.MustHonour(sid, accepted);
        Drop(learner, LinkCloseReason.Refused, $"it has accepted epoch {accepted}, this is {_epoch}");
        if (must)
            Peer.Epochs.Save(accepted, Peer.Epochs.Current);
    }

    private void ReceivePromise(LearnerProgress learner, in QuorumPacketView packet)
    {
        learner.Last = packet.Zxid;
        EpochPromise promise = packet.ReadData<EpochPromise>();
        if (_stage == LeadingStage.GatheringPromises
            && _agreement.Promise(learner.Link.Sid, promise, packet.Zxid) == PromiseVerdict.Ahead)
        {
            Drop(learner, LinkCloseReason.Refused, $"its history ({promise.CurrentEpoch}, {packet.Zxid}) is ahead of this one");
            return;
        }

        learner.Stage = LearnerStage.AwaitingPlan;
        if (_stage >= LeadingStage.Synchronising)
            Plan(learner);
        else
            SaveCurrentWhenPromised();
    }

    private void SaveCurrentWhenPromised()
    {
        if (_stage != LeadingStage.GatheringPromises || Peer.Epochs.IsSaving || !_agreement.IsPromised)
            return;

        Enter(LeadingStage.SavingCurrent);
        Peer.Epochs.Save(Peer.Epochs.Accepted, _epoch);
    }
}
