using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Network;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>
/// Moves packets between the core and the connections to other servers: cuts them off what has arrived, sends what a turn has written, in
/// one piece per turn and link. No link ever waits for another: none blocks, and what one may pile up is bounded. Runs in turns only.
/// </summary>
/// <param name="parts">What it works with.</param>
internal sealed partial class PeerTraffic(MemberParts parts)
{
    private const int ReadsInARow = 16;
    private const byte TlsAlert = 0x15;
    private const byte TlsHandshake = 0x16;
    private const byte SaslMagic = 0x5F;

    private readonly List<ConnectedPeer> _peers = [];
    private ConnectedPeer? _sender;
    private long _lastId;
    private long _now;
    private bool _isStopping;

    /// <summary>Open connections.</summary>
    public IReadOnlyList<ConnectedPeer> Peers => _peers;

    /// <summary>A turn begins.</summary>
    /// <param name="now">Monotonic milliseconds.</param>
    public void BeginTurn(long now) => _now = now;

    /// <summary>Somebody has connected to the quorum port.</summary>
    public void Accept(PolledConnection connection)
    {
        if (_isStopping)
        {
            connection.Abort();
            return;
        }

        ConnectedPeer peer = Add(connection, isIncoming: true);
        parts.Peer.LearnerArrived(peer.Link);
        Read(peer);
    }

    /// <summary>The leader is connected.</summary>
    public void ReachLeader(PolledConnection connection, long sid)
    {
        ConnectedPeer peer = Add(connection, isIncoming: false);
        peer.Link.Sid = sid;
        parts.Peer.LeaderReached(peer.Link);
        Read(peer);
    }

    /// <summary>Bytes arrived, or can be taken again.</summary>
    public void Readable(PolledConnection connection)
    {
        if (connection.Owner is not ConnectedPeer { IsGone: false } peer)
            return;

        connection.EndRead();
        peer.IsStalled = false;
        Deliver(peer);
    }

    /// <summary>The snapshot that was received last, for its installation.</summary>
    public RecoveredState TakeReceived()
    {
        RecoveredState? state = _sender?.Receiver?.TakeState();
        _sender = null;
        return state ?? throw new InvariantException("A snapshot is to be installed that was not received.");
    }

    /// <summary>Throws away what is being received from a link.</summary>
    public void Discard(PeerLink link)
    {
        var peer = (ConnectedPeer)link.Owner!;
        peer.Receiver?.Dispose();
        if (ReferenceEquals(_sender, peer))
            _sender = null;
    }

    /// <summary>Ends all connections at once.</summary>
    public void AbortAll()
    {
        _isStopping = true;
        foreach (ConnectedPeer peer in _peers.ToArray())
        {
            peer.IsGone = true;
            peer.Transfer?.Dispose();
            peer.Receiver?.Dispose();
            peer.Connection.Abort();
        }

        _peers.Clear();
    }

    private ConnectedPeer Add(PolledConnection connection, bool isIncoming)
    {
        ConnectedPeer peer = new(connection, ++_lastId, isIncoming, _now);
        _peers.Add(peer);
        CheckBy(_now + CheckInterval);
        return peer;
    }

    private void Read(ConnectedPeer peer)
    {
        if (peer.Connection.Read())
            Deliver(peer);
    }

    /// <summary>Hands whole packets to the core until there is none, or the connection ends; not too many at a time.</summary>
    private void Deliver(ConnectedPeer peer)
    {
        for (int reads = 0; ; reads++)
        {
            try
            {
                if (!TakeAll(peer))
                    return;
            }
            catch (JuteFormatException malformed)
            {
                Cut(peer, malformed.Message);
                return;
            }

            if (peer.Connection.HasEnded)
            {
                Cut(peer, reason: null);
                return;
            }

            if (reads == ReadsInARow)
            {
                parts.Post(new LoopInput(LoopInputKind.PeerReadable, peer.Connection));
                return;
            }

            if (!peer.Connection.Read())
                return;
        }
    }

    /// <summary>False when no more bytes are wanted for now.</summary>
    private bool TakeAll(ConnectedPeer peer)
    {
        while (peer is { IsGone: false, IsClosing: false } && peer.Link.Close == LinkCloseReason.None)
        {
            ReadOnlySpan<byte> bytes = peer.Connection.Received;
            if (bytes.IsEmpty)
                return true;

            if (peer.Receiver is { HasAll: false } receiver)
            {
                int count = receiver.Take(bytes);
                peer.Connection.Take(count);
                peer.IsStalled = count == 0;
                if (peer.IsStalled)
                    return false;
                continue;
            }

            if (!peer.HasSpoken && SpeaksOtherwise(peer, bytes[0]))
                return false;
            if (!QuorumPacketReader.TryRead(bytes, parts.MaxData, out QuorumPacketView packet))
                return true;

            peer.HasSpoken = true;
            parts.Peer.Receive(peer.Link, packet);
            if (packet.Type == QuorumPacketType.Snapshot)
                BeginReceiving(peer);
            peer.Connection.Take(packet.Length);
        }

        return false;
    }

    /// <summary>A packet begins with 0; what TLS and SASL begin with cannot be one.</summary>
    private bool SpeaksOtherwise(ConnectedPeer peer, byte first)
    {
        if (first is not (TlsAlert or TlsHandshake or SaslMagic))
            return false;

        if (first == SaslMagic)
            parts.Log.PeerSpeaks($"{peer}", "SASL", "quorum.auth.enableSasl");
        else
            parts.Log.PeerSpeaks($"{peer}", "TLS", "sslQuorum");
        Cut(peer, reason: null);
        return true;
    }

    /// <summary>The bytes behind the packet are those of a snapshot, if the core has taken it for one.</summary>
    private void BeginReceiving(ConnectedPeer peer)
    {
        foreach (TransferOrder order in parts.Peer.Outbox.Transfers)
        {
            if (order.Kind != TransferKind.LoadSnapshot || !ReferenceEquals(order.Link, peer.Link))
                continue;

            _sender = peer;
            peer.Receiver = new SnapshotReceiver(
                order.UpTo,
                parts.MaxData,
                () => parts.Post(new LoopInput(LoopInputKind.PeerReadable, peer.Connection)),
                reason => Later(() => Received(peer, reason)));
        }
    }

    private void Received(ConnectedPeer peer, Exception? reason)
    {
        if (peer.IsGone || peer.Link.Close != LinkCloseReason.None)
            return;

        if (reason is null)
            parts.Peer.SnapshotLoaded(peer.Link);
        else
            Cut(peer, $"its snapshot cannot be loaded: {reason.Message}");
    }
}
