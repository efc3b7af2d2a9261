using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>
/// The znodes by path: committed state only, changed by nothing but transactions in zxid order. Every change is safe to repeat, because a
/// snapshot of Apache's may hold the effects of transactions behind the one it is named after.
/// </summary>
internal sealed partial class DataTree
{
    private readonly ZnodeStore _store = new();
    private TreeSnapshot? _snapshot;
    private int _snapshotNumber;

    /// <summary>A tree without any znode, to be filled from a snapshot.</summary>
    /// <param name="expected">About how many znodes will come; only room is made for them.</param>
    private DataTree(int expected)
    {
        Indexes = new NodeIndexes(_store);
        _store.Reserve(expected);
    }

    /// <summary>A fresh tree: the root, /zookeeper, and below it quota and config.</summary>
    public DataTree()
        : this(expected: 0)
    {
        int root = AddFirst(0, "", AclTable.OpenId, default);
        int reserved = AddFirst(root, "/zookeeper", AclTable.OpenId, default);
        AddFirst(reserved, "/zookeeper/quota", AclTable.OpenId, default);
        AddFirst(
            reserved, "/zookeeper/config", Acls.Acquire([new(Permissions.Read, "world", "anyone")]), new PersistedStat { Aversion = -1 });
    }

    /// <summary>The access lists that znodes refer to.</summary>
    public AclTable Acls { get; } = new();

    /// <summary>Ephemerals, containers and times to live.</summary>
    public NodeIndexes Indexes { get; }

    /// <summary>Number of znodes, the root counted once.</summary>
    public int Count => _store.Count;

    /// <summary>The digest of the present state.</summary>
    public ulong Digest { get; private set; }

    /// <summary>Characters of paths and bytes of data, as Apache adds them up (its root is stored twice, the second time under "/").</summary>
    public long ApproximateDataSize { get; private set; } = 1;

    /// <summary>An empty tree for a loader.</summary>
    /// <param name="expected">About how many znodes will come.</param>
    public static DataTree CreateEmpty(int expected) => new(expected);

    /// <summary>Finds a znode; the root under "/" and, as on Apache's server, under the empty string.</summary>
    public Znode? Find(ReadOnlySpan<char> path) => Look(_store.Find(path));

    /// <summary>Finds a child by its name.</summary>
    public Znode? FindChild(Znode parent, ReadOnlySpan<char> name) => Look(_store.FindChild(parent.Slot, name));

    /// <summary>Creates a znode.</summary>
    /// <param name="path">The final path.</param>
    /// <param name="data">The data; kept, not copied.</param>
    /// <param name="acl">The access list.</param>
    /// <param name="owner">See <see cref="ZnodeOwner"/>.</param>
    /// <param name="parentCversion">The parent's stored cversion afterwards; -1 for one more.</param>
    /// <param name="zxid">The transaction.</param>
    /// <param name="time">The transaction's time.</param>
    /// <param name="znode">The new znode, or the one that is there.</param>
    /// <returns>Ok, NoNode without a parent, NodeExists when there is one (its access list is that of the transaction then).</returns>
    public ErrorCode Create(
        string path, byte[]? data, Acl[] acl, long owner, int parentCversion, Zxid zxid, long time, out Znode znode)
    {
        int parent = FindParent(path, out ReadOnlySpan<char> name);
        znode = default;
        if (parent == 0)
            return ErrorCode.NoNode;

        NewZnode place = new(parent, name, path.Length);
        if (_store.FindChild(parent, name, place.Hash) is var present and not 0)
        {
            znode = new Znode(_store, present);
            ReplaceAcl(present, acl);
            return ErrorCode.NodeExists;
        }

        ChangeParent(parent, zxid, created: true, parentCversion);
        PersistedStat stat = PersistedStat.Created(zxid, time, owner);
        int slot = Add(place, data, data is not null, Acls.Acquire(acl), stat, TreeDigest.OfZnode(path, data, stat));
        znode = new Znode(_store, slot);
        return ErrorCode.Ok;
    }

    /// <summary>Raises a parent's numbers for a create that is replayed over a znode that is there already.</summary>
    public void RaiseParent(string path, int parentCversion, Zxid zxid)
    {
        if (FindParent(path, out _) is var parent and not 0)
            ChangeParent(parent, zxid, created: true, parentCversion);
    }

    /// <summary>Deletes a znode. The parent's pzxid moves even if the znode is absent.</summary>
    /// <param name="path">The path.</param>
    /// <param name="zxid">The transaction.</param>
    /// <param name="parent">The znode above.</param>
    /// <returns>Whether there was one.</returns>
    public bool Delete(string path, Zxid zxid, out Znode parent)
    {
        int above = FindParent(path, out ReadOnlySpan<char> name);
        parent = new Znode(_store, above);
        if (above == 0)
            return false;

        int slot = _store.FindChild(above, name);
        ChangeParent(above, zxid, created: false, parentCversion: 0);
        if (slot == 0)
            return false;

        RemoveBelow(slot);
        Remove(slot);
        return true;
    }

    /// <summary>Replaces the data.</summary>
    public Znode? SetData(string path, byte[]? data, int version, Zxid zxid, long time)
    {
        int slot = _store.Find(path);
        if (slot == 0)
            return null;

        BeforeChange(slot);
        ApproximateDataSize += (data?.Length ?? 0) - _store[slot].Content.DataSize;
        _store.SetData(slot, data);
        PersistedStat stat = _store.StatOf(slot);
        stat.DataSet(zxid, time, version);
        AfterChange(slot, stat);
        return Look(slot);
    }

    /// <summary>Replaces data that the server keeps up itself, the usage of a quota: no version and no time moves.</summary>
    public void Overwrite(Znode znode, byte[] data)
    {
        BeforeChange(znode.Slot);
        ApproximateDataSize += data.Length - znode.Data.Length;
        _store.SetData(znode.Slot, data);
        AfterChange(znode.Slot, znode.Stat);
    }

    /// <summary>Replaces the access list.</summary>
    public Znode? SetAcl(string path, Acl[] acl, int version)
    {
        int slot = _store.Find(path);
        if (slot == 0)
            return null;

        ReplaceAcl(slot, acl);
        PersistedStat stat = _store.StatOf(slot);
        stat.Aversion = version;
        AfterChange(slot, stat);
        return Look(slot);
    }

    private int AddFirst(int parent, string path, long aclId, in PersistedStat stat)
    {
        NewZnode place = new(parent, path.AsSpan(path.LastIndexOf('/') + 1), path.Length);
        return Add(place, [], hasData: true, aclId, stat, TreeDigest.OfZnode(path, [], stat));
    }

    private Znode? Look(int slot) => slot == 0 ? null : new Znode(_store, slot);

    /// <summary>The znode that a path hangs from, 0 if there is none, and the name below it. Nothing has an empty name, the root none.</summary>
    private int FindParent(string path, out ReadOnlySpan<char> name)
    {
        int slash = path.LastIndexOf('/');
        name = path.AsSpan(slash + 1);
        return slash < 0 || name.IsEmpty ? 0 : _store.Find(path.AsSpan(0, slash));
    }

    /// <summary>
    /// Znodes below can only be there when a fuzzy snapshot is replayed; the log creates them again. No recursion: a tree may be deeper
    /// than a stack.
    /// </summary>
    private void RemoveBelow(int top)
    {
        int current = top;
        while (true)
        {
            if (_store.LastChildOf(current) is var child and not 0)
            {
                current = child;
                continue;
            }

            if (current == top)
                return;

            int parent = _store[current].Parent;
            Remove(current);
            current = parent;
        }
    }

    private void ReplaceAcl(int slot, Acl[] acl)
    {
        BeforeChange(slot);
        long previous = _store[slot].AclId;
        _store[slot].AclId = Acls.Acquire(acl);
        Acls.Release(previous);
    }

    private void ChangeParent(int parent, Zxid zxid, bool created, int parentCversion)
    {
        BeforeChange(parent);
        PersistedStat stat = _store.StatOf(parent);
        if (created)
            stat.ChildCreated(zxid, parentCversion);
        else
            stat.ChildDeleted(zxid);
        AfterChange(parent, stat);
    }

    private void BeforeChange(int slot) => _snapshot?.KeepImage(slot);

    private void AfterChange(int slot, in PersistedStat stat)
    {
        _store.SetStat(slot, stat);
        Digest -= _store[slot].Digest;
        uint share = _store.DigestOf(slot);
        _store[slot].Digest = share;
        Digest += share;
    }
}
