using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>
/// Waits until a znode is absent, by a watch that getData leaves: if the znode is gone already, nothing stays behind on the server.
/// </summary>
/// <param name="reads">Reads with watches.</param>
internal sealed class DeletionWait(WatchedReads reads) : IWatchListener
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="cancellationToken">Removes the watch and cancels the wait.</param>
    /// <returns>A task that completes when the znode is absent.</returns>
    /// <exception cref="SessionLostException">The session ended meanwhile.</exception>
    public async ValueTask RunAsync(ZnodePath path, CancellationToken cancellationToken)
    {
        SessionInfo session = await SessionAsync(cancellationToken);
        using CancellationTokenRegistration lost = session.Lost.UnsafeRegister(static wait => ((DeletionWait)wait!).Wake(), this);
        reads.Add(WatchKind.Data, path, this);
        try
        {
            while (true)
            {
                Task changed = NextSignal();
                if (session.Lost.IsCancellationRequested)
                    throw new SessionLostException($"The session ended while waiting for the deletion of {path}.", path);
                if (!await IsThereAsync(path, cancellationToken))
                    return;

                await changed.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            reads.Remove(WatchKind.Data, path, this);
        }
    }

    /// <inheritdoc/>
    public void OnEvent(WatchEventType type, string path) => Wake();

    /// <inheritdoc/>
    public void OnSuspended()
    {
        // Nothing to read from; the wait goes on.
    }

    /// <inheritdoc/>
    public void OnReconnected() => Wake();

    /// <inheritdoc/>
    public void OnDisarmed() => Wake();

    private async ValueTask<SessionInfo> SessionAsync(CancellationToken cancellationToken)
    {
        SessionInfo session = reads.Loop.Publisher.Session;
        return session.Id != 0 ? session : await reads.Loop.Publisher.WhenConnected.WaitAsync(cancellationToken);
    }

    private async ValueTask<bool> IsThereAsync(ZnodePath path, CancellationToken cancellationToken)
    {
        try
        {
            return await reads.GetPresentAsync(path, cancellationToken) is not null;
        }
        catch (ConnectionUnavailableException)
        {
            // The next connection wakes this wait.
            return true;
        }
    }

    private Task NextSignal()
    {
        lock (_gate)
        {
            if (_signal.Task.IsCompleted)
                _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _signal.Task;
        }
    }

    private void Wake()
    {
        lock (_gate)
            _signal.TrySetResult();
    }
}
