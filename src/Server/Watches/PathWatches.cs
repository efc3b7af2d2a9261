using Coordination.Protocol;

namespace Coordination.Server.Watches;

/// <summary>One of the two tables: watches by path and by connection, found from either side at the same cost.</summary>
/// <param name="isData">Whether this is the table of data watches.</param>
internal sealed class PathWatches(bool isData)
{
    private readonly Dictionary<string, WatchedPath> _paths = new(StringComparer.Ordinal);
    private int _recursiveCount;

    /// <summary>Pairs of path and connection.</summary>
    public int Count { get; private set; }

    /// <summary>Paths watched by anybody.</summary>
    public int PathCount => _paths.Count;

    /// <summary>Adds a mode to what a connection holds on a path.</summary>
    public void Add(Watcher watcher, string path, WatchModes mode)
    {
        Dictionary<string, WatchEntry> own = Own(watcher) ?? CreateOwn(watcher);
        if (!own.TryGetValue(path, out WatchEntry? entry))
        {
            if (!_paths.TryGetValue(path, out WatchedPath? watched))
                _paths.Add(path, watched = new WatchedPath(path));
            entry = new WatchEntry(watcher, watched);
            watched.Add(entry);
            own.Add(watched.Path, entry);
            watcher.WatchCount++;
            Count++;
        }

        SetModes(entry, entry.Modes | mode);
    }

    /// <summary>The modes a connection holds on a path.</summary>
    public WatchModes ModesOf(Watcher watcher, string path) =>
        Own(watcher) is { } own && own.TryGetValue(path, out WatchEntry? entry) ? entry.Modes : WatchModes.None;

    /// <summary>Removes modes from what a connection holds on a path.</summary>
    /// <returns>Whether it held any of them.</returns>
    public bool Remove(Watcher watcher, string path, WatchModes modes)
    {
        if (Own(watcher) is not { } own || !own.TryGetValue(path, out WatchEntry? entry) || (entry.Modes & modes) == WatchModes.None)
            return false;

        Reduce(entry, modes);
        return true;
    }

    /// <summary>Forgets a connection.</summary>
    public void RemoveAll(Watcher watcher)
    {
        if (Own(watcher) is not { } own)
            return;

        // The order in which watches vanish reaches nobody.
        foreach (WatchEntry entry in own.Values)
        {
            SetModes(entry, WatchModes.None);
            Unlink(entry);
        }

        own.Clear();
    }

    /// <summary>
    /// One step of a change: everybody with a watch on the path, and for data watches with a recursive watch above it, gets one event at
    /// most. One-shot watches are used up even if the event is dropped because the connection may not read the znode.
    /// </summary>
    public void Trigger(string path, WatchEventType type, Acl[] acl, long zxid, long step)
    {
        if (_paths.TryGetValue(path, out WatchedPath? watched))
            TriggerExact(watched, path, type, acl, zxid, step);
        if (_recursiveCount > 0)
            TriggerAncestors(path, type, acl, zxid, step);
    }

    private void TriggerExact(WatchedPath watched, string path, WatchEventType type, Acl[] acl, long zxid, long step)
    {
        for (WatchEntry? entry = watched.First; entry is not null;)
        {
            WatchEntry? next = entry.Next;
            Notify(entry.Watcher, path, type, acl, zxid, step);
            if ((entry.Modes & WatchModes.Standard) != WatchModes.None)
                Reduce(entry, WatchModes.Standard);
            entry = next;
        }
    }

    private void TriggerAncestors(string path, WatchEventType type, Acl[] acl, long zxid, long step)
    {
        var byText = _paths.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int length = path.LastIndexOf('/'); length >= 0 && path.Length > 1; length = path.AsSpan(0, length).LastIndexOf('/'))
        {
            if (!byText.TryGetValue(length == 0 ? "/" : path.AsSpan(0, length), out WatchedPath? watched))
                continue;

            for (WatchEntry? entry = watched.First; entry is not null; entry = entry.Next)
            {
                if ((entry.Modes & WatchModes.PersistentRecursive) != WatchModes.None)
                    Notify(entry.Watcher, path, type, acl, zxid, step);
            }
        }
    }

    private static void Notify(Watcher watcher, string path, WatchEventType type, Acl[] acl, long zxid, long step)
    {
        if (watcher.LastStep == step)
            return;

        watcher.LastStep = step;
        if (watcher.MayRead(acl))
            watcher.Notify(type, path, zxid);
    }

    private Dictionary<string, WatchEntry>? Own(Watcher watcher) => isData ? watcher.DataWatches : watcher.ChildWatches;

    private Dictionary<string, WatchEntry> CreateOwn(Watcher watcher)
    {
        var own = new Dictionary<string, WatchEntry>(StringComparer.Ordinal);
        if (isData)
            watcher.DataWatches = own;
        else
            watcher.ChildWatches = own;
        return own;
    }

    private void Reduce(WatchEntry entry, WatchModes modes)
    {
        SetModes(entry, entry.Modes & ~modes);
        if (entry.Modes != WatchModes.None)
            return;

        Own(entry.Watcher)!.Remove(entry.Path.Path);
        Unlink(entry);
    }

    private void Unlink(WatchEntry entry)
    {
        Count--;
        entry.Watcher.WatchCount--;
        entry.Path.Remove(entry);
        if (entry.Path.First is null)
            _paths.Remove(entry.Path.Path);
    }

    private void SetModes(WatchEntry entry, WatchModes modes)
    {
        if ((entry.Modes & WatchModes.PersistentRecursive) != WatchModes.None)
            _recursiveCount--;
        if ((modes & WatchModes.PersistentRecursive) != WatchModes.None)
            _recursiveCount++;
        entry.Modes = modes;
    }
}
