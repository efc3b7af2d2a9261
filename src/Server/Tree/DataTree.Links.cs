using Coordination.Protocol;
using Coordination.Server.Slabs;

namespace Coordination.Server.Tree;

/// <summary>Znodes come and go, one by one or from a snapshot; and the snapshot that is being written.</summary>
internal sealed partial class DataTree
{
    private string _lastParentPath = "";
    private int _lastParent;

    /// <summary>All znodes, parents before their children, siblings in order of creation. The tree must not change meanwhile.</summary>
    public IEnumerable<Znode> All()
    {
        for (int slot = _store.Root; slot != 0; slot = _store.Following(slot))
            yield return new Znode(_store, slot);
    }

    /// <summary>Number of descendants of a znode.</summary>
    public int CountDescendants(Znode top)
    {
        if (top.IsRoot)
            return Count - 1;

        int count = -1;
        for (int slot = top.Slot; slot != 0; count++)
            slot = _store.FirstChildOf(slot) is var child and not 0 ? child : _store.FollowingWithoutChildren(slot, top.Slot);
        return count;
    }

    /// <summary>The highest transaction that any znode bears a trace of.</summary>
    public Zxid NewestTrace()
    {
        long newest = 0;
        for (int slot = _store.Root; slot != 0; slot = _store.Following(slot))
        {
            PersistedStat stat = _store.StatOf(slot);
            newest = Math.Max(Math.Max(newest, stat.Czxid), Math.Max(stat.Mzxid, stat.Pzxid));
        }

        return new Zxid(newest);
    }

    /// <summary>Puts a znode of a snapshot in place; its parent must be there.</summary>
    /// <param name="path">The full path, empty for the root.</param>
    /// <param name="znode">What it is.</param>
    /// <param name="data">Its data; copied.</param>
    /// <returns>False if the parent is missing or the path is taken or has no name.</returns>
    public bool Restore(ReadOnlySpan<char> path, in SnapshotZnode znode, ReadOnlySpan<byte> data)
    {
        NewZnode place = default;
        if (path.IsEmpty ? _store.Root != 0 : !FindFreePlace(path, out place))
            return false;

        Acls.AcquireId(znode.AclId);
        Add(place, data, znode.HasData, znode.AclId, znode.Stat, znode.Digest);
        return true;
    }

    /// <summary>Whether a snapshot is being written.</summary>
    public bool HasSnapshot => _snapshot is not null;

    /// <summary>
    /// Begins a snapshot of the present state. One at a time: a snapshot holds on to the images of what changes until it is complete
    /// or abandoned.
    /// </summary>
    public TreeSnapshot BeginSnapshot(Zxid zxid, PersistedSession[] sessions)
    {
        if (_snapshot is not null)
            throw new InvalidOperationException("A snapshot is being written already.");

        _snapshot = new TreeSnapshot(this, _store, ++_snapshotNumber, zxid, sessions);
        return _snapshot;
    }

    internal void EndSnapshot(TreeSnapshot snapshot)
    {
        if (ReferenceEquals(_snapshot, snapshot))
            _snapshot = null;
    }

    /// <summary>Where a znode is to stand; nothing of it for the root.</summary>
    /// <param name="parent">The znode above.</param>
    /// <param name="name">The last element of the path.</param>
    /// <param name="pathLength">Characters of the full path.</param>
    private readonly ref struct NewZnode(int parent, ReadOnlySpan<char> name, int pathLength)
    {
        public int Parent { get; } = parent;

        public ReadOnlySpan<char> Name { get; } = name;

        /// <summary>Of parent and name; taken once, though it is looked for before it is added.</summary>
        public uint Hash { get; } = SlabHash.Of(parent, name);

        public int PathLength { get; } = pathLength;
    }

    private int Add(scoped in NewZnode place, ReadOnlySpan<byte> data, bool hasData, long aclId, in PersistedStat stat, uint digest)
    {
        int slot = _store.Add(place.Parent, place.Name, place.Hash, data, hasData);
        _store.SetStat(slot, stat);
        ref ZnodeRecord znode = ref _store[slot];
        znode.AclId = aclId;
        znode.SnapshotNumber = _snapshotNumber;
        znode.Digest = digest;
        Digest += digest;
        ApproximateDataSize += place.PathLength + data.Length;
        if (stat.EphemeralOwner != ZnodeOwner.None)
            Indexes.Add(new Znode(_store, slot));
        return slot;
    }

    private void Remove(int slot)
    {
        _snapshot?.KeepDeleted(slot);
        _lastParent = 0;
        Indexes.Remove(new Znode(_store, slot));
        Acls.Release(_store[slot].AclId);
        ApproximateDataSize -= SizeOf(slot);
        Digest -= _store[slot].Digest;
        _store.Remove(slot);
    }

    private long SizeOf(int slot) => _store.PathLengthOf(slot) + _store[slot].Content.DataSize;

    /// <summary>Snapshots bring the children of one parent one after the other.</summary>
    private bool FindFreePlace(ReadOnlySpan<char> path, out NewZnode place)
    {
        int slash = path.LastIndexOf('/');
        ReadOnlySpan<char> name = path[(slash + 1)..];
        place = default;
        if (slash < 0 || name.IsEmpty)
            return false;

        if (_lastParent == 0 || !path[..slash].SequenceEqual(_lastParentPath))
        {
            _lastParent = _store.Find(path[..slash]);
            _lastParentPath = path[..slash].ToString();
        }

        if (_lastParent == 0)
            return false;
        place = new NewZnode(_lastParent, name, path.Length);
        return _store.FindChild(place.Parent, name, place.Hash) == 0;
    }
}
