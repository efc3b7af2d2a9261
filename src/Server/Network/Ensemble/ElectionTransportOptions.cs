namespace Coordination.Server.Network.Ensemble;

/// <summary>How election connections are made.</summary>
internal sealed record ElectionTransportOptions
{
    /// <summary>This server's number.</summary>
    public required long MyId { get; init; }

    /// <summary>How long one address is tried (<c>cnxTimeout</c>).</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an opener may take to say who it is, and how long a message may take to be sent (<c>quorumCnxnTimeoutMs</c>).</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often the port is tried; 0 is without end (<c>electionPortBindRetry</c>).</summary>
    public int BindAttempts { get; init; } = 3;

    /// <summary>The pause between two of these attempts.</summary>
    public TimeSpan BindPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether the system probes silent connections (<c>tcpKeepAlive</c>).</summary>
    public bool KeepAlive { get; init; }
}
