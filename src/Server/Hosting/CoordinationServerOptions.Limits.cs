namespace Coordination.Server;

/// <content>What clients may take.</content>
public sealed partial class CoordinationServerOptions
{
    /// <summary>Connections per client address (<c>maxClientCnxns</c>); 0 is no limit.</summary>
    /// <value>Connections, 0 or more. Default: 0.</value>
    public int MaxConnectionsPerAddress { get; set; }

    /// <summary>Connections altogether (<c>maxCnxns</c>); 0 is no limit but that of the process's descriptors.</summary>
    /// <value>Connections, 0 or more. Default: 0.</value>
    public int MaxConnections { get; set; }

    /// <summary>The largest request (<c>jute.maxbuffer</c>). A larger one closes the connection.</summary>
    /// <value>1024 bytes to 1 GiB. Default: 1048575 bytes.</value>
    public int MaxRequestSize { get; set; } = 0xfffff;

    /// <summary>Requests being worked on above which the server stops reading (<c>globalOutstandingLimit</c>); each connection may have one.</summary>
    /// <value>Requests, 1 or more. Default: 1000.</value>
    public int MaxOutstandingRequests { get; set; } = 1000;

    /// <summary>
    /// What a client may leave unread, on top of one reply of any size (<c>coordination.maxUnreadBytes</c>). From a quarter of it on no more
    /// requests of it are read and <see cref="MaxUnreadTime"/> counts; beyond four times as much, which only events can bring about, it is cut
    /// off at once.
    /// </summary>
    /// <value>Bytes, 1024 or more. Default: 4 MiB.</value>
    public int MaxUnreadBytes { get; set; } = 4 << 20;

    /// <summary>
    /// How long a client may take to read a quarter of <see cref="MaxUnreadBytes"/> while it leaves that much unread, before it is cut off
    /// (<c>coordination.maxUnreadTime</c>).
    /// </summary>
    /// <value>1 ms to 24 days. Default: 30 s.</value>
    public TimeSpan MaxUnreadTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What all clients together may leave unread; beyond it those that leave the most are cut off (<c>coordination.maxTotalUnreadBytes</c>).
    /// </summary>
    /// <value>Bytes; 0 is no limit. Default: 1 GiB.</value>
    public long MaxTotalUnreadBytes { get; set; } = 1 << 30;

    /// <summary>What the paths of one session's ephemerals may take (<c>ephemeralNodes.total.byte.limit</c>); a further one is refused.</summary>
    /// <value>
    /// Bytes, 1024 or more; null for <see cref="MaxRequestSize"/>, so that the end of every session fits into a log that Apache's server can
    /// read. Default: null.
    /// </value>
    public long? MaxEphemeralBytes { get; set; }

    /// <summary>Watches of one session, counted by path and kind (<c>coordination.maxWatchesPerSession</c>); one more is refused.</summary>
    /// <value>Watches; 0 is no limit. Default: 100000.</value>
    public int MaxWatchesPerSession { get; set; } = 100_000;

    /// <summary>Watches of all sessions (<c>coordination.maxWatches</c>).</summary>
    /// <value>Watches; 0 is no limit. Default: 10000000.</value>
    public int MaxWatches { get; set; } = 10_000_000;

    /// <summary>A second limit like <see cref="MaxOutstandingRequests"/>; the smaller one counts (<c>requestThrottleLimit</c>).</summary>
    /// <value>Requests; 0 is no limit. Default: 0.</value>
    public int RequestThrottleLimit { get; set; }

    /// <summary>The size above which a request is a large one (<c>largeRequestThreshold</c>).</summary>
    /// <value>Bytes; -1: none is. Default: -1.</value>
    public int LargeRequestThreshold { get; set; } = -1;

    /// <summary>What large requests of all connections may take while they are under way (<c>largeRequestMaxBytes</c>); more cuts off.</summary>
    /// <value>Bytes, 1 or more. Default: 100 MiB.</value>
    public int LargeRequestMaxBytes { get; set; } = 100 << 20;

    /// <summary>How fast sessions may be opened (<c>connectionMaxTokens</c> and its like).</summary>
    /// <value>A bucket of tokens. Default: no throttle.</value>
    public ConnectionThrottleOptions ConnectionThrottle { get; } = new();
}
