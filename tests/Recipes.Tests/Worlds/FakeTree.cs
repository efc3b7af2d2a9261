using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes.Tests;

/// <summary>A tree of znodes in memory, shared by any number of <see cref="FakeClient"/>s. Knows what recipes rely on, and no more.</summary>
internal sealed class FakeTree
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Znode> _znodes = new(StringComparer.Ordinal) { ["/"] = new("/", default, default) };
    private TaskCompletionSource _changed = NewSignal();
    private long _zxid;
    private long _sessions = 0x1000;

    /// <summary>Completes at the next change.</summary>
    public Task Changed
    {
        get
        {
            lock (_gate)
                return _changed.Task;
        }
    }

    public long NewSession() => Interlocked.Increment(ref _sessions);

    public Znode? Find(ZnodePath path)
    {
        lock (_gate)
            return _znodes.GetValueOrDefault(path.Value);
    }

    public IReadOnlyList<string> Children(ZnodePath path)
    {
        lock (_gate)
        {
            return path.IsRoot || _znodes.ContainsKey(path.Value)
                ? [.. _znodes.Keys.Where(k => k != "/" && ZnodePath.ParentOf(k) == path.Value).Select(static k => new ZnodePath(k).Name)]
                : throw new ZnodeNotFoundException(path);
        }
    }

    public IReadOnlyDictionary<string, Znode> Subtree(ZnodePath root)
    {
        lock (_gate)
            return _znodes.Where(pair => pair.Value.Path.IsAtOrBelow(root)).ToDictionary(StringComparer.Ordinal);
    }

    public Znode Create(ZnodePath path, ReadOnlyMemory<byte> data, CreateOptions options, long session)
    {
        lock (_gate)
        {
            ZnodePath parentPath = path.Parent;
            if (!_znodes.TryGetValue(parentPath.Value, out Znode? parent))
            {
                if (!options.CreateParents)
                    throw new ZnodeNotFoundException(parentPath);
                parent = Create(parentPath, default, new() { Kind = CreateKind.Container, CreateParents = true }, session);
            }

            if (options.Kind is CreateKind.EphemeralSequential or CreateKind.PersistentSequential)
                path = $"{path}{parent.Stat.Cversion:D10}";
            if (_znodes.ContainsKey(path.Value))
                throw new ZnodeExistsException(path);

            long owner = options.Kind is CreateKind.Ephemeral or CreateKind.EphemeralSequential ? session : 0;
            _zxid++;
            var znode = new Znode(path, data.ToArray(), new ZnodeStat { Czxid = _zxid, Mzxid = _zxid, Pzxid = _zxid, EphemeralOwner = owner, DataLength = data.Length });
            _znodes[path.Value] = znode;
            _znodes[parentPath.Value] = parent with { Stat = parent.Stat with { Cversion = parent.Stat.Cversion + 1, Pzxid = _zxid } };
            Signal();
            return znode;
        }
    }

    public ZnodeStat Set(ZnodePath path, ReadOnlyMemory<byte> data, int? version)
    {
        lock (_gate)
        {
            Znode znode = _znodes.GetValueOrDefault(path.Value) ?? throw new ZnodeNotFoundException(path);
            if (version is { } expected && expected != znode.Stat.Version)
                throw new VersionMismatchException(path);
            znode = znode with { Data = data.ToArray(), Stat = znode.Stat with { Mzxid = ++_zxid, Version = znode.Stat.Version + 1 } };
            _znodes[path.Value] = znode;
            Signal();
            return znode.Stat;
        }
    }

    public bool Delete(ZnodePath path)
    {
        lock (_gate)
        {
            bool existed = _znodes.Remove(path.Value);
            if (existed)
            {
                _zxid++;
                if (_znodes.TryGetValue(path.Parent.Value, out Znode? parent))
                    _znodes[path.Parent.Value] = parent with { Stat = parent.Stat with { Pzxid = _zxid } };
                Signal();
            }

            return existed;
        }
    }

    /// <summary>Ends a session as its expiry does.</summary>
    /// <param name="session">The session.</param>
    public void End(long session)
    {
        string[] owned;
        lock (_gate)
            owned = [.. _znodes.Where(pair => pair.Value.Stat.EphemeralOwner == session).Select(static pair => pair.Key)];
        foreach (string path in owned)
            Delete(path);
    }

    /// <summary>Sets the counter that the next sequential names come from.</summary>
    /// <param name="path">The parent.</param>
    /// <param name="next">The next number.</param>
    public void SetSequence(ZnodePath path, int next)
    {
        lock (_gate)
        {
            Znode znode = _znodes[path.Value];
            _znodes[path.Value] = znode with { Stat = znode.Stat with { Cversion = next } };
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal()
    {
        _changed.TrySetResult();
        _changed = NewSignal();
    }
}
