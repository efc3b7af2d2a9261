using Coordination.Protocol;

namespace Coordination.Server.Watches;

/// <summary>One of the two tables: watches by path and by connection, found from either side at the same cost.</summary>
/// <param name="isData">Whether this is the table of data watches.</param>
/// <param name="watchers">The numbers of all who watch.</param>
/// <param name="figures">Hears how many were reached.</param>
internal sealed class PathWatches(bool isData, WatcherNumbers watchers, WatchFigures figures)
{
    private readonly WatchedPaths _paths = new();
    private readonly WatchEntries _entries = new();
    private int _recursiveCount;
    private int _reached;

    /// <summary>What long paths cost beyond their number.</summary>
    public long Surplus { get; private set; }

    /// <summary>Pairs of path and connection.</summary>
    public int Count => _entries.Count;

    /// <summary>Paths watched by anybody.</summary>
    public int PathCount => _paths.Count;

    /// <summary>Adds a mode to what a connection holds on a path.</summary>
    public void Add(Watcher watcher, string path, WatchModes mode)
    {
        watchers.Enter(watcher);
        int watched = _paths.FindOrAdd(path);
        int entry = _entries.Find(watched, watcher.Number);
        if (entry == 0)
        {
            entry = _entries.Add(watched, ref _paths[watched], watcher.Number, ref HoldingsOf(watcher));
            CountSurplus(watched, watcher, 1);
        }

        SetModes(entry, _entries[entry].Modes | mode);
    }

    /// <summary>The modes a connection holds on a path.</summary>
    public WatchModes ModesOf(Watcher watcher, string path)
    {
        int entry = Find(watcher, path);
        return entry == 0 ? WatchModes.None : _entries[entry].Modes;
    }

    /// <summary>Removes modes from what a connection holds on a path.</summary>
    /// <returns>Whether it held any of them.</returns>
    public bool Remove(Watcher watcher, string path, WatchModes modes)
    {
        int entry = Find(watcher, path);
        if (entry == 0 || (_entries[entry].Modes & modes) == WatchModes.None)
            return false;

        Reduce(entry, modes);
        return true;
    }

    /// <summary>Forgets a connection.</summary>
    public void RemoveAll(Watcher watcher)
    {
        while (HoldingsOf(watcher).First is var entry and not 0)
            Reduce(entry, _entries[entry].Modes);
    }

    /// <summary>Every slot of a path is below this.</summary>
    public int PathSlots => _paths.End;

    /// <summary>
    /// The slots of what a connection watches, the newest first: for a walk that lets others in between. <see cref="PathAt(int, Watcher)"/>
    /// says what has become of each.
    /// </summary>
    public int[] EntriesOf(Watcher watcher)
    {
        int[] entries = new int[HoldingsOf(watcher).Count];
        int entry = HoldingsOf(watcher).First;
        for (int i = 0; i < entries.Length; i++, entry = _entries[entry].NextOfWatcher)
            entries[i] = entry;
        return entries;
    }

    /// <summary>The path of an entry, if it is still, or again, that of the connection.</summary>
    public string? PathAt(int entry, Watcher watcher) =>
        entry < _entries.End && watcher.Number != 0 && _entries[entry].Watcher == watcher.Number ? _paths.TextOf(_entries[entry].Path) : null;

    /// <summary>The path in a slot, if there is one, and who watches it.</summary>
    public string? PathAt(int slot, List<Watcher> into)
    {
        if (slot >= _paths.End || _paths[slot].First == 0)
            return null;

        for (int entry = _paths[slot].First; entry != 0; entry = _entries[entry].NextOfPath)
            into.Add(watchers[_entries[entry].Watcher]);
        return _paths.TextOf(slot);
    }

    /// <summary>
    /// One step of a change: everybody with a watch on the path, and for data watches with a recursive watch above it, gets one event at
    /// most. One-shot watches are used up even if the event is dropped because the connection may not read the znode.
    /// </summary>
    public void Trigger(string path, WatchEventType type, Acl[] acl, long zxid, long step)
    {
        _reached = 0;
        int watched = _paths.Find(path);
        if (watched != 0)
            TriggerExact(watched, path, type, acl, zxid, step);
        if (_recursiveCount > 0)
            TriggerAncestors(path, type, acl, zxid, step);
        if (_reached > 0)
            figures.Triggered(type, _reached);
    }

    private void TriggerExact(int watched, string path, WatchEventType type, Acl[] acl, long zxid, long step)
    {
        for (int entry = _paths[watched].First; entry != 0;)
        {
            int next = _entries[entry].NextOfPath;
            Notify(entry, path, type, acl, zxid, step);
            if ((_entries[entry].Modes & WatchModes.Standard) != WatchModes.None)
                Reduce(entry, WatchModes.Standard);
            entry = next;
        }
    }

    private void TriggerAncestors(string path, WatchEventType type, Acl[] acl, long zxid, long step)
    {
        if (path.Length <= 1)
            return;

        NotifyRecursive(_paths.Find("/"), path, type, acl, zxid, step);
        uint hash = 0;
        for (int start = 1; path.IndexOf('/', start) is var end and >= 0; start = end + 1)
        {
            hash = WatchedPaths.HashBelow(hash, path.AsSpan(start, end - start));
            NotifyRecursive(_paths.Find(path.AsSpan(0, end), hash), path, type, acl, zxid, step);
        }
    }

    private void NotifyRecursive(int watched, string path, WatchEventType type, Acl[] acl, long zxid, long step)
    {
        for (int entry = watched == 0 ? 0 : _paths[watched].First; entry != 0; entry = _entries[entry].NextOfPath)
        {
            if ((_entries[entry].Modes & WatchModes.PersistentRecursive) != WatchModes.None)
                Notify(entry, path, type, acl, zxid, step);
        }
    }

    private void Notify(int entry, string path, WatchEventType type, Acl[] acl, long zxid, long step)
    {
        Watcher watcher = watchers[_entries[entry].Watcher];
        if (watcher.LastStep == step)
            return;

        watcher.LastStep = step;
        _reached++;
        if (watcher.MayRead(acl))
            watcher.Notify(type, path, zxid);
    }

    private ref WatcherHoldings HoldingsOf(Watcher watcher) => ref isData ? ref watcher.DataWatches : ref watcher.ChildWatches;

    private int Find(Watcher watcher, string path)
    {
        int watched = watcher.Number == 0 ? 0 : _paths.Find(path);
        return watched == 0 ? 0 : _entries.Find(watched, watcher.Number);
    }

    /// <summary>Takes modes away; with the last of them the entry goes, and with the last entry the path.</summary>
    private void Reduce(int entry, WatchModes modes)
    {
        SetModes(entry, _entries[entry].Modes & ~modes);
        if (_entries[entry].Modes != WatchModes.None)
            return;

        int watched = _entries[entry].Path;
        Watcher watcher = watchers[_entries[entry].Watcher];
        CountSurplus(watched, watcher, -1);
        _entries.Remove(entry, ref _paths[watched], ref HoldingsOf(watcher));
        if (_paths[watched].First == 0)
            _paths.Remove(watched);
    }

    private void CountSurplus(int watched, Watcher watcher, int sign)
    {
        int surplus = sign * WatchLimits.SurplusOf(_paths[watched].Text.Length);
        Surplus += surplus;
        HoldingsOf(watcher).Surplus += surplus;
    }

    private void SetModes(int slot, WatchModes modes)
    {
        ref WatchEntry entry = ref _entries[slot];
        if ((entry.Modes & WatchModes.PersistentRecursive) != WatchModes.None)
            _recursiveCount--;
        if ((modes & WatchModes.PersistentRecursive) != WatchModes.None)
            _recursiveCount++;
        entry.Modes = modes;
    }
}
