using Coordination.Protocol;

namespace Coordination.Server.Consensus.Roles;

/// <summary>
/// What a server does at present. Roles are entered and left in <see cref="ZabPeer"/> alone; a role that has asked for another one must not
/// touch anything afterwards.
/// </summary>
internal abstract class Role(ZabPeer peer)
{
    /// <summary>What it is called on the wire.</summary>
    public abstract PeerState State { get; }

    /// <summary>When <see cref="Tick"/> has something to do.</summary>
    public abstract long NextTickAt { get; }

    /// <summary>The server.</summary>
    protected ZabPeer Peer { get; } = peer;

    /// <summary>Begins.</summary>
    public abstract void Enter();

    /// <summary>Ends: closes what it has opened.</summary>
    public abstract void Leave();

    /// <summary>A packet arrived; the link is not over.</summary>
    /// <exception cref="JuteFormatException">Its data is not what its type demands.</exception>
    public abstract void Receive(PeerLink link, in QuorumPacketView packet);

    /// <summary>A link is gone; nothing of it is used any more.</summary>
    public abstract void Lost(PeerLink link);

    /// <summary>Time has passed.</summary>
    public abstract void Tick();

    /// <summary>A learner has connected and told who it is.</summary>
    public virtual void Arrived(PeerLink link)
    {
    }

    /// <summary>The leader is connected.</summary>
    public virtual void LeaderReached(PeerLink link) => Peer.Close(link, LinkCloseReason.RoleChanged);

    /// <summary>The leader cannot be connected to.</summary>
    public virtual void LeaderUnreachable(long sid)
    {
    }

    /// <summary>Entries are on this disk; the history's mark has moved.</summary>
    public virtual void Persisted()
    {
    }

    /// <summary>Epochs are on this disk.</summary>
    public virtual void EpochsSaved()
    {
    }

    /// <summary>The log was cut.</summary>
    public virtual void Truncated()
    {
    }

    /// <summary>The log could not be cut there, and is as it was.</summary>
    public virtual void TruncationFailed()
    {
    }

    /// <summary>A snapshot has been read from the leader's link.</summary>
    public virtual void SnapshotLoaded(PeerLink link)
    {
    }

    /// <summary>The files know where a learner's history ends in ours.</summary>
    public virtual void HistoryLocated(PeerLink link, Zxid? start)
    {
    }

    /// <summary>A learner has been given history from the files, or a snapshot.</summary>
    public virtual void TransferDone(PeerLink link, Zxid upTo)
    {
    }

    /// <summary>All inputs of a turn are in, and what they committed has to be told.</summary>
    public virtual void CompleteTurn()
    {
    }
}
