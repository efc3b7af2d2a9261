using System.Diagnostics.CodeAnalysis;
using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>
/// The znodes by path: committed state only, changed by nothing but transactions in zxid order. Every change is safe to repeat, because a
/// snapshot of Apache's may hold the effects of transactions behind the one it is named after.
/// </summary>
internal sealed partial class DataTree
{
    private readonly Dictionary<string, Znode> _znodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Znode>.AlternateLookup<ReadOnlySpan<char>> _byText;
    private Znode? _firstCreated;
    private Znode? _lastCreated;
    private long _lastOrdinal;
    private TreeSnapshot? _snapshot;

    /// <summary>A tree without any znode, to be filled from a snapshot.</summary>
    private DataTree(bool empty)
    {
        _ = empty;
        _byText = _znodes.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>A fresh tree: the root, /zookeeper, and below it quota and config.</summary>
    public DataTree()
        : this(empty: true)
    {
        Add("", [], AclTable.OpenId, default);
        Add("/zookeeper", [], AclTable.OpenId, default);
        Add("/zookeeper/quota", [], AclTable.OpenId, default);
        Add("/zookeeper/config", [], Acls.Acquire([new(Permissions.Read, "world", "anyone")]), new PersistedStat { Aversion = -1 });
    }

    /// <summary>The access lists that znodes refer to.</summary>
    public AclTable Acls { get; } = new();

    /// <summary>Ephemerals, containers and times to live.</summary>
    public NodeIndexes Indexes { get; } = new();

    /// <summary>Number of znodes, the root counted once.</summary>
    public int Count => _znodes.Count;

    /// <summary>The digest of the present state.</summary>
    public ulong Digest { get; private set; }

    /// <summary>Characters of paths and bytes of data, as Apache adds them up (its root is stored twice, the second time under "/").</summary>
    public long ApproximateDataSize { get; private set; } = 1;

    /// <summary>An empty tree for a loader.</summary>
    public static DataTree CreateEmpty() => new(empty: true);

    /// <summary>Finds a znode; the root under "/" and, as on Apache's server, under the empty string.</summary>
    public Znode? Find(string path) => Find(path.AsSpan());

    /// <summary>Finds a znode.</summary>
    public Znode? Find(ReadOnlySpan<char> path) =>
        _byText.TryGetValue(path is "/" ? [] : path, out Znode? znode) ? znode : null;

    /// <summary>The znode above a path, or null.</summary>
    public Znode? FindParent(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash < 0 ? null : Find(path.AsSpan(0, slash));
    }

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
        string path, byte[]? data, Acl[] acl, long owner, int parentCversion, Zxid zxid, long time, out Znode? znode)
    {
        Znode? parent = FindParent(path);
        znode = null;
        if (parent is null)
            return ErrorCode.NoNode;

        if (_znodes.TryGetValue(path, out znode))
        {
            ReplaceAcl(znode, acl);
            return ErrorCode.NodeExists;
        }

        ChangeParent(parent, zxid, created: true, parentCversion);
        znode = Add(path, data, Acls.Acquire(acl), PersistedStat.Created(zxid, time, owner), parent);
        return ErrorCode.Ok;
    }

    /// <summary>Raises a parent's numbers for a create that is replayed over a znode that is there already.</summary>
    public void RaiseParent(string path, int parentCversion, Zxid zxid)
    {
        if (FindParent(path) is { } parent)
            ChangeParent(parent, zxid, created: true, parentCversion);
    }

    /// <summary>Deletes a znode. The parent's pzxid moves even if the znode is absent.</summary>
    /// <param name="path">The path.</param>
    /// <param name="zxid">The transaction.</param>
    /// <param name="removed">The znode as it was.</param>
    /// <returns>Whether there was one.</returns>
    public bool Delete(string path, Zxid zxid, [NotNullWhen(true)] out Znode? removed)
    {
        removed = Find(path);
        Znode? parent = removed?.Parent ?? FindParent(path);
        if (parent is not null)
            ChangeParent(parent, zxid, created: false, parentCversion: 0);
        if (removed is null || removed.Path.Length == 0)
        {
            removed = null;
            return false;
        }

        RemoveBelow(removed);
        Remove(removed);
        return true;
    }

    /// <summary>Replaces the data.</summary>
    public Znode? SetData(string path, byte[]? data, int version, Zxid zxid, long time)
    {
        if (Find(path) is not { } znode)
            return null;

        BeforeChange(znode);
        ApproximateDataSize += (data?.Length ?? 0) - (znode.Data?.Length ?? 0);
        znode.Data = data;
        znode.Stat.DataSet(zxid, time, version);
        AfterChange(znode);
        return znode;
    }

    /// <summary>Replaces the access list.</summary>
    public Znode? SetAcl(string path, Acl[] acl, int version)
    {
        if (Find(path) is not { } znode)
            return null;

        ReplaceAcl(znode, acl);
        znode.Stat.Aversion = version;
        AfterChange(znode);
        return znode;
    }

    /// <summary>
    /// Znodes below can only be there when a fuzzy snapshot is replayed; the log creates them again. No recursion: a tree may be deeper
    /// than a stack.
    /// </summary>
    private void RemoveBelow(Znode top)
    {
        Znode current = top;
        while (true)
        {
            if (current.LastChild is { } child)
            {
                current = child;
                continue;
            }

            if (ReferenceEquals(current, top))
                return;

            Znode parent = current.Parent!;
            Remove(current);
            current = parent;
        }
    }

    private void ReplaceAcl(Znode znode, Acl[] acl)
    {
        BeforeChange(znode);
        long previous = znode.AclId;
        znode.AclId = Acls.Acquire(acl);
        Acls.Release(previous);
    }

    private void ChangeParent(Znode parent, Zxid zxid, bool created, int parentCversion)
    {
        BeforeChange(parent);
        if (created)
            parent.Stat.ChildCreated(zxid, parentCversion);
        else
            parent.Stat.ChildDeleted(zxid);
        AfterChange(parent);
    }

    private void BeforeChange(Znode znode) => _snapshot?.KeepImage(znode);

    private void AfterChange(Znode znode)
    {
        Digest -= znode.Digest;
        znode.Digest = TreeDigest.OfZnode(znode.Path, znode.Data, znode.Stat);
        Digest += znode.Digest;
    }
}
