using Coordination.Protocol;
using Coordination.Server.Consensus.Leading;

namespace Coordination.Server.Consensus.Roles;

/// <content>Proposals, acknowledgements, commits, and what is relayed beside them.</content>
internal sealed partial class LeadingRole
{
    private Zxid _configurationAt;

    /// <summary>Takes a proposal: into the history and to every follower. Its entry is in the log already.</summary>
    public void Propose(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        InvariantException.Require(MayPropose, "Nobody proposes but an established leader.");
        Broadcast(zxid, entry);
        if (zxid.Counter >= Peer.Options.CounterLimit)
            HandOverTo(Me);
    }

    /// <summary>
    /// Takes a proposal that changes the configuration: it and all behind it need a quorum of the old configuration and one of the new.
    /// </summary>
    public void ProposeConfiguration(Zxid zxid, ReadOnlySpan<byte> entry, QuorumConfiguration next)
    {
        InvariantException.Require(Peer.Membership.Proposed is null, "One change of the configuration at a time.");
        InvariantException.Require(next.Version == zxid.Value, "A configuration's version is the zxid of its proposal.");
        Peer.Membership.Propose(next);
        _configurationAt = zxid;
        Reconfigure();
        Peer.Election.Reconfigure(Peer.Membership.ToElectorate());
        Propose(zxid, entry);
    }

    /// <inheritdoc/>
    public override void Persisted()
    {
        // Before a history is agreed on, the disk has nothing to say: all of it is there.
        if (_stage >= LeadingStage.Synchronising)
            _acknowledged.Set(Me, History.Persisted.Value);
    }

    /// <inheritdoc/>
    public override void CompleteTurn()
    {
        while (AdvanceCommit())
        {
        }

        if (_isOver)
            return;

        if (_syncs.NeedsRound)
            SendPings();
        if (_syncs.Count > 0)
            AnswerSyncs();
        HandOverWhenReady();
    }

    /// <summary>A sync came in, from a learner or a client of this server.</summary>
    public void ConfirmSync(PeerLink? link)
    {
        if (IsEstablished)
            _syncs.Add(link?.Learner, History.Last);
    }

    private void Broadcast(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        InvariantException.Require(zxid == LastProposed.Next, "Proposals have no gap.");
        History.Append(zxid, entry);
        ReadOnlySpan<byte> packet = default;
        foreach (LearnerProgress learner in _learners)
        {
            if (!learner.IsLive || learner.IsObserver)
                continue;

            // Encoded once, copied from link to link.
            FrameBuffer output = learner.Link.Output;
            if (packet.IsEmpty)
            {
                int start = output.Length;
                var writer = new JuteWriter(output);
                QuorumPacketWriter.WriteEntry(ref writer, QuorumPacketType.Proposal, zxid, entry);
                writer.Flush();
                packet = output.WrittenSpan[start..];
            }
            else
            {
                packet.CopyTo(output.GetSpan(packet.Length));
                output.Advance(packet.Length);
            }

            Peer.Outbox.MarkDirty(learner.Link);
            if (learner.Stage == LearnerStage.Active)
                learner.Time(zxid, Now);
        }
    }

    private void ProposeEmptyEntry()
    {
        using var entry = new FrameBuffer(64);
        Zxid zxid = LastProposed.Next;
        Peer.Events.WriteEmptyEntry(zxid, entry);
        Peer.Outbox.Log.Add(zxid, entry.WrittenSpan);
        Broadcast(zxid, entry.WrittenSpan);
    }

    private void ReceiveAck(LearnerProgress learner, Zxid zxid)
    {
        if (learner.Stage == LearnerStage.AwaitingHistoryAck)
        {
            // Others may come first: Apache's log thread tells of what it was synchronised with when it gets to it (ZOOKEEPER-4685).
            if (zxid == Zxid.Create(_epoch, 0))
                Acknowledged(learner);
            return;
        }

        // Also the acknowledgement of UPTODATE, and those of what came before NEWLEADER.
        if (learner.IsObserver || zxid.Counter == 0 || zxid <= learner.Acknowledged || zxid > History.Last)
            return;

        learner.Acknowledge(zxid, History.Last, Now);
        _acknowledged.Set(learner.Link.Sid, zxid.Value);
    }

    /// <summary>Commits what quorums have on their disks, and tells it to all learners.</summary>
    /// <returns>Whether the rule may have changed by it, so that there may be more.</returns>
    private bool AdvanceCommit()
    {
        if (!IsEstablished || _isOver)
            return false;

        Zxid agreed = Agreed();
        if (agreed <= History.Committed)
            return false;

        long first = History.FindAfter(History.Committed);
        History.Commit(agreed);
        long end = History.FindAfter(agreed);
        bool changesConfiguration = agreed == _configurationAt;
        ActivationHeader activation = changesConfiguration ? new ActivationHeader(Designate()) : default;
        foreach (LearnerProgress learner in _learners)
        {
            if (learner.IsLive)
                WriteCommits(learner, first, end, changesConfiguration, activation);
        }

        if (changesConfiguration)
            ActivateConfiguration(activation.DesignatedLeader);
        else
            ResumeWaiting();
        return changesConfiguration;
    }

    private Zxid Agreed()
    {
        if (_configurationAt == Zxid.Zero)
            return new Zxid(_acknowledged.Reached);

        // What was proposed before the change needs the old configuration only.
        Zxid byOld = new(_acknowledged.ReachedByCommitted);
        if (byOld < _configurationAt)
            return byOld;
        return _acknowledged.Reached >= _configurationAt.Value
            ? _configurationAt
            : History.Floor(new Zxid(_configurationAt.Value - 1));
    }

    private void WriteCommits(LearnerProgress learner, long first, long end, bool changesConfiguration, ActivationHeader activation)
    {
        var writer = new JuteWriter(learner.Link.Output);
        for (long number = first; number < end; number++)
        {
            Zxid zxid = History.ZxidAt(number);
            if (zxid <= learner.SentTo)
                continue;

            bool activates = changesConfiguration && number == end - 1;
            if (learner.IsObserver)
            {
                if (activates)
                    QuorumPacketWriter.WriteInformAndActivate(ref writer, zxid, activation, History.At(number));
                else
                    QuorumPacketWriter.WriteEntry(ref writer, QuorumPacketType.Inform, zxid, History.At(number));
            }
            else if (activates)
            {
                QuorumPacketWriter.WriteCommitAndActivate(ref writer, zxid, activation);
            }
            else
            {
                QuorumPacketWriter.Write(ref writer, QuorumPacketType.Commit, zxid);
            }
        }

        writer.Flush();
        Peer.Outbox.MarkDirty(learner.Link);
    }

    /// <summary>
    /// Who leads under the new configuration: this server if it may, else whoever has most of the history, of those that have the change.
    /// </summary>
    private long Designate()
    {
        QuorumConfiguration next = Peer.Membership.Proposed!;
        if (next.Find(Me) is { IsParticipant: true } mine
            && Peer.Membership.Committed.Find(Me) is { } present && mine.Addresses.SequenceEqual(present.Addresses))
        {
            return Me;
        }

        long best = Me;
        Zxid most = Zxid.Zero;
        foreach (LearnerProgress learner in _learners)
        {
            if (next.IsParticipant(learner.Link.Sid) && learner.Acknowledged >= _configurationAt && learner.Acknowledged > most)
                (best, most) = (learner.Link.Sid, learner.Acknowledged);
        }

        return best;
    }

    private void ActivateConfiguration(long designated)
    {
        Peer.Activate(Peer.Membership.Proposed!);
        _configurationAt = Zxid.Zero;
        Reconfigure();
        if (designated != Me)
            Peer.BecomeAppointed(designated, $"the new configuration has another leader, {designated}");
        else
            ResumeWaiting();
    }
}
