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
    public int Find(ReadOnlySpan<char> path) => Count == 0 ? 0 : Find(path, SlabHash.Of(path));

    /// <summary>Finds a path, or takes it in without any watch.</summary>
    public int FindOrAdd(ReadOnlySpan<char> path)
    {
        uint hash = SlabHash.Of(path);
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

    private int Find(ReadOnlySpan<char> path, uint hash)
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
}
