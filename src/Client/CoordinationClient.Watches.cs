using Coordination.Protocol;

namespace Coordination.Client;

/// <content>Streams and waits.</content>
public sealed partial class CoordinationClient
{
    /// <inheritdoc/>
    public IObservable<ZnodeView> Observe(ZnodePath path) =>
        new WatchStream<ZnodeView>(observer => SubscribeWhenOpen(observer, (engine, to) => engine.Subscribe(path, to)));

    /// <inheritdoc/>
    public IObservable<ChildrenView> ObserveChildren(ZnodePath path) =>
        new WatchStream<ChildrenView>(observer => SubscribeWhenOpen(observer, (engine, to) => engine.Subscribe(path, to)));

    /// <inheritdoc/>
    public IObservable<TreeChange> ObserveTree(ZnodePath root, TreeObserveOptions? options = null) =>
        new WatchStream<TreeChange>(observer => SubscribeWhenOpen(observer, (engine, to) => engine.Subscribe(root, options ?? new(), to)));

    /// <inheritdoc/>
    public IAsyncEnumerable<ZnodeView> WatchAsync(ZnodePath path, CancellationToken cancellationToken = default) =>
        new PulledStream<ZnodeView>(Observe(path), cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ChildrenView> WatchChildrenAsync(ZnodePath path, CancellationToken cancellationToken = default) =>
        new PulledStream<ChildrenView>(ObserveChildren(path), cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<TreeChange> WatchTreeAsync(
        ZnodePath root, TreeObserveOptions? options = null, CancellationToken cancellationToken = default) =>
        new PulledStream<TreeChange>(ObserveTree(root, options), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask WaitUntilDeletedAsync(ZnodePath path, CancellationToken cancellationToken = default)
    {
        await LeaveContext.Now();
        Room room = await OpenAsync(cancellationToken);
        await new DeletionWait(room.Reads).RunAsync(path, cancellationToken);
    }

    // A subscription may come before it is known where to connect, and may end before that too.
    private PendingSubscription SubscribeWhenOpen<T>(IObserver<T> observer, Func<WatchEngine, IObserver<T>, IDisposable> subscribe)
    {
        var subscription = new PendingSubscription();
        if (_room is { } room)
            subscription.Set(subscribe(room.Engine, observer));
        else
            _ = OpenAndSubscribeAsync(subscription, observer, subscribe);
        return subscription;
    }

    private async Task OpenAndSubscribeAsync<T>(
        PendingSubscription subscription, IObserver<T> observer, Func<WatchEngine, IObserver<T>, IDisposable> subscribe)
    {
        await LeaveContext.Now();
        Room room;
        try
        {
            room = await OpenAsync(CancellationToken.None);
        }
        catch (Exception e)
        {
            new FailedDelivery<T>(observer, _log).Complete(e);
            return;
        }

        subscription.Set(subscribe(room.Engine, observer));
    }
}
