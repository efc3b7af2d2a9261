namespace Coordination.Server.Hosting;

/// <summary>What one connection, and all together, may take.</summary>
internal sealed record TrafficLimits
{
    /// <summary><c>jute.maxbuffer</c>: the largest request, in bytes.</summary>
    public int MaxFrame { get; init; } = 0xfffff;

    /// <summary>The largest first frame: a handshake has 45 bytes, and whoever has no session yet gets no more room than this.</summary>
    public int MaxHandshake { get; init; } = 16 << 10;

    /// <summary><c>globalOutstandingLimit</c>: requests being worked on, over all connections. Each may always have one.</summary>
    public int MaxOutstanding { get; init; } = 1000;

    /// <summary>Bytes a client may leave unread, on top of one reply of any size, before it is cut off at once.</summary>
    public int MaxBacklog { get; init; } = 16 << 20;

    /// <summary>
    /// Unread bytes from which on no more requests of that client are taken, so that its own reads cannot pile up replies, and it has
    /// <see cref="UnreadTime"/> to take as much.
    /// </summary>
    public int PauseReadingAt { get; init; } = 1 << 20;

    /// <summary>How long a client may take for reading <see cref="PauseReadingAt"/> bytes while it leaves that many unread.</summary>
    public TimeSpan UnreadTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes that all clients together may leave unread; above, those that leave the most are cut off.</summary>
    public long MaxTotalUnread { get; init; } = 1 << 30;

    /// <summary>Reads of one connection that may wait behind its own writes; bytes of theirs are kept meanwhile.</summary>
    public int MaxWaitingReads { get; init; } = 128;

    /// <summary>Bytes of such reads, on top of one of any size.</summary>
    public int MaxWaitingBytes { get; init; } = 256 << 10;

    /// <summary>
    /// What one connection may have worked off in one turn before others get a chance, in bytes; each request counts <see cref="RequestCost"/>
    /// beside its own.
    /// </summary>
    public int TurnBudget { get; init; } = 256 << 10;

    /// <summary>How long one connection may keep one turn, in milliseconds, on top of one request.</summary>
    public int TurnMilliseconds { get; init; } = 5;

    /// <summary>What a request costs of <see cref="TurnBudget"/> beside its bytes.</summary>
    public const int RequestCost = 1 << 10;

    /// <summary>Bytes that may wait for the disk or behind a write, over all connections, before no more requests are taken.</summary>
    public int MaxBytesToLog { get; init; } = 100 << 20;

    /// <summary>Bytes above which a request is a large one; -1: none is.</summary>
    public int LargeRequest { get; init; } = -1;

    /// <summary>Bytes of large requests that may be under way, over all connections; who goes beyond is cut off.</summary>
    public long MaxLargeBytes { get; init; } = 100 << 20;

    /// <summary>How fast sessions may be opened.</summary>
    public ConnectionThrottleOptions Throttle { get; init; } = new();

    /// <summary>How long a connection may live without a session.</summary>
    public TimeSpan SessionlessTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a closing connection may take to send what is left.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);
}
