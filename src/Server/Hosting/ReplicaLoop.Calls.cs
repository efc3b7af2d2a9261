using Coordination.Server.Network;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting;

/// <summary>What others may ask of the running loop.</summary>
internal sealed partial class ReplicaLoop
{
    /// <summary>Runs something between inputs, where the replica may be touched.</summary>
    public async Task<T> CallAsync<T>(Func<Replica, ClientTraffic, T> call)
    {
        TaskCompletionSource<T> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_hasFailed)
            result.TrySetException(new InvalidOperationException("The replica has failed."));
        Action answer = () =>
        {
            if (_hasFailed || _isOver)
                result.TrySetException(new InvalidOperationException(_hasFailed ? "The replica has failed." : "The server has stopped."));
            else
                Answer();
        };
        if (!_over.Task.IsCompleted)
            Post(new LoopInput(LoopInputKind.Call, answer));
        await Task.WhenAny(result.Task, _over.Task).ConfigureAwait(false);
        return result.Task.IsCompleted
            ? await result.Task.ConfigureAwait(false)
            : throw new InvalidOperationException("The server has stopped.");

        // What the caller does wrong is the caller's to hear, and no failure of the replica.
        void Answer()
        {
            try
            {
                result.TrySetResult(call(_replica, _traffic));
            }
            catch (Exception e)
            {
                result.TrySetException(e);
            }
        }
    }

    /// <summary>Answers what was received, makes it durable, then ends the connections. The listener should have been told before.</summary>
    /// <param name="cancellationToken">Ends the waiting for clients and for the disk; connections are cut then.</param>
    /// <returns>When no turn does anything any more.</returns>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Action stop = () => _isStopping = true;
        Post(new LoopInput(LoopInputKind.Call, stop));
        Action hurry = () => _isImpatient = true;
        await using CancellationTokenRegistration registration =
            cancellationToken.Register(() => Post(new LoopInput(LoopInputKind.Call, hurry)));
        await Task.WhenAny(_drained.Task, _fault.Task);
    }

    /// <summary>Stops at once: connections are cut, nothing further is acknowledged.</summary>
    public void Kill() => Post(new LoopInput(LoopInputKind.Fault, new OperationCanceledException("The server was killed.")));

    /// <inheritdoc/>
    public void Failed(Exception reason) => Post(new LoopInput(LoopInputKind.Fault, reason));

    private void Fail(Exception reason)
    {
        _hasFailed = true;
        try
        {
            _traffic.AbortAll();
            _duties?.Traffic.AbortAll();
            _parts.Log.Faulted(reason);
        }
        catch (Exception)
        {
            // A logger of the host's that throws may be what failed to begin with; the host hears of it all the same.
        }

        _fault.TrySetResult(reason);
    }

    /// <summary>
    /// The last thing in a turn: whoever hears that it is over disposes of the log and the snapshot on another thread, so no session may
    /// expire, and no slice be taken, from then on.
    /// </summary>
    private void StopWhenDrained()
    {
        _traffic.StopReading();
        bool isDrained = _lastPersisted == _lastSubmitted && !_replica.HasWaitingAnswers;
        if (isDrained)
        {
            _traffic.CloseAll();
            CarryOut();
        }

        if (_traffic.Clients.Count > 0 || !isDrained)
        {
            if (!_isImpatient)
                return;
            _traffic.AbortAll();
        }

        _isOver = true;
        _duties?.Traffic.AbortAll();
        _drained.TrySetResult();
    }

    /// <summary>A replica that has failed or stopped takes no more inputs, but nobody who waits for an answer of the loop is left waiting.</summary>
    private static void AfterTheEnd(List<LoopInput> inputs)
    {
        foreach (LoopInput input in inputs)
        {
            if (input is { Kind: LoopInputKind.Accepted or LoopInputKind.PeerAccepted or LoopInputKind.LeaderReached, Target: ClientConnection connection })
                connection.Abort();
            else if (input is { Kind: LoopInputKind.Call, Target: Action call })
                call();
        }
    }
}
