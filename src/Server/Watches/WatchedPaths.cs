using System.Text;
using Coordination.Server.Slabs;

namespace Coordination.Server.Watches;

/// <summary>The paths that are watched in one table, each kept once.</summary>
internal sealed class WatchedPaths
{
    private readonly Slab<WatchedPath> _paths = new();
    private readonly SlabIndex<WatchedPath> _index;

    public WatchedPaths() => _index = new SlabIndex<WatchedPath>(_paths);

    /// <summary>Number of paths.</summary>
    public int Count => _paths.Count;

    /// <summary>Every slot is below this.</summary>
    public int End => _paths.End;

    /// <summary>A path by its slot.</summary>
    public ref WatchedPath this[int slot] => ref _paths[slot];

    /// <summary>The text of a path.</summary>
    public string TextOf(int slot) => Encoding.UTF8.GetString(_paths[slot].Text);

    /// <summary>Finds a path; 0 if nobody watches it.</summary>
    public int Find(ReadOnlySpan<char> path) => Count == 0 ? 0 : Find(path, HashOf(path));

    /// <summary>Finds a path, or takes it in without any watch.</summary>
    public int FindOrAdd(ReadOnlySpan<char> path)
    {
        uint hash = HashOf(path);
        int slot = Find(path, hash);
        if (slot != 0)
            return slot;

        slot = _paths.Add();
        _paths[slot].Text = CompactText.ToBytes(path);
        _paths[slot].Hash = hash;
        _index.Add(slot);
        return slot;
    }

    /// <summary>Forgets a path that nobody watches any more.</summary>
    public void Remove(int slot)
    {
        _index.Remove(slot);
        _paths.Remove(slot);
    }

    /// <summary>The hash of a path with one name more: so all paths above one are hashed at the cost of one.</summary>
    /// <param name="above">The hash of the path above; 0 for none.</param>
    /// <param name="name">The name.</param>
    public static uint HashBelow(uint above, ReadOnlySpan<char> name) => SlabHash.Of((int)above, name);

    /// <summary>Finds a path whose hash is known already; 0 if nobody watches it.</summary>
    public int Find(ReadOnlySpan<char> path, uint hash)
    {
        int slot = _index.First(hash);
        while (slot != 0)
        {
            ref WatchedPath candidate = ref _paths[slot];
            if (candidate.Hash == hash && CompactText.Equals(candidate.Text, path))
                return slot;
            slot = candidate.NextInBucket;
        }

        return 0;
    }

    /// <summary>Name by name, so that it can be had for every path above as well. The slash in front makes no difference.</summary>
    private static uint HashOf(ReadOnlySpan<char> path)
    {
        uint hash = 0;
        for (int end = path is ['/', ..] ? 0 : -1; end < path.Length;)
        {
            int start = end + 1;
            int length = path[start..].IndexOf('/');
            end = length < 0 ? path.Length : start + length;
            hash = HashBelow(hash, path[start..end]);
        }

        return hash;
    }
}
