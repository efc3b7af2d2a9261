using Coordination.Server.Slabs;

namespace Coordination.Server.Watches;

/// <summary>Pairs of path and watcher in one table, found by both, by path and by watcher, at a cost that does not grow with their number.</summary>
internal sealed class WatchEntries
{
    private readonly Slab<WatchEntry> _entries = new();
    private readonly SlabIndex<WatchEntry> _index;

    public WatchEntries() => _index = new SlabIndex<WatchEntry>(_entries);

    /// <summary>Number of pairs.</summary>
    public int Count => _entries.Count;

    /// <summary>Every slot is below this.</summary>
    public int End => _entries.End;

    /// <summary>An entry by its slot.</summary>
    public ref WatchEntry this[int slot] => ref _entries[slot];

    /// <summary>Finds what a watcher holds on a path; 0 for nothing.</summary>
    public int Find(int path, int watcher)
    {
        int slot = _index.First(SlabHash.Of(path, watcher));
        while (slot != 0 && (_entries[slot].Path != path || _entries[slot].Watcher != watcher))
            slot = _entries[slot].NextInBucket;
        return slot;
    }

    /// <summary>Adds a pair that is not there, behind all others of the path.</summary>
    public int Add(int path, ref WatchedPath ends, int watcher, ref WatcherHoldings holdings)
    {
        int slot = _entries.Add();
        ref WatchEntry entry = ref _entries[slot];
        entry.Path = path;
        entry.Watcher = watcher;
        _index.Add(slot);

        entry.PreviousOfPath = ends.Last;
        if (ends.Last == 0)
            ends.First = slot;
        else
            _entries[ends.Last].NextOfPath = slot;
        ends.Last = slot;

        entry.NextOfWatcher = holdings.First;
        if (holdings.First != 0)
            _entries[holdings.First].PreviousOfWatcher = slot;
        holdings.First = slot;
        holdings.Count++;
        return slot;
    }

    /// <summary>Removes a pair.</summary>
    public void Remove(int slot, ref WatchedPath ends, ref WatcherHoldings holdings)
    {
        WatchEntry entry = _entries[slot];
        if (entry.PreviousOfPath != 0)
            _entries[entry.PreviousOfPath].NextOfPath = entry.NextOfPath;
        else
            ends.First = entry.NextOfPath;
        if (entry.NextOfPath != 0)
            _entries[entry.NextOfPath].PreviousOfPath = entry.PreviousOfPath;
        else
            ends.Last = entry.PreviousOfPath;

        if (entry.PreviousOfWatcher != 0)
            _entries[entry.PreviousOfWatcher].NextOfWatcher = entry.NextOfWatcher;
        else
            holdings.First = entry.NextOfWatcher;
        if (entry.NextOfWatcher != 0)
            _entries[entry.NextOfWatcher].PreviousOfWatcher = entry.PreviousOfWatcher;
        holdings.Count--;

        _index.Remove(slot);
        _entries.Remove(slot);
    }
}
