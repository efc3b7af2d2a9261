using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>How znodes hang together: parents and siblings, order of creation, and the snapshot that is being written.</summary>
internal sealed partial class DataTree
{
    /// <summary>The first znode in order of creation: the root.</summary>
    public Znode? FirstCreated => _firstCreated;

    /// <summary>Number of descendants of a znode.</summary>
    public int CountDescendants(Znode top)
    {
        if (top.Path.Length == 0)
            return Count - 1;

        int count = 0;
        Znode current = top;
        while (true)
        {
            if (current.FirstChild is { } child)
            {
                current = child;
            }
            else
            {
                while (!ReferenceEquals(current, top) && current.NextSibling is null)
                    current = current.Parent!;
                if (ReferenceEquals(current, top))
                    return count;

                current = current.NextSibling!;
            }

            count++;
        }
    }

    /// <summary>Puts a znode of a snapshot in place; its parent must be there.</summary>
    /// <returns>False if the parent is missing or the path is taken.</returns>
    public bool Restore(string path, byte[]? data, long aclId, in PersistedStat stat)
    {
        if (_znodes.ContainsKey(path) || (path.Length > 0 && FindParent(path) is null))
            return false;

        Acls.AcquireId(aclId);
        Add(path, data, aclId, stat);
        return true;
    }

    /// <summary>
    /// Begins a snapshot of the present state. One at a time: a snapshot holds on to the images of what changes until it is complete
    /// or abandoned.
    /// </summary>
    public TreeSnapshot BeginSnapshot(Zxid zxid, PersistedSession[] sessions)
    {
        if (_snapshot is not null)
            throw new InvalidOperationException("A snapshot is being written already.");

        _snapshot = new TreeSnapshot(this, zxid, sessions, _firstCreated, _lastOrdinal);
        return _snapshot;
    }

    internal void EndSnapshot(TreeSnapshot snapshot)
    {
        if (ReferenceEquals(_snapshot, snapshot))
            _snapshot = null;
    }

    private Znode Add(string path, byte[]? data, long aclId, in PersistedStat stat, Znode? parent = null)
    {
        var znode = new Znode(path, data, aclId, stat) { Ordinal = ++_lastOrdinal };
        _znodes.Add(path, znode);
        if (path.Length > 0)
            LinkChild(parent ?? FindParent(path)!, znode);

        znode.PreviousCreated = _lastCreated;
        if (_lastCreated is null)
            _firstCreated = znode;
        else
            _lastCreated.NextCreated = znode;
        _lastCreated = znode;

        Indexes.Add(znode);
        ApproximateDataSize += path.Length + (data?.Length ?? 0);
        znode.Digest = TreeDigest.OfZnode(path, data, stat);
        Digest += znode.Digest;
        return znode;
    }

    private void Remove(Znode znode)
    {
        _snapshot?.KeepDeleted(znode);
        _znodes.Remove(znode.Path);
        UnlinkChild(znode);

        if (znode.PreviousCreated is { } before)
            before.NextCreated = znode.NextCreated;
        else
            _firstCreated = znode.NextCreated;
        if (znode.NextCreated is { } after)
            after.PreviousCreated = znode.PreviousCreated;
        else
            _lastCreated = znode.PreviousCreated;

        Indexes.Remove(znode);
        Acls.Release(znode.AclId);
        ApproximateDataSize -= znode.Path.Length + (znode.Data?.Length ?? 0);
        Digest -= znode.Digest;
    }

    private static void LinkChild(Znode parent, Znode znode)
    {
        znode.Parent = parent;
        znode.PreviousSibling = parent.LastChild;
        if (parent.LastChild is null)
            parent.FirstChild = znode;
        else
            parent.LastChild.NextSibling = znode;
        parent.LastChild = znode;
        parent.ChildCount++;
    }

    private static void UnlinkChild(Znode znode)
    {
        Znode parent = znode.Parent!;
        if (znode.PreviousSibling is { } before)
            before.NextSibling = znode.NextSibling;
        else
            parent.FirstChild = znode.NextSibling;
        if (znode.NextSibling is { } after)
            after.PreviousSibling = znode.PreviousSibling;
        else
            parent.LastChild = znode.PreviousSibling;
        parent.ChildCount--;
    }
}
