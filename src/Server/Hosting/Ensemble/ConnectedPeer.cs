using Coordination.Server.Consensus;
using Coordination.Server.Network;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>A connection to another server of the ensemble with what the traffic knows of it.</summary>
internal sealed class ConnectedPeer
{
    /// <param name="connection">The connection, of which this becomes the owner.</param>
    /// <param name="id">The number of the link.</param>
    /// <param name="isIncoming">Whether the other side opened it.</param>
    /// <param name="now">Monotonic milliseconds.</param>
    public ConnectedPeer(PolledConnection connection, long id, bool isIncoming, long now)
    {
        Connection = connection;
        Link = new PeerLink(id, isIncoming) { Owner = this };
        ArrivedAt = ProgressAt = now;
        connection.Owner = this;
    }

    /// <summary>The socket.</summary>
    public PolledConnection Connection { get; }

    /// <summary>What the core sees of it.</summary>
    public PeerLink Link { get; }

    /// <summary>When it was opened.</summary>
    public long ArrivedAt { get; }

    /// <summary>Whether a packet has come.</summary>
    public bool HasSpoken { get; set; }

    /// <summary>The snapshot that is coming in.</summary>
    public SnapshotReceiver? Receiver { get; set; }

    /// <summary>The history or snapshot that is going out.</summary>
    public IPeerTransfer? Transfer { get; set; }

    /// <summary>When the socket last took something of the transfer.</summary>
    public long ProgressAt { get; set; }

    /// <summary>Whether nothing is read because the snapshot's reader cannot follow.</summary>
    public bool IsStalled { get; set; }

    /// <summary>Until when what was sent may leave; then the connection is cut.</summary>
    public long CloseBy { get; set; } = long.MaxValue;

    /// <summary>Whether nothing is read any more, and the connection ends when its output has left.</summary>
    public bool IsClosing { get; set; }

    /// <summary>Whether the connection has ended.</summary>
    public bool IsGone { get; set; }

    /// <summary>Who it is, for messages.</summary>
    public override string ToString() => Link.Sid < 0 ? $"{Connection.RemoteAddress}" : $"server {Link.Sid} at {Connection.RemoteAddress}";
}
