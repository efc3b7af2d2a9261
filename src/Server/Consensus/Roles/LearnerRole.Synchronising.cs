using Coordination.Protocol;

namespace Coordination.Server.Consensus.Roles;

/// <content>
/// How the leader's history comes in. What is committed of it goes to the log as it comes, except behind a snapshot: there it becomes part of
/// the snapshot, which takes the place of everything else in one step. What is not committed waits until the leader is established.
/// </content>
internal abstract partial class LearnerRole
{
    /// <inheritdoc/>
    public override void Truncated()
    {
        _isChanging = false;
        LogCommitted();
        CompleteWhenReady();
    }

    /// <inheritdoc/>
    public override void TruncationFailed()
    {
        Peer.SnapshotWantedIn = _epoch;
        Lose("the log cannot be cut where it wants it");
    }

    /// <inheritdoc/>
    public override void SnapshotLoaded(PeerLink link)
    {
        if (link != Link || !_isReplacing)
            return;

        _hasSnapshot = true;
        _deadline = Peer.Now + Peer.Options.InitMilliseconds;
        CompleteWhenReady();
    }

    private void ReceivePlan(in QuorumPacketView packet)
    {
        Stage = LearningStage.Synchronising;
        switch (packet.Type)
        {
            case QuorumPacketType.Diff:
                _pending.Begin(History.Last);
                break;
            case QuorumPacketType.Truncate:
                if (packet.Zxid > History.Last)
                {
                    Peer.SnapshotWantedIn = _epoch;
                    Violate($"the log is to be cut at {packet.Zxid}, it ends at {History.Last}");
                    return;
                }

                _pending.Begin(packet.Zxid);
                if (packet.Zxid == History.Last)
                    break;
                _isChanging = true;
                if (Peer.Membership.Proposed?.Version > packet.Zxid.Value)
                    Peer.Membership.Withdraw();
                Peer.OrderTruncation(packet.Zxid);
                break;
            case QuorumPacketType.Snapshot:
                _pending.Begin(packet.Zxid);
                _isReplacing = true;
                _deadline = long.MaxValue;
                Peer.Outbox.Transfers.Add(new TransferOrder(TransferKind.LoadSnapshot, Link!, UpTo: packet.Zxid));
                break;
            default:
                Violate($"{packet.Type} in place of a plan");
                break;
        }
    }

    private void ReceiveHistory(in QuorumPacketView packet)
    {
        switch (packet.Type)
        {
            case QuorumPacketType.Proposal:
                AddPending(packet.Zxid, packet.Data);
                break;
            case QuorumPacketType.Commit or QuorumPacketType.CommitAndActivate:
                CommitPending(packet.Zxid);
                break;
            case QuorumPacketType.Inform:
                if (AddPending(packet.Zxid, packet.Data))
                    CommitPending(packet.Zxid);
                break;
            case QuorumPacketType.InformAndActivate when packet.Data.Length >= ActivationHeader.Size:
                if (AddPending(packet.Zxid, packet.Data[ActivationHeader.Size..]))
                    CommitPending(packet.Zxid);
                break;
            case QuorumPacketType.NewLeader when Stage == LearningStage.Synchronising:
                ReceiveNewLeader(packet);
                break;
            case QuorumPacketType.UpToDate when Stage == LearningStage.AwaitingUpToDate:
                BeginService();
                break;
            case QuorumPacketType.UpToDate or QuorumPacketType.NewLeader:
                Violate($"{packet.Type} while this server is {Stage}");
                break;
            default:
                // A leader may ping, and ask what is of no meaning yet.
                break;
        }
    }

    // Behind a snapshot of Apache's come entries that it holds already.
    private bool IsInSnapshot(Zxid zxid) => _isReplacing && zxid <= _pending.Committed && _pending.Last == _pending.Committed;

    private bool AddPending(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        if (IsInSnapshot(zxid))
            return false;
        if (!_pending.Add(zxid, entry))
        {
            Violate($"{zxid} follows {_pending.Last}");
            return false;
        }

        if (Peer.Options.ReconfigEnabled && Peer.Events.FindConfiguration(entry) is { } configuration)
            Peer.Membership.Propose(configuration);
        return true;
    }

    private void CommitPending(Zxid zxid)
    {
        if (IsInSnapshot(zxid))
            return;
        if (!_pending.Commit(zxid))
            Violate($"{zxid} is committed out of order");
        else if (Stage == LearningStage.Synchronising)
            LogCommitted();
    }

    private void LogCommitted()
    {
        if (_isReplacing || _isChanging)
            return;
        while (_pending.TryTake(committedOnly: true, out Zxid zxid, out ReadOnlySpan<byte> entry))
            Peer.Append(zxid, entry);
        _pending.Shrink();
    }

    private void ReceiveNewLeader(in QuorumPacketView packet)
    {
        if (packet.Zxid != Zxid.Create(_epoch, 0))
        {
            Violate($"NEWLEADER of {packet.Zxid} in epoch {_epoch}");
            return;
        }

        _isComplete = true;
        if (Peer.Options.ReconfigEnabled && packet.HasData)
        {
            _announced = ReadConfiguration(packet.ReadText());
            if (_announced is not null)
                Peer.Membership.Propose(_announced);
        }

        CompleteWhenReady();
    }

    private QuorumConfiguration? ReadConfiguration(string text)
    {
        try
        {
            return QuorumConfiguration.Parse(text);
        }
        catch (QuorumConfigurationException wrong)
        {
            Peer.Note(PeerTraceKind.Violation, leader, $"its configuration cannot be read: {wrong.Message}");
            return null;
        }
    }

    /// <summary>
    /// Everything that the leader had is here: now it becomes durable, then the epoch, and only then, when the disk has said so, comes the
    /// first acknowledgement of the link (ZOOKEEPER-3911, 4643, 4646, 4785).
    /// </summary>
    private void CompleteWhenReady()
    {
        if (Stage != LearningStage.Synchronising || !_isComplete || _isChanging)
            return;
        if (_isReplacing)
        {
            if (!_hasSnapshot)
                return;
            Zxid last = _pending.Committed;
            Peer.OrderInstallation(last, _pending.Detach());
            SynchronisedTo = last;
        }
        else
        {
            SynchronisedTo = History.Last;
        }

        Stage = LearningStage.SavingHistory;
        _deadline = Peer.Now + Peer.Options.InitMilliseconds;
        Peer.Epochs.Save(Math.Max(Peer.Epochs.Accepted, _epoch), _epoch);
    }

    /// <summary>
    /// The leader is established: what it had is committed. What it has proposed since then goes the way of every proposal.
    /// </summary>
    private void BeginService()
    {
        Stage = LearningStage.Serving;
        Acknowledge(Zxid.Create(_epoch, 0));
        Zxid committed = _pending.Committed;
        while (_pending.TryTake(committedOnly: false, out Zxid zxid, out ReadOnlySpan<byte> entry))
            Peer.Append(zxid, entry);
        _pending.Shrink();
        History.Commit(committed > SynchronisedTo ? committed : SynchronisedTo);
        Peer.SnapshotWantedIn = 0;
        Peer.Election.Establish(_epoch);
        if (_announced is not null)
            Peer.Activate(_announced);
        _deadline = Peer.Now + Peer.Options.SyncMilliseconds;
        Peer.SetStatus(new PeerStatus(State, leader, _epoch, true, History.Committed, _leaderIsOwn));
    }
}
