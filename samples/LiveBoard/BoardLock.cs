using System.Reactive.Subjects;
using Coordination.Protocol;
using Coordination.Recipes;

namespace LiveBoard;

/// <summary>What this instance does with the lock.</summary>
internal enum LockState
{
    Idle,
    Waiting,
    Held,
}

/// <summary>The lock behind the buttons: taking it may take long, so the wait outlives the request that asked for it.</summary>
internal sealed class BoardLock(IDistributedLockProvider locks) : IAsyncDisposable
{
    public const string BasePath = "/liveboard/locks";
    public static readonly ZnodePath Path = BasePath + "/board";

    private readonly BehaviorSubject<LockState> _state = new(LockState.Idle);
    private CancellationTokenSource? _stop;
    private Task _hold = Task.CompletedTask;

    public IObservable<LockState> States => _state;

    public IDistributedLock Lock { get; } = locks.CreateLockAt(Path);

    /// <summary>Joins the queue; the state tells how that goes on.</summary>
    public void Take()
    {
        var stop = new CancellationTokenSource();
        if (Interlocked.CompareExchange(ref _stop, stop, null) is null)
            _hold = HoldAsync(stop.Token);
    }

    /// <summary>Releases the lock, or leaves the queue.</summary>
    public async Task ReleaseAsync()
    {
        if (Volatile.Read(ref _stop) is { } stop)
            await stop.CancelAsync();
        await _hold;
    }

    public async ValueTask DisposeAsync()
    {
        await ReleaseAsync();
        _state.Dispose();
    }

    private async Task HoldAsync(CancellationToken stop)
    {
        try
        {
            _state.OnNext(LockState.Waiting);
            await using IDistributedLockHandle handle = await Lock.AcquireAsync(cancellationToken: stop);
            _state.OnNext(LockState.Held);
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(stop, handle.HandleLostToken);
            await Task.Delay(Timeout.Infinite, ends.Token);
        }
        catch (OperationCanceledException)
        {
            // Released, given up, or lost with the session.
        }
        finally
        {
            Volatile.Write(ref _stop, null);
            _state.OnNext(LockState.Idle);
        }
    }
}
