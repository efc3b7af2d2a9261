using Coordination.Client;

namespace Coordination.Recipes;

/// <summary>
/// A mutual exclusion among all processes that use the same path, Curator's <c>InterProcessMutex</c> included. Not re-entrant: a flow
/// that asks twice waits for itself. The lock itself is a cheap value without state; what is acquired is the handle.
/// </summary>
public interface IDistributedLock
{
    /// <summary>The name it was made with.</summary>
    string Name { get; }

    /// <summary>Acquires the lock if that is possible in time. Whatever way this ends without a handle, no znode stays behind.</summary>
    /// <param name="timeout">How long to wait; zero, the default, for one honest attempt; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The hold, or null if the lock was not to be had.</returns>
    /// <exception cref="ConnectionUnavailableException">No server could be reached to enter the queue.</exception>
    /// <exception cref="SequenceExhaustedException">The path's counter has come to its end.</exception>
    ValueTask<IDistributedLockHandle?> TryAcquireAsync(TimeSpan timeout = default, CancellationToken cancellationToken = default);

    /// <summary>Acquires the lock. Whatever way this ends without a handle, no znode stays behind.</summary>
    /// <param name="timeout">How long to wait; null for as long as it takes.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The hold.</returns>
    /// <exception cref="TimeoutException">The timeout has passed.</exception>
    /// <exception cref="ConnectionUnavailableException">No server could be reached to enter the queue.</exception>
    /// <exception cref="SequenceExhaustedException">The path's counter has come to its end.</exception>
    ValueTask<IDistributedLockHandle> AcquireAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default);

    /// <summary>Says who holds the lock, who waits, and since when.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The queue as the connected server knows it.</returns>
    ValueTask<LockQueue> InspectAsync(CancellationToken cancellationToken = default);
}

/// <summary>
/// The hold of a lock. Work under it must stop when <see cref="IFenced.HandleLostToken"/> fires. <c>await using</c> waits for the release,
/// plain <c>using</c> starts it and returns; neither throws when the network fails, and both may be called twice.
/// After disposal the properties throw <see cref="ObjectDisposedException"/>.
/// </summary>
public interface IDistributedLockHandle : IFenced, IAsyncDisposable, IDisposable
{
}

/// <summary>Makes locks by name.</summary>
public interface IDistributedLockProvider
{
    /// <summary>
    /// Makes a lock below the provider's base path. <c>/</c> separates levels; a level that is no legal znode name (<c>..</c>, control
    /// characters) is percent-encoded, so text from outside can never choose a path elsewhere.
    /// </summary>
    /// <param name="name">The name, for example <c>orders/4711</c>.</param>
    /// <returns>The lock.</returns>
    IDistributedLock CreateLock(string name);

    /// <summary>Makes a lock at an exact path, wherever the base path is; for example one that Java peers use.</summary>
    /// <param name="path">The path of the lock.</param>
    /// <returns>The lock.</returns>
    IDistributedLock CreateLockAt(Coordination.Protocol.ZnodePath path);
}
