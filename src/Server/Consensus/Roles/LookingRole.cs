using Coordination.Protocol;
using Coordination.Server.Consensus.Election;

namespace Coordination.Server.Consensus.Roles;

/// <summary>
/// Waits until everything that was handed to the disk is there, then elects. A vote tells the end of the history, and that must be what a
/// crash would leave (ZOOKEEPER-2845, 4712, 4882).
/// </summary>
internal sealed class LookingRole(ZabPeer peer, ElectionOutcome? appointed = null) : Role(peer)
{
    // The last word of each voter, come before there was a vote to compare it with.
    private readonly SortedDictionary<long, ElectionNotification> _early = [];
    private bool _isElecting;

    /// <inheritdoc/>
    public override PeerState State => PeerState.Looking;

    /// <inheritdoc/>
    public override long NextTickAt => Math.Min(Peer.WaitingUntil, _isElecting ? Peer.Election.NextTickAt : long.MaxValue);

    /// <inheritdoc/>
    public override void Enter() => ElectWhenQuiet();

    /// <inheritdoc/>
    public override void Leave()
    {
    }

    /// <inheritdoc/>
    public override void Receive(PeerLink link, in QuorumPacketView packet) => Peer.Violation(link, $"{packet.Type} before a role is taken");

    /// <inheritdoc/>
    public override void Lost(PeerLink link)
    {
    }

    /// <inheritdoc/>
    public override void Persisted() => ElectWhenQuiet();

    /// <inheritdoc/>
    public override void EpochsSaved() => ElectWhenQuiet();

    /// <inheritdoc/>
    public override void Truncated() => ElectWhenQuiet();

    /// <inheritdoc/>
    public override void TruncationFailed() => ElectWhenQuiet();

    /// <inheritdoc/>
    public override void Tick()
    {
        Peer.CloseWaiting();
        if (_isElecting)
            Peer.Election.Tick(Peer.Now);
    }

    /// <summary>Whether votes count already, so that the election may end.</summary>
    public bool IsElecting => _isElecting;

    /// <summary>A notification arrived.</summary>
    public void Receive(long sid, in ElectionNotification notification)
    {
        if (_isElecting)
            Peer.Election.Receive(sid, notification, Peer.Now);
        else if (Peer.Membership.IsVoter(sid))
            _early[sid] = notification;
    }

    private void ElectWhenQuiet()
    {
        if (_isElecting || !Peer.IsDiskQuiet)
            return;

        // An entry of an epoch stands for all of that epoch's initial history; a crash between the two writes is made good here
        // (ZOOKEEPER-1653).
        int epoch = Peer.History.Last.Epoch;
        if (epoch > Peer.Epochs.Current)
        {
            Peer.Epochs.Save(Math.Max(epoch, Peer.Epochs.Accepted), epoch);
            return;
        }

        _isElecting = true;
        if (appointed is null)
            Peer.BeginElection();
        else
            Peer.Election.Appoint(appointed.State, appointed.Vote, Peer.Membership.ToElectorate());
        foreach ((long sid, ElectionNotification notification) in _early)
            Peer.Election.Receive(sid, notification, Peer.Now);
        _early.Clear();
    }
}
