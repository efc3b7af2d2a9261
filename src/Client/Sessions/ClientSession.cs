using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>What the handshake led to.</summary>
internal enum HandshakeResult
{
    /// <summary>A new session.</summary>
    Created,

    /// <summary>The session goes on.</summary>
    Resumed,

    /// <summary>Attached to a session presumed lost; close it now and connect anew.</summary>
    AttachedToClose,

    /// <summary>The server no longer knows the session.</summary>
    Refused,

    /// <summary>The server has lost its quorum and would only read. Not used.</summary>
    ReadOnly,
}

/// <summary>What to send to keep the session alive.</summary>
internal enum Heartbeat
{
    /// <summary>Nothing is due.</summary>
    None,

    /// <summary>A ping.</summary>
    Ping,

    /// <summary>A request that only a quorum can answer.</summary>
    Quorum,
}

/// <summary>
/// The session as the client sees it: a machine without threads and clocks. It decides which session to ask for, when to send what as a
/// heartbeat, when a connection is dead, and when the session must be presumed lost. A session presumed lost is never resumed.
/// </summary>
/// <param name="requestedTimeout">The timeout to ask for.</param>
/// <param name="configuredMargin">See <see cref="SessionDeadline"/>.</param>
internal sealed class ClientSession(TimeSpan requestedTimeout, TimeSpan configuredMargin)
{
    private static readonly byte[] NoPassword = new byte[16];

    private byte[] _password = NoPassword;
    private TimeSpan _handshakeSentAt;
    private TimeSpan? _refusedSince;
    private bool _offerZero;
    private TimeSpan _lastSent;
    private TimeSpan _lastQuorumSent;
    private TimeSpan _lastReply;
    private bool _quorumDue;
    private bool _presumedLost;

    /// <summary>The state told to the application.</summary>
    public SessionState State { get; private set; } = SessionState.Connecting;

    /// <summary>The session's id; 0 for none.</summary>
    public long Id { get; private set; }

    /// <summary>When the session must be presumed lost.</summary>
    public SessionDeadline Deadline { get; } = new(configuredMargin);

    /// <summary>The negotiated timeout, or the requested one before.</summary>
    public TimeSpan Timeout => Id == 0 ? requestedTimeout : Deadline.Timeout;

    /// <summary>The highest zxid of any reply. Carried into new sessions too: the client must never see an older state than it has seen.</summary>
    public long LastZxidSeen { get; private set; }

    /// <summary>Whether the next handshake serves only to close the old session.</summary>
    public bool ClosesOldSession => _presumedLost;

    /// <summary>
    /// When that may be done. The holder of a lock has until the server's own deadline to stop, and the margin is there for it; closing
    /// earlier would let a rival in while the lost token's callbacks still wait for a thread.
    /// </summary>
    public TimeSpan MayCloseOldAt { get; private set; }

    /// <summary>Whether the last handshake succeeded only because it offered zero: what this client has seen may never have been.</summary>
    public bool HistoryWasReset { get; private set; }

    /// <summary>Whether a hold is in force.</summary>
    public bool Held { get; private set; }

    private TimeSpan HeartbeatInterval => Timeout / 5;

    private TimeSpan ReplyTimeout => Timeout / 2;

    /// <summary>Makes the handshake.</summary>
    /// <param name="now">The time.</param>
    /// <returns>The first record of a connection.</returns>
    public ConnectRequest BeginHandshake(TimeSpan now)
    {
        _handshakeSentAt = now;
        int timeout = (int)Math.Clamp(requestedTimeout.TotalMilliseconds, 1, int.MaxValue);
        return new(0, _offerZero ? 0 : LastZxidSeen, timeout, Id, Id == 0 ? NoPassword : _password, ReadOnly: false);
    }

    /// <summary>Takes the answer to the handshake.</summary>
    /// <param name="response">The first record from the server.</param>
    /// <param name="now">The time.</param>
    /// <returns>What follows from it.</returns>
    public HandshakeResult EndHandshake(in ConnectResponse response, TimeSpan now)
    {
        HistoryWasReset = _offerZero;
        if (_offerZero)
            LastZxidSeen = 0;
        _offerZero = false;
        _refusedSince = null;
        if (response.ReadOnly == true)
            return HandshakeResult.ReadOnly;
        if (response.TimeoutMilliseconds <= 0 || response.SessionId == 0 || (Id != 0 && response.SessionId != Id))
            return HandshakeResult.Refused;

        var timeout = TimeSpan.FromMilliseconds(response.TimeoutMilliseconds);
        _password = response.Password ?? NoPassword;
        _lastSent = _lastQuorumSent = _lastReply = now;
        _quorumDue = false;
        if (Id == 0)
        {
            Id = response.SessionId;
            Deadline.Begin(_handshakeSentAt, timeout);
            State = SessionState.Connected;
            return HandshakeResult.Created;
        }

        if (_presumedLost)
            return HandshakeResult.AttachedToClose;

        Deadline.Resumed(_handshakeSentAt, timeout);
        _quorumDue = Held;
        State = SessionState.Connected;
        return HandshakeResult.Resumed;
    }

    /// <summary>
    /// A server accepted the connection and closed it before answering the handshake: it may be behind what this client has seen. When
    /// that has gone on for a whole session timeout, every other handshake offers zero instead.
    /// </summary>
    /// <param name="now">The time.</param>
    public void HandshakeCutOff(TimeSpan now)
    {
        _refusedSince ??= now;
        _offerZero = LastZxidSeen != 0 && now - _refusedSince >= requestedTimeout && !_offerZero;
    }

    /// <summary>The connection broke.</summary>
    public void Disconnected()
    {
        if (State == SessionState.Connected)
            State = SessionState.Suspended;
    }

    /// <summary>Something was sent.</summary>
    /// <param name="needsQuorum">Whether only a quorum can answer it.</param>
    /// <param name="now">The time.</param>
    public void Sent(bool needsQuorum, TimeSpan now)
    {
        _lastSent = now;
        if (!needsQuorum)
            return;

        _lastQuorumSent = now;
        _quorumDue = false;
    }

    /// <summary>A ping was answered. Proves contact with a server, not that the server has a quorum.</summary>
    /// <param name="sentAt">When it was sent.</param>
    /// <param name="now">The time.</param>
    public void PingAnswered(TimeSpan sentAt, TimeSpan now)
    {
        _lastReply = now;
        Deadline.Answered(sentAt);
    }

    /// <summary>A request was answered.</summary>
    /// <param name="request">The request.</param>
    /// <param name="header">The reply's header.</param>
    /// <param name="now">The time.</param>
    public void Answered(PendingRequest request, in ReplyHeader header, TimeSpan now)
    {
        _lastReply = now;
        if (header.Zxid > LastZxidSeen)
            LastZxidSeen = header.Zxid;
        if (ProvesQuorum(request, header))
            Deadline.ConfirmedByQuorum(request.SentAt);
        else
            Deadline.Answered(request.SentAt);
    }

    /// <summary>What to send now.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Nothing, a ping or a request that needs a quorum.</returns>
    public Heartbeat DueHeartbeat(TimeSpan now)
    {
        if (Held && (_quorumDue || now - _lastQuorumSent >= HeartbeatInterval))
            return Heartbeat.Quorum;

        return now - _lastSent >= HeartbeatInterval ? Heartbeat.Ping : Heartbeat.None;
    }

    /// <summary>Whether the connection must be given up: heartbeats were sent and nothing has been answered for half the timeout.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Whether it is dead.</returns>
    public bool ConnectionIsDead(TimeSpan now) => now - _lastReply >= ReplyTimeout;

    /// <summary>When a connected session needs attention next.</summary>
    public TimeSpan NextWhileConnected()
    {
        TimeSpan heartbeat = (Held && _lastQuorumSent < _lastSent ? _lastQuorumSent : _lastSent) + HeartbeatInterval;
        TimeSpan dead = _lastReply + ReplyTimeout;
        return heartbeat < dead ? heartbeat : dead;
    }

    /// <summary>Whether the session must be presumed lost by now.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Whether its local deadline has passed.</returns>
    public bool DeadlinePassed(TimeSpan now) => Id != 0 && !_presumedLost && now >= Deadline.LostAt;

    /// <summary>Presumes the session lost: it will only be attached to again to be closed.</summary>
    public void PresumeLost()
    {
        MayCloseOldAt = Held ? Deadline.LostAt + Deadline.MarginFor(Timeout) : default;
        _presumedLost = true;
        State = SessionState.Lost;
    }

    /// <summary>The session has ended for certain; the next handshake asks for a new one.</summary>
    public void Ended()
    {
        Id = 0;
        _password = NoPassword;
        _presumedLost = false;
        MayCloseOldAt = default;
        if (State != SessionState.Closed)
            State = SessionState.Lost;
    }

    /// <summary>The client is closed for good.</summary>
    public void Close() => State = SessionState.Closed;

    /// <summary>Somebody relies on the session, or nobody any more.</summary>
    /// <param name="held">Whether a hold is in force.</param>
    /// <param name="now">The time.</param>
    public void Hold(bool held, TimeSpan now)
    {
        if (held == Held)
            return;

        Held = held;
        _quorumDue = held;
        Deadline.Hold(held, now);
    }

    // A refusal that the connected server made by itself proves nothing about the quorum; those below come out of a transaction.
    private static bool ProvesQuorum(PendingRequest request, in ReplyHeader header) =>
        request.NeedsQuorum && header.Zxid > 0
        && header.Error is ErrorCode.Ok or ErrorCode.NoNode or ErrorCode.NodeExists or ErrorCode.BadVersion or ErrorCode.NotEmpty
            or ErrorCode.NoAuth or ErrorCode.NoChildrenForEphemerals or ErrorCode.InvalidAcl or ErrorCode.QuotaExceeded;
}
