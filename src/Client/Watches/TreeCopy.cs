using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>The subtree as last read. Turns a new reading into changes, parents before children, deletions the other way round.</summary>
internal sealed class TreeCopy
{
    private readonly SortedDictionary<ZnodePath, Znode> _znodes = [];

    /// <summary>Whether a znode is known.</summary>
    /// <param name="path">The znode.</param>
    /// <returns>Whether it is known.</returns>
    public bool Contains(ZnodePath path) => _znodes.ContainsKey(path);

    /// <summary>Takes a new reading of everything.</summary>
    /// <param name="read">What is there.</param>
    /// <param name="report">Gets the changes.</param>
    public void ReplaceAll(IReadOnlyDictionary<ZnodePath, Znode> read, Action<TreeChange> report)
    {
        Delete([.. _znodes.Keys.Where(path => !read.ContainsKey(path))], report);
        foreach (Znode znode in read.Values.OrderBy(znode => znode.Path))
            Put(znode, report);
    }

    /// <summary>Takes a new reading of a znode and everything below.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="read">What is there.</param>
    /// <param name="report">Gets the changes.</param>
    public void ReplaceBelow(ZnodePath path, IReadOnlyDictionary<ZnodePath, Znode> read, Action<TreeChange> report)
    {
        Delete([.. _znodes.Keys.Where(known => known.IsAtOrBelow(path) && !read.ContainsKey(known))], report);
        foreach (Znode znode in read.Values.OrderBy(znode => znode.Path))
            Put(znode, report);
    }

    /// <summary>Takes a new reading of one znode.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="read">The znode, or null if it is absent; then nothing is below it either.</param>
    /// <param name="report">Gets the changes.</param>
    public void Replace(ZnodePath path, Znode? read, Action<TreeChange> report)
    {
        if (read is not null)
            Put(read, report);
        else if (_znodes.ContainsKey(path))
            Delete([.. _znodes.Keys.Where(known => known.IsAtOrBelow(path))], report);
    }

    private void Put(Znode znode, Action<TreeChange> report)
    {
        if (_znodes.TryGetValue(znode.Path, out Znode? before) && before.Stat.Czxid != znode.Stat.Czxid)
        {
            // Another znode of the same name: the old one went with everything below it.
            Delete([.. _znodes.Values.Where(known => known.Path.IsAtOrBelow(znode.Path) && known.Stat.Czxid < znode.Stat.Czxid).Select(known => known.Path)], report);
            before = null;
        }

        _znodes[znode.Path] = znode;
        if (before is null)
            report(new(TreeChangeKind.Created, znode.Path, null, znode));
        else if (before.Stat.Mzxid != znode.Stat.Mzxid)
            report(new(TreeChangeKind.Updated, znode.Path, before, znode));
    }

    private void Delete(List<ZnodePath> paths, Action<TreeChange> report)
    {
        for (int i = paths.Count - 1; i >= 0; i--)
        {
            if (_znodes.Remove(paths[i], out Znode? before))
                report(new(TreeChangeKind.Deleted, paths[i], before, null));
        }
    }
}
