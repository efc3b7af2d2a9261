using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>A subtree as it stood at one moment.</summary>
/// <param name="Znodes">Every znode, parents before children, in ordinal order among siblings; empty if the root is absent.</param>
internal sealed record SubtreeSnapshot(IReadOnlyList<(Znode Znode, bool IsLeaf)> Znodes)
{
    /// <summary>A tree with more znodes than this is no configuration; reading stops rather than filling the memory.</summary>
    public const int MaxZnodes = 50_000;

    /// <summary>
    /// Reads a subtree. Data and children are read once, then every stat a second time: if nothing differs, each znode was unchanged from
    /// its first to its second reading, hence all of them stood so together at the moment between the two passes.
    /// </summary>
    /// <param name="client">The client.</param>
    /// <param name="root">The root.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The snapshot, or null if the tree changed meanwhile.</returns>
    /// <exception cref="InvalidDataException">The tree is too large.</exception>
    public static async Task<SubtreeSnapshot?> TryReadAsync(ICoordinationClient client, ZnodePath root, CancellationToken cancellationToken)
    {
        // Once, so that a server that lags behind does not answer with the past.
        await client.SyncAsync(root, cancellationToken);
        var read = new List<Entry>();
        ZnodePath[] level = [root];
        while (level.Length > 0)
        {
            if (read.Count + level.Length > MaxZnodes)
                throw new InvalidDataException($"{root} has more than {MaxZnodes} znodes.");

            Entry?[] entries = await Task.WhenAll(level.Select(path => ReadAsync(client, path, cancellationToken)));
            if (Array.Exists(entries, static e => e is null))
                return level.Length == 1 && level[0] == root ? new([]) : null;
            read.AddRange(entries!);
            level = [.. entries.SelectMany(static e => e!.Children.Names.Select(name => e.Znode.Path / name))];
        }

        bool[] same = await Task.WhenAll(read.Select(entry => IsUnchangedAsync(client, entry, cancellationToken)));
        return Array.TrueForAll(same, static s => s)
            ? new([.. read.OrderBy(static e => e.Znode.Path).Select(static e => (e.Znode, e.Children.Names.Count == 0))])
            : null;
    }

    private static async Task<Entry?> ReadAsync(ICoordinationClient client, ZnodePath path, CancellationToken cancellationToken)
    {
        Task<Znode?> data = client.TryGetAsync(path, cancellationToken).AsTask();
        ZnodeChildren? children = null;
        try
        {
            children = await client.GetChildrenAsync(path, cancellationToken);
        }
        catch (ZnodeNotFoundException)
        {
            // Deleted between two readings; the caller starts over, or it is the root and there is nothing.
        }

        return await data is { } znode && children is not null ? new(znode, children) : null;
    }

    private static async Task<bool> IsUnchangedAsync(ICoordinationClient client, Entry entry, CancellationToken cancellationToken) =>
        await client.ExistsAsync(entry.Znode.Path, cancellationToken) is { } stat
        && stat == entry.Znode.Stat && stat.Pzxid == entry.Children.Stat.Pzxid && stat.Cversion == entry.Children.Stat.Cversion;

    private sealed record Entry(Znode Znode, ZnodeChildren Children);
}
