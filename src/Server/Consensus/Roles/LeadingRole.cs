using Coordination.Protocol;
using Coordination.Server.Consensus.Leading;

namespace Coordination.Server.Consensus.Roles;

/// <summary>How far a leader has come, in this order.</summary>
internal enum LeadingStage
{
    /// <summary>A quorum has to tell what it has promised before.</summary>
    GatheringEpochs,

    /// <summary>The new epoch is being saved as accepted.</summary>
    SavingAccepted,

    /// <summary>A quorum has to promise.</summary>
    GatheringPromises,

    /// <summary>The new epoch is being saved as current.</summary>
    SavingCurrent,

    /// <summary>A quorum has to have this server's history.</summary>
    Synchronising,

    /// <summary>Proposals are taken.</summary>
    Established,
}

/// <summary>The leader of an epoch: agrees on it, brings learners to its history, then proposes and commits.</summary>
internal sealed partial class LeadingRole : Role
{
    private readonly List<LearnerProgress> _learners = [];
    private readonly QuorumSyncs _syncs = new();
    private readonly JointMarks _acknowledged;
    private readonly JointMarks _answered;
    private readonly EpochAgreement _agreement;
    private readonly Zxid _initialLast;
    private QuorumTally _historyAcks;
    private LeadingStage _stage;
    private long _stageDeadline;
    private long _nextPingAt = long.MaxValue;
    private long _quorumSeenAt;
    private int _epoch;
    private bool _isOver;

    public LeadingRole(ZabPeer peer)
        : base(peer)
    {
        InvariantException.Require(peer.IsDiskQuiet, "Nobody leads with a history that is not on its disk.");
        _initialLast = peer.History.Last;
        _agreement = new EpochAgreement(peer.Membership, peer.Options.Sid, peer.Epochs, _initialLast);
        _acknowledged = new JointMarks(peer.Membership);
        _answered = new JointMarks(peer.Membership);
    }

    /// <inheritdoc/>
    public override PeerState State => PeerState.Leading;

    /// <inheritdoc/>
    public override long NextTickAt => Math.Min(_stageDeadline, _nextPingAt);

    /// <summary>The last zxid given to a proposal; that of the epoch's beginning before the first.</summary>
    public Zxid LastProposed
    {
        get
        {
            Zxid first = Zxid.Create(_epoch, 0);
            return Peer.History.Last > first ? Peer.History.Last : first;
        }
    }

    private History History => Peer.History;

    private long Now => Peer.Now;

    private long Me => Peer.Options.Sid;

    private bool IsEstablished => _stage == LeadingStage.Established;

    /// <inheritdoc/>
    public override void Enter()
    {
        _stageDeadline = Now + Peer.Options.InitMilliseconds;
        _nextPingAt = Now + PingInterval;
        if (_agreement.Epoch > 0)
            SaveAccepted();
    }

    /// <inheritdoc/>
    public override void Leave()
    {
        _isOver = true;
        foreach (LearnerProgress learner in _learners)
            Peer.Close(learner.Link, LinkCloseReason.RoleChanged);
        _learners.Clear();
    }

    /// <inheritdoc/>
    public override void Lost(PeerLink link)
    {
        if (link.Learner is { } learner && _learners.Remove(learner))
            Peer.Events.LearnerLost(link);
    }

    /// <inheritdoc/>
    public override void EpochsSaved()
    {
        switch (_stage)
        {
            case LeadingStage.SavingAccepted:
                Enter(LeadingStage.GatheringPromises);
                foreach (LearnerProgress learner in _learners.ToArray())
                    ProposeEpoch(learner);
                SaveCurrentWhenPromised();
                break;
            case LeadingStage.SavingCurrent:
                BeginSynchronising();
                break;
            default:
                // It was saved on behalf of a voter that has promised more.
                StepDown("a voter has accepted a higher epoch");
                break;
        }
    }

    /// <inheritdoc/>
    public override void Receive(PeerLink link, in QuorumPacketView packet)
    {
        if (link.Learner is not { } learner || !_learners.Contains(learner))
            return;

        learner.HeardAt = Now;
        switch (packet.Type)
        {
            case QuorumPacketType.AckEpoch when learner.Stage == LearnerStage.AwaitingPromise:
                ReceivePromise(learner, packet);
                break;
            case QuorumPacketType.Ack when learner.Stage >= LearnerStage.AwaitingHistoryAck:
                ReceiveAck(learner, packet.Zxid);
                break;
            case QuorumPacketType.Ack when learner.Stage >= LearnerStage.AwaitingPlan:
                // Apache's servers up to 3.9.1 acknowledge what they are synchronised with, whenever their log thread gets to it.
                break;
            case QuorumPacketType.Ping when learner.Stage == LearnerStage.Active:
                ReceivePing(learner, packet.Data);
                break;
            case QuorumPacketType.Request when learner.Stage == LearnerStage.Active:
                if (learner is { IsOwn: false, WaitingSyncs: > 0 })
                    learner.Held.Enqueue(packet.ToPacket());
                else
                    Peer.Events.Requested(link, packet);
                break;
            case QuorumPacketType.Revalidate when learner.Stage == LearnerStage.Active:
                Peer.Events.RevalidationAsked(link, packet.ReadData<RevalidateRequest>());
                break;
            default:
                // Clients of a server that has had its UPTODATE come before that is known here.
                Peer.Violation(link, $"{packet.Type} from a learner that is {learner.Stage}");
                break;
        }
    }

    private void BeginSynchronising()
    {
        Enter(LeadingStage.Synchronising);

        // The first leader under reconfiguration gives the configuration a version by which it can be told from later ones.
        if (Peer.Options.ReconfigEnabled && Peer.Membership.LastSeen.Version == 0)
        {
            Peer.Membership.Propose(Peer.Membership.Committed.WithVersion(Zxid.Create(_epoch, 0).Value));
            Reconfigure();
        }

        _historyAcks = Peer.Membership.NewTally();
        _historyAcks.Add(Me);
        _acknowledged.Set(Me, History.Persisted.Value);
        _answered.Set(Me, long.MaxValue);
        foreach (LearnerProgress learner in _learners.ToArray())
        {
            if (learner.Stage == LearnerStage.AwaitingPlan)
                Plan(learner);
        }

        EstablishWhenAcknowledged();
    }

    private void EstablishWhenAcknowledged()
    {
        if (_stage != LeadingStage.Synchronising || !_historyAcks.IsDecided)
            return;

        Enter(LeadingStage.Established);
        _stageDeadline = long.MaxValue;
        _quorumSeenAt = Now;
        if (_initialLast > History.Committed)
            History.Commit(_initialLast);
        Peer.Note(PeerTraceKind.Established, Me, $"epoch {_epoch}, history up to {_initialLast}");
        Peer.Election.Establish(_epoch);
        if (Peer.Membership.Proposed is { } unfinished)
        {
            Peer.Activate(unfinished);
            Reconfigure();
        }

        Peer.SetStatus(new PeerStatus(PeerState.Leading, Me, _epoch, true, _initialLast));
        ActivateSynchronised();
    }

    private void Enter(LeadingStage stage)
    {
        _stage = stage;
        _stageDeadline = Now + Peer.Options.InitMilliseconds;
    }

    private void Drop(LearnerProgress learner, LinkCloseReason reason, string detail)
    {
        _learners.Remove(learner);
        Peer.Close(learner.Link, reason, detail);
        Peer.Events.LearnerLost(learner.Link);
    }

    private void StepDown(string reason)
    {
        Peer.Note(PeerTraceKind.SteppedDown, Me, reason);
        Peer.BecomeLooking(reason);
    }

    private void Reconfigure()
    {
        _acknowledged.Reconfigure(Peer.Membership);
        _answered.Reconfigure(Peer.Membership);
    }
}
