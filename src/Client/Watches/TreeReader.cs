using System.Collections.Concurrent;
using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>Reads a subtree level by level, many znodes at a time over one connection.</summary>
/// <param name="reads">Reads, with watches where asked.</param>
/// <param name="root">The subtree's root, from which depth counts.</param>
/// <param name="maxDepth">Levels below the root.</param>
internal sealed class TreeReader(WatchedReads reads, ZnodePath root, int maxDepth)
{
    private const int AtOnce = 256;

    /// <summary>Znodes with listeners of their own.</summary>
    public ConcurrentDictionary<ZnodePath, bool> Listening { get; } = new();

    /// <summary>How deep a path lies below the root.</summary>
    /// <param name="path">At or below the root.</param>
    /// <returns>0 for the root.</returns>
    public int DepthOf(ZnodePath path) => Slashes(path) - Slashes(root);

    /// <summary>Reads everything from a path down.</summary>
    /// <param name="from">Where to begin.</param>
    /// <param name="listener">Gets one-shot watches on everything read; null for none.</param>
    /// <returns>What is there and readable.</returns>
    public async ValueTask<IReadOnlyDictionary<ZnodePath, Znode>> ReadAsync(ZnodePath from, IWatchListener? listener)
    {
        var read = new ConcurrentDictionary<ZnodePath, Znode>();
        List<ZnodePath> level = [from];
        while (level.Count > 0)
        {
            var next = new ConcurrentBag<ZnodePath>();
            foreach (ZnodePath[] group in level.Chunk(AtOnce))
                await Task.WhenAll(group.Select(path => ReadOneAsync(path, listener, read, next)));
            level = [.. next];
        }

        return read;
    }

    private static int Slashes(ZnodePath path) => path.IsRoot ? 0 : path.Value.AsSpan().Count('/');

    private async Task ReadOneAsync(ZnodePath path, IWatchListener? listener, ConcurrentDictionary<ZnodePath, Znode> read, ConcurrentBag<ZnodePath> next)
    {
        if (listener is not null && Listening.TryAdd(path, true))
        {
            reads.Add(WatchKind.Data, path, listener);
            reads.Add(WatchKind.Children, path, listener);
        }

        try
        {
            bool goesDeeper = DepthOf(path) < maxDepth;
            Task<ZnodeChildren?> children = goesDeeper ? ChildrenAsync(path, listener) : Task.FromResult<ZnodeChildren?>(null);
            Znode? znode = listener is null
                ? await reads.Operations.TryGetAsync(path, CancellationToken.None)
                : await reads.GetAsync(path, CancellationToken.None);
            ZnodeChildren? list = await children;
            if (znode is null)
                return;

            read[path] = znode;
            foreach (string name in list?.Names ?? [])
                next.Add(path.Child(name));
        }
        catch (AccessDeniedException) when (path != root)
        {
            // Not readable is not there, below the root; the root itself must be readable.
        }
    }

    private async Task<ZnodeChildren?> ChildrenAsync(ZnodePath path, IWatchListener? listener)
    {
        if (listener is not null)
            return await reads.GetChildrenAsync(path, CancellationToken.None);

        try
        {
            return await reads.Operations.GetChildrenAsync(path, CancellationToken.None);
        }
        catch (ZnodeNotFoundException)
        {
            return null;
        }
    }
}
