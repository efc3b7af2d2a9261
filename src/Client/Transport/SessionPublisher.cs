using System.Net;
using Microsoft.Extensions.Logging;

namespace Coordination.Client;

/// <summary>
/// What the application sees of the session: a snapshot to read, a stream of changes, a token that fires. Written by the session's
/// thread; user code runs elsewhere.
/// </summary>
internal sealed class SessionPublisher
{
    private readonly IClientClock _clock;
    private readonly SerialStream<SessionChange> _changes;
    private readonly Lock _gate = new();
    private TaskCompletionSource<SessionInfo> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LostSignal _lost = new();
    private DeadlineCell _deadline = new();
    private volatile SessionInfo _session;

    /// <summary>Starts without a session.</summary>
    /// <param name="requestedTimeout">The timeout to show until one is negotiated.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">Where throwing subscribers are told.</param>
    public SessionPublisher(TimeSpan requestedTimeout, IClientClock clock, ILogger log)
    {
        _clock = clock;
        _session = new(0, requestedTimeout, null, CancellationToken.None);
        _changes = new(new(SessionState.Connecting, _session), log);
    }

    /// <summary>The present session.</summary>
    public SessionInfo Session => _session;

    /// <summary>Its state.</summary>
    public SessionState State => _changes.Latest.State;

    /// <summary>Its changes.</summary>
    public IObservable<SessionChange> Changes => _changes;

    /// <summary>Completes when connected; renewed when the connection is lost.</summary>
    public Task<SessionInfo> WhenConnected
    {
        get
        {
            lock (_gate)
                return _connected.Task;
        }
    }

    /// <summary>A session is connected: a new one or the old one again.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="timeout">The negotiated timeout.</param>
    /// <param name="server">The server.</param>
    public void Connected(long id, TimeSpan timeout, EndPoint server)
    {
        if (id != _session.Id)
        {
            _lost = new();
            _deadline = new() { SafeUntil = _deadline.SafeUntil };
        }

        DeadlineCell deadline = _deadline;
        IClientClock clock = _clock;
        _session = new(id, timeout, server, _lost, () => deadline.SafeFor(clock.Now));
        lock (_gate)
            _connected.TrySetResult(_session);
        _changes.Publish(new(SessionState.Connected, _session));
    }

    /// <summary>Takes the newest deadline.</summary>
    /// <param name="safeUntil">Until when the session is certainly alive.</param>
    public void Deadline(TimeSpan safeUntil) => _deadline.SafeUntil = safeUntil;

    /// <summary>The connection is lost.</summary>
    public void Suspended()
    {
        Renew();
        _changes.Publish(new(SessionState.Suspended, _session));
    }

    /// <summary>The session is lost: its token fires. The token's callbacks run on the pool, its flag is up at once.</summary>
    public void Lost()
    {
        Renew();
        _deadline.SafeUntil = TimeSpan.Zero;
        _lost.Fire();
        _changes.Publish(new(SessionState.Lost, _session));
    }

    /// <summary>The client is closed.</summary>
    /// <param name="refused">Because the server refused its credentials.</param>
    public void Closed(bool refused)
    {
        Renew();
        _deadline.SafeUntil = TimeSpan.Zero;
        _lost.Fire();
        lock (_gate)
        {
            _connected.TrySetException(refused
                ? new AuthenticationFailedException("The server refused the credentials of this client.")
                : new ObjectDisposedException(nameof(CoordinationClient)));
            _ = _connected.Task.Exception;
        }

        _changes.Publish(new(SessionState.Closed, _session));
        _changes.Complete();
    }

    private void Renew()
    {
        lock (_gate)
        {
            if (_connected.Task.IsCompleted)
                _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private sealed class DeadlineCell
    {
        private long _ticks;

        public TimeSpan SafeUntil
        {
            get => new(Volatile.Read(ref _ticks));
            set => Volatile.Write(ref _ticks, value.Ticks);
        }

        public TimeSpan SafeFor(TimeSpan now)
        {
            TimeSpan left = SafeUntil - now;
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }
}
