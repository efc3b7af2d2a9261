using Coordination.Protocol;

namespace Coordination.Server.Consensus.Roles;

/// <summary>How far a learner has come, in this order.</summary>
internal enum LearningStage
{
    /// <summary>The leader is being connected to.</summary>
    Connecting,

    /// <summary>It has been told who comes.</summary>
    AwaitingEpoch,

    /// <summary>Its epoch is being saved as accepted.</summary>
    SavingAccepted,

    /// <summary>The promise is given; what comes next says how the histories are brought together.</summary>
    AwaitingPlan,

    /// <summary>The leader's history comes in.</summary>
    Synchronising,

    /// <summary>All of it is there; it and the epoch are being made durable.</summary>
    SavingHistory,

    /// <summary>That is acknowledged.</summary>
    AwaitingUpToDate,

    /// <summary>The leader is established.</summary>
    Serving,
}

/// <summary>
/// What followers and observers share: connecting, discovery and synchronisation, seen from below. The order in which things become durable
/// is that of Apache 3.9.3: history, epoch, acknowledgement.
/// </summary>
internal abstract partial class LearnerRole(ZabPeer peer, long leader) : Role(peer)
{
    private readonly PendingEntries _pending = new();
    private QuorumConfiguration? _announced;
    private long _deadline;
    private int _epoch;
    private bool _leaderIsOwn;
    private bool _promisedBefore;
    private bool _isReplacing;
    private bool _isChanging;
    private bool _hasSnapshot;
    private bool _isComplete;

    /// <inheritdoc/>
    public override long NextTickAt => Math.Min(Peer.WaitingUntil, _deadline);

    /// <summary>How far it has come.</summary>
    protected LearningStage Stage { get; private set; }

    /// <summary>The link to the leader, once there is one.</summary>
    protected PeerLink? Link { get; private set; }

    /// <summary>What was there before anything was acknowledged one by one.</summary>
    protected Zxid SynchronisedTo { get; private set; }

    private History History => Peer.History;

    /// <inheritdoc/>
    public override void Enter()
    {
        _deadline = Peer.Now + Peer.Options.InitMilliseconds;
        Peer.Outbox.Network.Add(new NetworkOrder(NetworkOrderKind.Connect, leader));
    }

    /// <inheritdoc/>
    public override void Leave()
    {
        if (Link is null)
            return;
        if (_isReplacing && !_isComplete)
            Peer.Outbox.Transfers.Add(new TransferOrder(TransferKind.DiscardSnapshot, Link));
        Peer.Close(Link, LinkCloseReason.RoleChanged);
    }

    /// <inheritdoc/>
    public override void LeaderReached(PeerLink link)
    {
        if (Link is not null || Stage != LearningStage.Connecting)
        {
            base.LeaderReached(link);
            return;
        }

        Link = link;
        link.Sid = leader;
        Stage = LearningStage.AwaitingEpoch;
        _deadline = Peer.Now + Peer.Options.InitMilliseconds;
        var writer = new JuteWriter(link.Output);
        QuorumPacketWriter.WriteLearnerInfo(
            ref writer,
            State == PeerState.Observing,
            Peer.Epochs.Accepted,
            new LearnerInfo(Peer.Options.Sid, Peer.Options.ProtocolVersion, Peer.Membership.Committed.Version));
        Send(ref writer);
    }

    /// <inheritdoc/>
    public override void LeaderUnreachable(long sid)
    {
        if (sid == leader && Stage == LearningStage.Connecting)
            Lose("it cannot be reached");
    }

    /// <inheritdoc/>
    public override void Lost(PeerLink link)
    {
        if (link == Link)
            Lose("its link is gone");
    }

    /// <inheritdoc/>
    public override void Tick()
    {
        Peer.CloseWaiting();
        if (Peer.Now >= _deadline)
            Lose($"no word from it while {Stage}");
    }

    /// <inheritdoc/>
    public override void Receive(PeerLink link, in QuorumPacketView packet)
    {
        if (link != Link)
            return;

        _deadline = Peer.Now + (Stage == LearningStage.Serving ? Peer.Options.SyncMilliseconds : Peer.Options.InitMilliseconds);
        switch (Stage)
        {
            case LearningStage.AwaitingEpoch when packet.Type == QuorumPacketType.LeaderInfo:
                _leaderIsOwn = packet.ReadData<LeaderInfo>().ProtocolVersion >= LearnerInfo.OwnVersion;
                ReceiveEpoch(packet.Zxid.Epoch);
                break;
            case LearningStage.AwaitingPlan:
                ReceivePlan(packet);
                break;
            case LearningStage.Synchronising or LearningStage.SavingHistory or LearningStage.AwaitingUpToDate:
                ReceiveHistory(packet);
                break;
            case LearningStage.Serving:
                ReceiveServing(packet);
                break;
            default:
                Peer.Violation(link, $"{packet.Type} while this server is {Stage}");
                break;
        }
    }

    /// <inheritdoc/>
    public override void EpochsSaved()
    {
        switch (Stage)
        {
            case LearningStage.SavingAccepted:
                Promise();
                break;
            case LearningStage.SavingHistory:
                InvariantException.Require(History.Persisted == History.Last, "The epoch was saved before its history.");
                Stage = LearningStage.AwaitingUpToDate;
                Acknowledge(Zxid.Create(_epoch, 0));
                break;
        }
    }

    /// <summary>A packet in the time of service.</summary>
    protected abstract void ReceiveServing(in QuorumPacketView packet);

    /// <summary>Writes to the leader.</summary>
    protected void Send(ref JuteWriter writer)
    {
        writer.Flush();
        Peer.Outbox.MarkDirty(Link!);
    }

    /// <summary>Acknowledges one zxid.</summary>
    protected void Acknowledge(Zxid zxid)
    {
        var writer = new JuteWriter(Link!.Output);
        QuorumPacketWriter.Write(ref writer, QuorumPacketType.Ack, zxid);
        Send(ref writer);
    }

    /// <summary>The leader broke a rule.</summary>
    protected void Violate(string detail) => Peer.Violation(Link!, detail);

    /// <summary>Gives the leader up.</summary>
    protected void Lose(string why)
    {
        Peer.Note(PeerTraceKind.LeaderLost, leader, why);
        Peer.BecomeLooking($"leader {leader}: {why}");
    }

    /// <summary>The leader says that another one leads from now on.</summary>
    protected void Follow(long designated, string why)
    {
        if (designated != leader || IsMisplaced)
            Peer.BecomeAppointed(designated, why);
    }

    // A change of the configuration has made a voter of an observer, or the reverse: it has to come anew.
    private bool IsMisplaced =>
        Peer.Membership.Committed.Find(Peer.Options.Sid) is { } mine && mine.IsParticipant == (State == PeerState.Observing) && !Peer.Options.IsObserver;

    private void ReceiveEpoch(int epoch)
    {
        if (epoch < Peer.Epochs.Accepted)
        {
            Violate($"epoch {epoch} is proposed, {Peer.Epochs.Accepted} was promised");
            return;
        }

        _epoch = epoch;
        _promisedBefore = epoch == Peer.Epochs.Accepted;
        Stage = LearningStage.SavingAccepted;
        if (_promisedBefore)
            Promise();
        else
            Peer.Epochs.Save(epoch, Peer.Epochs.Current);
    }

    private void Promise()
    {
        Stage = LearningStage.AwaitingPlan;

        // A log that cannot be cut where this leader wants it is replaced; the leader of another epoch hears of it as it is.
        bool beginsAnew = _promisedBefore && Peer.SnapshotWantedIn == _epoch;
        var writer = new JuteWriter(Link!.Output);
        QuorumPacketWriter.WriteAckEpoch(
            ref writer,
            beginsAnew ? Zxid.Zero : History.Last,
            _promisedBefore ? EpochPromise.MadeBefore : new EpochPromise(Peer.Epochs.Current));
        Send(ref writer);
    }
}
