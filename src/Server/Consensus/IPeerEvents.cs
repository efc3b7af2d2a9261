using Coordination.Protocol;

namespace Coordination.Server.Consensus;

/// <summary>What a member is, and since when it may be relied upon.</summary>
/// <param name="State">What it is doing.</param>
/// <param name="Leader">Whom it follows, or itself; -1 while it looks for somebody.</param>
/// <param name="Epoch">The epoch of that leader; 0 before it is agreed.</param>
/// <param name="IsEstablished">
/// Whether the leader is established and this server is part of its ensemble: a leader may propose, a learner may forward.
/// </param>
/// <param name="ServesFrom">Clients are served when the tree has reached this zxid; of meaning once established.</param>
/// <param name="LeaderIsOwn">Whether the leader is one of our servers: then a sync is confirmed by a quorum; of meaning once established.</param>
internal readonly record struct PeerStatus(
    PeerState State, long Leader, int Epoch, bool IsEstablished, Zxid ServesFrom, bool LeaderIsOwn = true);

/// <summary>
/// What consensus tells the replica above it, inside a turn. None of it is called while the replica itself is inside a call to consensus,
/// except <see cref="WriteEmptyEntry"/>, <see cref="TakeTouches"/> and <see cref="FindConfiguration"/>, which only ask.
/// </summary>
internal interface IPeerEvents
{
    /// <summary>
    /// The role has changed, or is established. What was forwarded to an earlier leader and is not answered will not be; proposals of an
    /// earlier role may still be delivered, or never.
    /// </summary>
    void StatusChanged(in PeerStatus status);

    /// <summary>Leader: a learner forwards a client's request. Those of one link come in the order in which they must be answered.</summary>
    void Requested(PeerLink learner, in QuorumPacketView packet);

    /// <summary>Leader: a learner has heard of sessions (the data of its answer to a ping).</summary>
    void Touched(PeerLink learner, ReadOnlySpan<byte> touches);

    /// <summary>Leader: a client came to a learner with its session; to be answered by <see cref="ZabPeer.AnswerRevalidation"/>.</summary>
    void RevalidationAsked(PeerLink learner, RevalidateRequest request);

    /// <summary>Leader: a learner's link is gone.</summary>
    void LearnerLost(PeerLink learner);

    /// <summary>Leader: the oldest sync of this server's own clients is confirmed by a quorum.</summary>
    void SyncConfirmed();

    /// <summary>Learner: the oldest forwarded sync is answered; everything before it has been delivered, or will be in this turn.</summary>
    void SyncAnswered();

    /// <summary>Learner: the leader's word on a session.</summary>
    void Revalidated(RevalidateResponse response);

    /// <summary>Learner: the sessions heard of since the last call.</summary>
    ReadOnlySpan<SessionTouch> TakeTouches();

    /// <summary>Writes an entry that changes nothing: a transaction that carries an error only.</summary>
    void WriteEmptyEntry(Zxid zxid, FrameBuffer output);

    /// <summary>The configuration that an entry proposes; null for all other entries. Asked only where reconfiguration is enabled.</summary>
    QuorumConfiguration? FindConfiguration(ReadOnlySpan<byte> entry);

    /// <summary>A configuration is in force from now on.</summary>
    void ConfigurationActivated(QuorumConfiguration configuration);
}
