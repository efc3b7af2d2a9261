using System.Diagnostics.CodeAnalysis;
using Coordination.Protocol;
using Microsoft.Extensions.Logging;
using Polly;

namespace Coordination.Client;

/// <summary>
/// The client's one thread: it drives <see cref="ClientSession"/>, owns the socket, the heartbeat and the deadline, and never runs user
/// code. Other threads leave requests and messages in its inbox and wake it.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "The thread disposes them when it ends.")]
internal sealed partial class SessionLoop
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly CoordinationOptions _options;
    private readonly IClientClock _clock;
    private readonly ILogger _log;
    private readonly ClientMetrics _metrics;
    private readonly ClientSession _session;
    private readonly PendingRequests _pending = new();
    private readonly WatchRegistry _watches = new();
    private readonly WakeUp _wake = new();
    private readonly Lock _gate = new();
    private readonly SessionPublisher _publisher;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private List<PendingRequest> _inboxRequests = [];
    private List<PendingRequest> _drainRequests = [];
    private List<Action> _inboxActions = [];
    private List<Action> _drainActions = [];
    private Queue<PendingRequest> _outgoing = new();
    private bool _started;
    private bool _closed;
    private bool _closing;
    private TimeSpan _closeBy;
    private int _holds;
    private int _threadId;

    /// <summary>Makes the loop; nothing runs before <see cref="Start"/>.</summary>
    /// <param name="options">Settings, owned by the loop.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="configureRetry">Builds the reconnect pipeline; null for the default.</param>
    /// <param name="log">Where outages are told.</param>
    /// <param name="metrics">What is counted.</param>
    public SessionLoop(
        CoordinationOptions options,
        IClientClock clock,
        Action<ResiliencePipelineBuilder>? configureRetry,
        ILogger log,
        ClientMetrics metrics)
    {
        _options = options;
        _clock = clock;
        _log = log;
        _metrics = metrics;
        _session = new(options.SessionTimeout, options.LostSafetyMargin);
        _publisher = new(options.SessionTimeout, clock, log);
        _timers = new(clock, _wake.Wake);
        _pipeline = ReconnectPipeline.Build(configureRetry, _timers);
        foreach (CoordinationCredential credential in options.Credentials)
            _credentials.Add(new(credential));
    }

    /// <summary>What the application sees of the session.</summary>
    public SessionPublisher Publisher => _publisher;

    /// <summary>Completes when the thread has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the thread; again is harmless.</summary>
    /// <param name="servers">The servers.</param>
    public void Start(ServerList servers)
    {
        lock (_gate)
        {
            if (_started || _closed)
                return;
            _started = true;
        }

        _servers = servers;
        new Thread(Run) { IsBackground = true, Name = "coordination client" }.UnsafeStart();
    }

    /// <summary>Queues a request. From any thread.</summary>
    /// <param name="request">The request.</param>
    public void Send(PendingRequest request)
    {
        request.GiveUpAt = _clock.Now + _options.OperationTimeout;
        if (Environment.CurrentManagedThreadId == _threadId)
        {
            // The session's own requests keep their place: the removal of a watch must not slip behind a read that sets it anew.
            _outgoing.Enqueue(request);
            return;
        }

        lock (_gate)
        {
            if (!_closed)
            {
                _inboxRequests.Add(request);
                request = null!;
            }
        }

        if (request is null)
            _wake.Wake();
        else
            FailClosed(request);
    }

    /// <summary>Runs something on the session's thread. From any thread; dropped once the client is closed.</summary>
    /// <param name="action">Short, and never user code.</param>
    public void Post(Action action) => TryPost(action);

    private bool TryPost(Action action)
    {
        lock (_gate)
        {
            if (_closed)
                return false;
            _inboxActions.Add(action);
        }

        _wake.Wake();
        return true;
    }

    /// <summary>Counts those who rely on the session.</summary>
    /// <param name="change">1 or -1.</param>
    public void ChangeHolds(int change)
    {
        Interlocked.Add(ref _holds, change);
        _wake.Wake();
    }

    private void Run()
    {
        _threadId = Environment.CurrentManagedThreadId;
        try
        {
            BeginConnecting();
            while (Turn())
            {
                _wake.BeginWait();
                TimeSpan wait = InboxIsEmpty() && Volatile.Read(ref _holds) > 0 == _session.Held ? NextDue() - _clock.Now : TimeSpan.Zero;
                _wake.Wait(_connection?.Socket, _connection?.WantsWrite == true, wait);
            }
        }
        catch (Exception e)
        {
            _log.LoopFailed(e);
        }

        Finish();
    }

    /// <summary>One turn: take messages, look at the clock, read, write.</summary>
    private bool Turn()
    {
        TakeInbox();
        TimeSpan now = _clock.Now;
        _session.Hold(Volatile.Read(ref _holds) > 0, now);
        CheckDeadline(now);
        _timers.RunDue(now);
        StepConnection(now);
        if (_connection is { Stage: not ConnectionStage.Connecting })
            ReceiveFrames();

        now = _clock.Now;
        CheckDeadline(now);
        if (_connection is { Stage: ConnectionStage.Established })
            SendDue(now);
        if (_connection is { Stage: not ConnectionStage.Connecting } connection && !connection.Flush())
            Break(connection.Failure);

        GiveUpWaiting(now);
        _publisher.Deadline(_session.Deadline.SafeUntil);
        return !ClosingIsOver(now) && _session.State != SessionState.Closed;
    }

    private void TakeInbox()
    {
        lock (_gate)
        {
            (_inboxRequests, _drainRequests) = (_drainRequests, _inboxRequests);
            (_inboxActions, _drainActions) = (_drainActions, _inboxActions);
        }

        // Messages first: what they send precedes the requests that were made after them.
        foreach (Action action in _drainActions)
            action();
        _drainActions.Clear();
        foreach (PendingRequest request in _drainRequests)
            _outgoing.Enqueue(request);
        _drainRequests.Clear();
    }

    private bool InboxIsEmpty()
    {
        lock (_gate)
            return _inboxRequests.Count == 0 && _inboxActions.Count == 0;
    }

    private TimeSpan NextDue()
    {
        TimeSpan now = _clock.Now;
        TimeSpan next = now + LongestWait;
        if (_connection is { Stage: ConnectionStage.Established })
            next = Earlier(next, _session.NextWhileConnected());
        else if (_connection is { } connection)
            next = Earlier(next, connection.StageDeadline);
        else if (_resolveBy is { } resolveBy)
            next = Earlier(next, resolveBy);
        if (_connection is not { Stage: ConnectionStage.Established } && _outgoing.TryPeek(out PendingRequest? first))
            next = Earlier(next, first.GiveUpAt);
        if (_session.Id != 0 && !_session.ClosesOldSession)
            next = Earlier(next, _session.Deadline.LostAt);
        if (_timers.NextDue is { } timer)
            next = Earlier(next, timer);
        if (_closing)
            next = Earlier(next, _closeBy);
        return _passOver ? now : _passWanted ? Earlier(next, _session.MayCloseOldAt) : next;
    }

    private void CheckDeadline(TimeSpan now)
    {
        if (!_session.DeadlinePassed(now))
            return;

        long id = _session.Id;
        _session.PresumeLost();
        DeclareLost(id, _session.Held
            ? "no answer that needed a quorum came in time"
            : "no server has answered in time");
        if (_connection is { Stage: ConnectionStage.Established })
            Break("the session is presumed lost");
    }

    private void DeclareLost(long id, string reason)
    {
        _log.SessionLost(id, reason);
        _metrics.SessionLost();
        _publisher.Lost();
    }

    // Requests wait in the order of their calls, so those that must give up first stand in front.
    private void GiveUpWaiting(TimeSpan now)
    {
        if (_connection is { Stage: ConnectionStage.Established })
            return;

        while (_outgoing.TryPeek(out PendingRequest? request) && (request.IsAbandoned || now >= request.GiveUpAt))
        {
            _outgoing.Dequeue();
            request.Fail(RequestFailure.Unavailable, _failures.Describe());
        }
    }

    private static TimeSpan Earlier(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
