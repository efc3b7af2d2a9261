using System.Net;
using Coordination.Protocol;
using Polly;

namespace Coordination.Client;

/// <content>Finding a server: resolve, connect, shake hands, one server after the other, then back off.</content>
internal sealed partial class SessionLoop
{
    private const string LostMeanwhile = "the session was presumed lost meanwhile";

    private readonly LoopTimeProvider _timers;
    private readonly ResiliencePipeline _pipeline;
    private readonly ConnectFailures _failures = new();
    private readonly CancellationTokenSource _stopConnecting = new();
    private readonly Queue<IPEndPoint> _candidates = new();
    private ServerList _servers = null!;
    private ServerConnection? _connection;
    private TaskCompletionSource? _attempt;
    private TimeSpan? _resolveBy;
    private string _resolving = "";
    private int _resolution;
    private int _serversLeft;
    private bool _passWanted;
    private bool _passOver;
    private bool _outageTold;
    private TimeSpan _outageSince;

    /// <summary>What was tried last.</summary>
    public ConnectFailures Failures => _failures;

    private void BeginConnecting() => _ = KeepConnectingAsync();

    // Runs on this thread from end to end: the pipeline's timers are the loop's own, and nothing in it leaves the thread.
    private async Task KeepConnectingAsync()
    {
        while (!_stopConnecting.IsCancellationRequested)
        {
            try
            {
                await _pipeline.ExecuteAsync(static (loop, _) => loop.AttemptAsync(), this, _stopConnecting.Token);
                return;
            }
            catch (OperationCanceledException) when (_stopConnecting.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A pipeline that gives up does not end the client; it only loses its say about the next delay.
                _failures.Add("retry pipeline", e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(500), _timers, CancellationToken.None);
            }
        }
    }

    private ValueTask AttemptAsync()
    {
        TaskCompletionSource attempt = ContinuedInline();
        if (Environment.CurrentManagedThreadId == _threadId)
            Begin();
        else
            Post(Begin);
        return new(attempt.Task);

        // A strategy of the application's may have left the thread.
        void Begin()
        {
            _attempt = attempt;
            _passWanted = true;
        }
    }

    // On purpose: what follows an attempt must stay on the session's thread.
    private static TaskCompletionSource ContinuedInline() => new(TaskCreationOptions.None);

    private void EndAttempt(Exception? failure)
    {
        TaskCompletionSource? attempt = _attempt;
        _attempt = null;
        if (failure is null)
            attempt?.TrySetResult();
        else
            attempt?.TrySetException(failure);
    }

    /// <summary>Moves the search on: begins a pass, ends one, watches over time limits.</summary>
    private void StepConnection(TimeSpan now)
    {
        if (_closing && _connection is not { Stage: ConnectionStage.Established or ConnectionStage.ClosingSession })
            return;

        if (_passOver)
        {
            _passOver = false;
            string tried = _failures.Describe();
            if (!_outageTold)
                _log.Unreachable(tried);
            _outageTold = true;
            EndAttempt(new ConnectionUnavailableException(tried));
        }

        if (_passWanted && now >= _session.MayCloseOldAt)
        {
            _passWanted = false;
            _serversLeft = _servers.Count;
            TryNext(now);
        }

        if (_resolveBy is { } by && now >= by)
            Resolved(_resolution, [], "the name was not resolved in time");
        if (_connection is { Stage: ConnectionStage.Connecting } connecting && connecting.EndConnect() is { } connected)
        {
            if (connected)
                ShakeHands(connecting, now);
            else
                CandidateFailed(connecting.Failure, now);
        }

        if (_connection is { Stage: not ConnectionStage.Established } slow && now >= slow.StageDeadline)
            CandidateFailed(slow.Stage == ConnectionStage.Connecting ? "no answer in time" : "no answer to the handshake in time", now);
    }

    private void TryNext(TimeSpan now)
    {
        if (now < _session.MayCloseOldAt)
        {
            _candidates.Clear();
            _passWanted = true;
            return;
        }

        while (_candidates.TryDequeue(out IPEndPoint? endPoint))
        {
            var connection = new ServerConnection(endPoint, _options.MaxReplySize, now + ServerTimeout());
            if (connection.BeginConnect())
            {
                _connection = connection;
                return;
            }

            _failures.Add(endPoint.ToString(), connection.Failure);
            connection.Dispose();
        }

        if (_serversLeft-- <= 0)
        {
            _passOver = true;
            return;
        }

        ServerAddress server = _servers.Next();
        int resolution = ++_resolution;
        _resolving = server.ToString();
        _resolveBy = now + ServerTimeout();
        int loopThread = Environment.CurrentManagedThreadId;
        HostResolver.Resolve(server.Host, (addresses, failure) =>
        {
            IPEndPoint[] endPoints = [.. addresses.Select(address => new IPEndPoint(address, server.Port))];
            if (Environment.CurrentManagedThreadId == loopThread)
                Resolved(resolution, endPoints, failure);
            else
                Post(() => Resolved(resolution, endPoints, failure));
        });
    }

    private void Resolved(int resolution, IPEndPoint[] endPoints, string? failure)
    {
        if (resolution != _resolution || _resolveBy is null)
            return;

        _resolveBy = null;
        Random.Shared.Shuffle(endPoints);
        foreach (IPEndPoint endPoint in endPoints)
            _candidates.Enqueue(endPoint);
        if (endPoints.Length == 0)
            _failures.Add(_resolving, failure ?? "the name has no address");
        TryNext(_clock.Now);
    }

    private void ShakeHands(ServerConnection connection, TimeSpan now)
    {
        if (now < _session.MayCloseOldAt)
        {
            CandidateFailed(LostMeanwhile, now);
            return;
        }

        connection.Stage = ConnectionStage.Handshaking;
        connection.StageDeadline = now + HandshakeTimeout();
        WriteFrame(connection, _session.BeginHandshake(now));

        // Not after the answer: where only the way back is dead it never comes, and every attempt alone would prolong the old session.
        if (_session.ClosesOldSession)
            WriteRequest(connection, InternalRequests.CloseSession(), now);
    }

    private void CandidateFailed(string reason, TimeSpan now, bool cutOff = false)
    {
        ServerConnection connection = _connection!;
        _connection = null;
        _failures.Add(connection.EndPoint.ToString(), reason);
        connection.Dispose();
        foreach (PendingRequest request in _pending.Break())
            FailBroken(request, reason);
        if (cutOff)
            _session.HandshakeCutOff(now);
        TryNext(now);
    }

    private void HandshakeAnswered(ServerConnection connection, ReadOnlySpan<byte> frame, TimeSpan now)
    {
        var reader = new JuteReader(frame);
        ConnectResponse response = ConnectResponse.Read(ref reader);
        long seen = _session.LastZxidSeen;
        HandshakeResult result = _session.EndHandshake(response, now);
        if (_session.HistoryWasReset)
            _log.HistoryReset(seen);
        switch (result)
        {
            case HandshakeResult.Created or HandshakeResult.Resumed:
                Establish(connection, now);
                break;
            case HandshakeResult.AttachedToClose when _pending.Count == 0:
                CandidateFailed(LostMeanwhile, now);
                break;
            case HandshakeResult.AttachedToClose:
                connection.Stage = ConnectionStage.ClosingSession;
                connection.StageDeadline = now + HandshakeTimeout();
                break;
            case HandshakeResult.Refused when _session.Id != 0:
                OldSessionEnded("the server no longer knows it", now);
                break;
            case HandshakeResult.ReadOnly:
                CandidateFailed("the server is read-only: it has lost its quorum", now);
                break;
            default:
                CandidateFailed("the server refused a new session", now);
                break;
        }
    }

    /// <summary>The old session is over for certain: ask the same server for a new one at once.</summary>
    private void OldSessionEnded(string reason, TimeSpan now)
    {
        ServerConnection connection = _connection!;
        if (!_session.ClosesOldSession)
            DeclareLost(_session.Id, reason);
        _session.Ended();
        _connection = null;
        _pending.Break();
        connection.Dispose();
        if (_closing)
            return;

        IPEndPoint[] others = [connection.EndPoint, .. _candidates];
        _candidates.Clear();
        foreach (IPEndPoint candidate in others)
            _candidates.Enqueue(candidate);
        if (_attempt is null)
            BeginConnecting();
        else
            TryNext(now);
    }

    private TimeSpan ServerTimeout()
    {
        TimeSpan share = _session.Timeout / (3 * _servers.Count);
        TimeSpan least = TimeSpan.FromMilliseconds(250);
        return Earlier(share > least ? share : least, _options.ConnectTimeout);
    }

    private TimeSpan HandshakeTimeout()
    {
        TimeSpan share = _session.Timeout / 3;
        return Earlier(share > TimeSpan.FromSeconds(1) ? share : TimeSpan.FromSeconds(1), _options.ConnectTimeout);
    }
}
