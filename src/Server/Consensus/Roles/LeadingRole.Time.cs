using Coordination.Protocol;
using Coordination.Server.Consensus.Leading;

namespace Coordination.Server.Consensus.Roles;

/// <content>Pings, deadlines, and the ways in which leadership ends.</content>
internal sealed partial class LeadingRole
{
    private readonly SortedSet<long> _gone = [];
    private long? _successor;
    private long _handOverDeadline = long.MaxValue;

    /// <summary>Whether proposals are taken.</summary>
    public bool MayPropose => IsEstablished && !_isOver && _successor is null;

    private long PingInterval => Math.Max(1, Peer.Options.Tick / 2);

    /// <inheritdoc/>
    public override void Tick()
    {
        if (Now >= _stageDeadline)
        {
            StepDown($"{_stage} was not through in time, {string.Join(", ", _learners.Select(static learner => $"{learner.Link.Sid} is {learner.Stage}"))}");
            return;
        }

        if (Now < _nextPingAt)
            return;

        _nextPingAt = Now + PingInterval;
        GiveUpSlowLearners();
        if (!IsEstablished)
            return;

        if (Now >= _handOverDeadline)
            (_successor, _handOverDeadline) = (null, long.MaxValue);
        if (HasQuorum())
            _quorumSeenAt = Now;
        else if (Now - _quorumSeenAt >= Peer.Options.Tick)
        {
            StepDown("no quorum has answered for a tick");
            return;
        }

        SendPings();
    }

    /// <summary>
    /// Gives leadership to a follower, or to nobody in particular, when all that was proposed is committed; until then nothing is proposed
    /// any more. To itself: a new epoch, with its counter at the beginning.
    /// </summary>
    public void HandOverTo(long successor)
    {
        if (!IsEstablished || _successor is not null)
            return;

        _successor = successor;
        _handOverDeadline = Now + Peer.Options.SyncMilliseconds;
    }

    private void HandOverWhenReady()
    {
        if (_successor is not null && History.Committed == History.Last)
            HandOver(_successor.Value);
    }

    private void HandOver(long successor)
    {
        if (successor != Me && !_learners.Exists(learner => learner.Link.Sid == successor && learner.Acknowledged == History.Last))
            return;

        // Apache's servers know no such message. They elect, and so does whoever would have to lead them.
        bool isKnownToAll = _learners.TrueForAll(static learner => learner.IsOwn || learner.IsObserver);
        if (!isKnownToAll)
        {
            StepDown("leadership is handed over");
            return;
        }

        foreach (LearnerProgress learner in _learners)
        {
            if (learner is not { IsOwn: true, Stage: LearnerStage.Active })
                continue;
            var writer = new JuteWriter(learner.Link.Output);
            OwnPackets.WriteHandOver(ref writer, successor);
            writer.Flush();
        }

        Peer.BecomeAppointed(successor, $"leadership is handed over to {successor}");
    }

    /// <summary>
    /// A voter holds another election, later than the one that this leader comes from, and has no link here: it does not follow. Without a
    /// quorum of others there is nothing to wait for (ZOOKEEPER-3109).
    /// </summary>
    public void Hear(long sid, in ElectionNotification notification)
    {
        if (notification.State != PeerState.Looking || notification.Round <= Peer.Election.Round || !Peer.Membership.IsVoter(sid)
            || _learners.Exists(learner => learner.Link.Sid == sid))
        {
            return;
        }

        _gone.Add(sid);
        QuorumTally others = Peer.Membership.NewTally();
        AddPresent(ref others, Peer.Membership.CommittedQuorum);
        AddPresent(ref others, Peer.Membership.ProposedQuorum);
        if (!others.IsDecided)
            StepDown("too many voters look for another leader");
    }

    private void AddPresent(ref QuorumTally tally, Quorum? quorum)
    {
        if (quorum is null)
            return;
        foreach (long voter in quorum.Voters)
        {
            if (!_gone.Contains(voter))
                tally.Add(voter);
        }
    }

    private bool HasQuorum()
    {
        QuorumTally tally = Peer.Membership.NewTally();
        tally.Add(Me);
        foreach (LearnerProgress learner in _learners)
        {
            if (learner is { Stage: >= LearnerStage.Synchronised, IsObserver: false })
                tally.Add(learner.Link.Sid);
        }

        return tally.IsDecided;
    }

    private void GiveUpSlowLearners()
    {
        for (int i = _learners.Count - 1; i >= 0; i--)
        {
            LearnerProgress learner = _learners[i];
            if (WhatIsWrongWith(learner) is { } wrong)
                Drop(learner, LinkCloseReason.TooSlow, wrong);
        }
    }

    private string? WhatIsWrongWith(LearnerProgress learner)
    {
        if (learner.Link.Output.Length > Peer.Options.MaxBacklogBytes)
            return $"{learner.Link.Output.Length} bytes wait for it";

        // While the files are being sent it has nothing to answer.
        long limit = learner.Stage >= LearnerStage.Synchronised ? Peer.Options.SyncMilliseconds : Peer.Options.InitMilliseconds;
        if (learner.Stage != LearnerStage.Transferring && Now - learner.HeardAt > limit)
            return $"no word for {Now - learner.HeardAt} ms";
        if (learner.TimedProposal != Zxid.Zero && Now - learner.TimedAt > Peer.Options.SyncMilliseconds)
            return $"no acknowledgement of {learner.TimedProposal} for {Now - learner.TimedAt} ms";
        return null;
    }

    private void SendPings()
    {
        long round = _syncs.BeginRound();
        foreach (LearnerProgress learner in _learners)
        {
            if (learner.Stage != LearnerStage.Active)
                continue;
            learner.Pinged(round);
            Write(learner, QuorumPacketType.Ping, LastProposed);
        }
    }

    private void ReceivePing(LearnerProgress learner, ReadOnlySpan<byte> touches)
    {
        if (learner.Answered() is { } round && !learner.IsObserver)
            _answered.Set(learner.Link.Sid, round);
        if (!touches.IsEmpty)
            Peer.Events.Touched(learner.Link, touches);
    }

    private void AnswerSyncs()
    {
        long answered = _answered.Reached;
        while (_syncs.TryTake(answered, History.Committed, out LearnerProgress? learner))
        {
            if (learner is null)
            {
                Peer.Events.SyncConfirmed();
            }
            else if (learner.Stage == LearnerStage.Active && !learner.Link.IsOver)
            {
                var writer = new JuteWriter(learner.Link.Output);
                QuorumPacketWriter.WriteSync(ref writer);
                writer.Flush();
                Peer.Outbox.MarkDirty(learner.Link);
                TakeHeld(learner);
            }
        }
    }

    private void TakeHeld(LearnerProgress learner)
    {
        while (learner.WaitingSyncs == 0 && !learner.Link.IsOver && learner.Held.TryDequeue(out QuorumPacket packet))
        {
            using var bytes = new FrameBuffer(1024);
            var writer = new JuteWriter(bytes);
            packet.Write(ref writer);
            writer.Flush();
            if (QuorumPacketReader.TryRead(bytes.WrittenSpan, bytes.Length, out QuorumPacketView view))
                Peer.Events.Requested(learner.Link, view);
        }
    }
}
