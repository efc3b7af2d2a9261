using Coordination.Protocol;

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

    /// <summary>Puts a znode of a snapshot in place, whose parent must be there; <see cref="EndRestore"/> follows.</summary>
    /// <param name="path">The full path, empty for the root.</param>
    /// <param name="data">The data; copied.</param>
    /// <param name="hasData">No data and empty data are different things.</param>
    /// <returns>Its slot; 0 if the parent is missing or the path is taken or has no name.</returns>
    public int BeginRestore(ReadOnlySpan<char> path, ReadOnlySpan<byte> data, bool hasData)
    {
        int parent = 0;
        ReadOnlySpan<char> name = path;
        if (path.IsEmpty ? _store.Root != 0 : !FindFreePlace(path, out parent, out name))
            return 0;

        return _store.Add(parent, name, data, hasData);
    }

    /// <summary>The rest of a znode of a snapshot.</summary>
    /// <param name="slot">What <see cref="BeginRestore"/> gave.</param>
    /// <param name="aclId">Key into <see cref="Acls"/>.</param>
    /// <param name="stat">The stored stat.</param>
    public void EndRestore(int slot, long aclId, in PersistedStat stat)
    {
        Acls.AcquireId(aclId);
        Complete(slot, aclId, stat);
    }

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

    private int Add(int parent, ReadOnlySpan<char> name, byte[]? data, long aclId, in PersistedStat stat)
    {
        int slot = _store.Add(parent, name, data, data is not null);
        Complete(slot, aclId, stat);
        return slot;
    }

    private void Complete(int slot, long aclId, in PersistedStat stat)
    {
        _store.SetStat(slot, stat);
        ref ZnodeRecord znode = ref _store[slot];
        znode.AclId = aclId;
        znode.SnapshotNumber = _snapshotNumber;
        znode.Digest = _store.DigestOf(slot);
        Digest += znode.Digest;
        ApproximateDataSize += SizeOf(slot);
        Indexes.Add(new Znode(_store, slot));
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
    private bool FindFreePlace(ReadOnlySpan<char> path, out int parent, out ReadOnlySpan<char> name)
    {
        int slash = path.LastIndexOf('/');
        name = path[(slash + 1)..];
        parent = _lastParent;
        if (slash < 0 || name.IsEmpty)
            return false;

        if (parent == 0 || !path[..slash].SequenceEqual(_lastParentPath))
        {
            _lastParent = parent = _store.Find(path[..slash]);
            _lastParentPath = path[..slash].ToString();
        }

        return parent != 0 && _store.FindChild(parent, name) == 0;
    }
}
