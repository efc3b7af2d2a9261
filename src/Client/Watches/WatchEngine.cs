using Coordination.Protocol;
using Microsoft.Extensions.Logging;

namespace Coordination.Client;

/// <summary>
/// The one engine behind all streams: a path is followed once, however many subscribe to it, and not at all when nobody does.
/// </summary>
/// <param name="reads">Reads with watches.</param>
/// <param name="log">Where throwing observers are told.</param>
internal sealed class WatchEngine(WatchedReads reads, ILogger log)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ZnodePath, Shared<ViewWatch<ZnodeView>>> _znodes = [];
    private readonly Dictionary<ZnodePath, Shared<ViewWatch<ChildrenView>>> _children = [];
    private readonly List<TreeWatch> _trees = [];
    private bool _closed;

    /// <summary>Follows a znode.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="observer">The observer.</param>
    /// <returns>Ends it.</returns>
    public IDisposable Subscribe(ZnodePath path, IObserver<ZnodeView> observer) =>
        Subscribe(_znodes, path, static (engine, at) => new ZnodeWatch(engine.Reads, at, engine.Log), observer);

    /// <summary>Follows children.</summary>
    /// <param name="path">The parent.</param>
    /// <param name="observer">The observer.</param>
    /// <returns>Ends it.</returns>
    public IDisposable Subscribe(ZnodePath path, IObserver<ChildrenView> observer) =>
        Subscribe(_children, path, static (engine, at) => new ChildrenWatch(engine.Reads, at, engine.Log), observer);

    /// <summary>Follows a subtree.</summary>
    /// <param name="root">Its root.</param>
    /// <param name="options">Depth and buffer.</param>
    /// <param name="observer">The observer.</param>
    /// <returns>Ends it.</returns>
    public IDisposable Subscribe(ZnodePath root, TreeObserveOptions options, IObserver<TreeChange> observer)
    {
        var tree = new TreeWatch(reads, root, options, observer, log);
        lock (_gate)
        {
            if (_closed)
            {
                tree.End(null);
                return new Ending(static () => { });
            }

            _trees.Add(tree);
        }

        tree.Start();
        return new Ending(() =>
        {
            lock (_gate)
                _trees.Remove(tree);
            tree.Stop();
        });
    }

    /// <summary>Completes every stream.</summary>
    /// <param name="error">Null for completion.</param>
    public void Close(Exception? error)
    {
        ViewWatch<ZnodeView>[] znodes;
        ViewWatch<ChildrenView>[] children;
        TreeWatch[] trees;
        lock (_gate)
        {
            _closed = true;
            znodes = [.. _znodes.Values.Select(shared => shared.Watch)];
            children = [.. _children.Values.Select(shared => shared.Watch)];
            trees = [.. _trees];
        }

        foreach (ViewWatch<ZnodeView> watch in znodes)
            watch.End(error);
        foreach (ViewWatch<ChildrenView> watch in children)
            watch.End(error);
        foreach (TreeWatch tree in trees)
            tree.End(error);
    }

    private WatchedReads Reads => reads;

    private ILogger Log => log;

    private Ending Subscribe<TView>(
        Dictionary<ZnodePath, Shared<ViewWatch<TView>>> table,
        ZnodePath path,
        Func<WatchEngine, ZnodePath, ViewWatch<TView>> make,
        IObserver<TView> observer)
        where TView : class
    {
        Shared<ViewWatch<TView>>? shared;
        ViewDelivery<TView> delivery;
        Ending ending = null!;
        bool start = false;
        lock (_gate)
        {
            if (!table.TryGetValue(path, out shared) || shared.Watch.HasEnded)
            {
                start = !_closed;
                shared = new(make(this, path));
                if (start)
                    table[path] = shared;
            }

            shared.Count++;
            delivery = shared.Watch.Add(observer, () => EndFailed(() => ending));
            Shared<ViewWatch<TView>> joined = shared;
            ending = new(() => Leave(table, path, joined, delivery));
            if (_closed)
                delivery.Complete();
        }

        if (start)
            shared.Watch.Start();
        return ending;
    }

    // The observer may throw before its subscription is complete: the gate waits for that.
    private void EndFailed(Func<Ending> ending)
    {
        lock (_gate)
        {
        }

        ending().Dispose();
    }

    private void Leave<TView>(
        Dictionary<ZnodePath, Shared<ViewWatch<TView>>> table, ZnodePath path, Shared<ViewWatch<TView>> shared, ViewDelivery<TView> delivery)
        where TView : class
    {
        shared.Watch.Remove(delivery);
        lock (_gate)
        {
            if (--shared.Count > 0)
                return;
            if (table.TryGetValue(path, out Shared<ViewWatch<TView>>? present) && ReferenceEquals(present, shared))
                table.Remove(path);
        }

        shared.Watch.End(null);
    }

    private sealed class Shared<TWatch>(TWatch watch)
    {
        public TWatch Watch { get; } = watch;

        public int Count { get; set; }
    }

    private sealed class Ending(Action action) : IDisposable
    {
        private Action? _action = action;

        public void Dispose() => Interlocked.Exchange(ref _action, null)?.Invoke();
    }
}
