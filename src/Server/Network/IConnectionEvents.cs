namespace Coordination.Server.Network;

/// <summary>
/// What a transport tells the owner of its connections. May be called from any thread, also from inside a turn; nothing here may block.
/// </summary>
internal interface IConnectionEvents
{
    /// <summary>A connection was accepted and nothing was read from it yet.</summary>
    void Accepted(ClientConnection connection);

    /// <summary>A read that had to wait has ended: with bytes, at the end, or broken.</summary>
    void Readable(ClientConnection connection);

    /// <summary>A send that had to wait has ended: the socket takes bytes again.</summary>
    void Writable(ClientConnection connection);

    /// <summary>A connection was turned away because a limit is reached.</summary>
    void Refused(System.Net.IPEndPoint remoteAddress, ConnectionLimit limit);

    /// <summary>A connection ended before it was accepted: its TLS handshake failed, or took too long.</summary>
    void HandshakeFailed(System.Net.IPEndPoint remoteAddress, string reason);

    /// <summary>The process has no descriptor left for another connection; accepting pauses.</summary>
    void OutOfDescriptors();

    /// <summary>A connection could not be accepted for another reason; accepting goes on.</summary>
    void AcceptFailed(string reason);

    /// <summary>The transport cannot go on.</summary>
    void Failed(Exception reason);
}

/// <summary>Which limit turned a connection away.</summary>
internal enum ConnectionLimit
{
    /// <summary>None: it may stay.</summary>
    None,

    /// <summary><c>maxClientCnxns</c>: connections of one address.</summary>
    PerAddress,

    /// <summary><c>maxCnxns</c>: connections altogether.</summary>
    Total,
}
