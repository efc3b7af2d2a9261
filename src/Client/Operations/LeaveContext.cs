using System.Runtime.CompilerServices;

namespace Coordination.Client;

/// <summary>
/// Awaited first in every public asynchronous member: from there on nothing runs in the caller's synchronization context or scheduler, so
/// that a caller who blocks his own context cannot block the client. Inside, no await then needs to say so again.
/// </summary>
internal readonly struct LeaveContext : ICriticalNotifyCompletion
{
    /// <summary>Nothing to leave: go on.</summary>
    public bool IsCompleted => SynchronizationContext.Current is null && TaskScheduler.Current == TaskScheduler.Default;

    /// <summary>Leaves.</summary>
    /// <returns>Something to await.</returns>
    public static LeaveContext Now() => default;

    /// <summary>For the compiler.</summary>
    /// <returns>Itself.</returns>
    public LeaveContext GetAwaiter() => this;

    /// <summary>For the compiler.</summary>
    public void GetResult()
    {
    }

    /// <inheritdoc/>
    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    /// <inheritdoc/>
    public void UnsafeOnCompleted(Action continuation) =>
        ThreadPool.UnsafeQueueUserWorkItem(static action => action(), continuation, preferLocal: false);
}
