using System.Reactive.Disposables;
using System.Reactive.Linq;
using System.Reactive.Subjects;
using System.Runtime.CompilerServices;
using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes.Tests;

/// <summary>A client of a <see cref="FakeTree"/> that keeps the contract recipes rely on, with a hook before and after every step.</summary>
internal sealed class FakeClient : ICoordinationClient
{
    private readonly FakeTree _tree;
    private readonly BehaviorSubject<SessionChange> _changes;
    private CancellationTokenSource _lost = new();
    private int _holds;
    private volatile bool _closed;

    public FakeClient(FakeTree tree)
    {
        _tree = tree;
        Session = NewSession();
        _changes = new(new(SessionState.Connected, Session));
    }

    /// <summary>Runs before a step takes effect: the step's name and the path.</summary>
    public Func<string, ZnodePath, CancellationToken, Task>? Before { get; set; }

    /// <summary>Runs between a write's effect and its reply.</summary>
    public Func<string, ZnodePath, CancellationToken, Task>? After { get; set; }

    /// <summary>Declarations of <see cref="HoldSession"/> in force.</summary>
    public int Holds => Volatile.Read(ref _holds);

    public SessionInfo Session { get; private set; }

    public IObservable<SessionChange> SessionChanges => _changes;

    /// <summary>Ends the session on the server and lets the client notice.</summary>
    public void ExpireSession()
    {
        EndSessionOnServer();
        NoticeLoss();
    }

    /// <summary>Ends the session on the server; the client does not know yet.</summary>
    public void EndSessionOnServer() => _tree.End(Session.Id);

    /// <summary>Declares the session lost, as at the local deadline, and goes on to a new one.</summary>
    public void NoticeLoss()
    {
        SessionInfo old = Session;
        CancellationTokenSource lost = _lost;
        _lost = new();
        Session = NewSession();
        lost.Cancel();
        _changes.OnNext(new(SessionState.Lost, old));
        _changes.OnNext(new(SessionState.Connected, Session));
    }

    /// <summary>Loses the connection and finds it again, the session intact.</summary>
    public void Flap()
    {
        _changes.OnNext(new(SessionState.Suspended, Session));
        _changes.OnNext(new(SessionState.Connected, Session));
    }

    public ValueTask<SessionInfo> ConnectAsync(CancellationToken cancellationToken = default) => new(Session);

    public async ValueTask<Znode> CreateAsync(ZnodePath path, ReadOnlyMemory<byte> data = default, CreateOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        if (options.SurviveLostReply)
            path = path.Parent / $"_c_{Guid.NewGuid()}-{path.Name}";
        await StepAsync(Before, "create", path, cancellationToken);
        Znode znode = _tree.Create(path, data, options, Session.Id);
        try
        {
            await StepAsync(After, "create", znode.Path, cancellationToken);
        }
        catch (Exception) when (options.SurviveLostReply)
        {
            _tree.Delete(znode.Path);
            throw;
        }

        return znode;
    }

    public async ValueTask<Znode?> TryGetAsync(ZnodePath path, CancellationToken cancellationToken = default)
    {
        await StepAsync(Before, "get", path, cancellationToken);
        return _tree.Find(path);
    }

    public async ValueTask<ZnodeStat?> ExistsAsync(ZnodePath path, CancellationToken cancellationToken = default)
    {
        await StepAsync(Before, "exists", path, cancellationToken);
        return _tree.Find(path)?.Stat;
    }

    public async ValueTask<ZnodeChildren> GetChildrenAsync(ZnodePath path, CancellationToken cancellationToken = default)
    {
        await StepAsync(Before, "children", path, cancellationToken);
        return new(path, _tree.Children(path), _tree.Find(path)!.Stat);
    }

    public async ValueTask<ZnodeStat> SetAsync(ZnodePath path, ReadOnlyMemory<byte> data, int? expectedVersion = null, CancellationToken cancellationToken = default)
    {
        await StepAsync(Before, "set", path, cancellationToken);
        ZnodeStat stat = _tree.Set(path, data, expectedVersion);
        await StepAsync(After, "set", path, cancellationToken);
        return stat;
    }

    public async ValueTask<ZnodeStat?> TrySetAsync(ZnodePath path, ReadOnlyMemory<byte> data, int expectedVersion, CancellationToken cancellationToken = default)
    {
        try
        {
            return await SetAsync(path, data, expectedVersion, cancellationToken);
        }
        catch (VersionMismatchException)
        {
            return null;
        }
    }

    public async ValueTask<bool> DeleteAsync(ZnodePath path, int? expectedVersion = null, DeleteOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (options?.Guaranteed == true)
            return _tree.Delete(path);
        await StepAsync(Before, "delete", path, cancellationToken);
        return _tree.Delete(path);
    }

    public ValueTask<ZnodeAcl> GetAclAsync(ZnodePath path, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<ZnodeStat> SetAclAsync(ZnodePath path, IReadOnlyList<Acl> acl, int? expectedVersion = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask SyncAsync(ZnodePath path, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public ValueTask AuthenticateAsync(CoordinationCredential credential, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public IZnodeTransaction BeginTransaction() => new FakeTransaction(this, _tree);

    public IObservable<ZnodeView> Observe(ZnodePath path) =>
        Follow(() => _tree.Find(path)).Select(znode => new ZnodeView(path, znode, Freshness.Live));

    public IObservable<ChildrenView> ObserveChildren(ZnodePath path) => throw new NotSupportedException();

    public IObservable<TreeChange> ObserveTree(ZnodePath root, TreeObserveOptions? options = null)
    {
        int depth = options?.MaxDepth ?? int.MaxValue;
        int levels = root.Value.Count(static c => c == '/');
        return Observable.Defer(() =>
        {
            Dictionary<string, Znode>? before = null;
            return Follow(() => _tree.Subtree(root)).SelectMany(all =>
            {
                var now = all.Where(p => p.Key.Count(static c => c == '/') - levels <= depth).ToDictionary(StringComparer.Ordinal);
                List<TreeChange> changes = Differences(before ?? new(StringComparer.Ordinal), now);
                if (before is null)
                    changes.Add(new(TreeChangeKind.Initialized, root, Before: null, After: null));
                before = now;
                return changes;
            });
        });
    }

    public IAsyncEnumerable<ZnodeView> WatchAsync(ZnodePath path, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public IAsyncEnumerable<ChildrenView> WatchChildrenAsync(ZnodePath path, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public async IAsyncEnumerable<TreeChange> WatchTreeAsync(ZnodePath root, TreeObserveOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        yield break;
    }

    public async ValueTask WaitUntilDeletedAsync(ZnodePath path, CancellationToken cancellationToken = default)
    {
        SessionInfo session = Session;
        await StepAsync(Before, "wait", path, cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Lost);
        while (true)
        {
            Task changed = _tree.Changed;
            if (session.Lost.IsCancellationRequested)
                throw new SessionLostException("The session has ended.", path);
            if (_tree.Find(path) is null)
                return;
            await changed.WaitAsync(either.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public IDisposable HoldSession()
    {
        Interlocked.Increment(ref _holds);
        return Disposable.Create(() => Interlocked.Decrement(ref _holds));
    }

    public void Dispose()
    {
        if (_closed)
            return;
        _closed = true;
        _tree.End(Session.Id);
        _lost.Cancel();
        _changes.OnNext(new(SessionState.Closed, Session));
        _changes.OnCompleted();
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal async Task StepAsync(Func<string, ZnodePath, CancellationToken, Task>? hook, string step, ZnodePath path, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(_closed, this);
        await Task.Yield();
        if (hook is not null)
            await hook(step, path, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static List<TreeChange> Differences(Dictionary<string, Znode> before, Dictionary<string, Znode> now)
    {
        var changes = new List<TreeChange>();
        foreach ((string path, Znode znode) in before.Where(p => !now.ContainsKey(p.Key)))
            changes.Add(new(TreeChangeKind.Deleted, path, znode, After: null));
        foreach ((string path, Znode znode) in now.OrderBy(static p => p.Key, StringComparer.Ordinal))
        {
            Znode? old = before.GetValueOrDefault(path);
            if (old is null)
                changes.Add(new(TreeChangeKind.Created, path, Before: null, znode));
            else if (old.Stat.Mzxid != znode.Stat.Mzxid)
                changes.Add(new(TreeChangeKind.Updated, path, old, znode));
        }

        return changes;
    }

    private IObservable<T> Follow<T>(Func<T> read) => Observable.Create<T>(async (observer, cancellationToken) =>
    {
        while (!cancellationToken.IsCancellationRequested && !_closed)
        {
            Task changed = _tree.Changed;
            observer.OnNext(read());
            await changed.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    });

    private SessionInfo NewSession() =>
        new(_tree.NewSession(), TimeSpan.FromSeconds(6), server: null, _lost.Token, static () => TimeSpan.FromSeconds(4));
}
