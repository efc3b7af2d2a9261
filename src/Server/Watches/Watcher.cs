using Coordination.Protocol;

namespace Coordination.Server.Watches;

/// <summary>Somebody who watches: one connection. Its watches go with it.</summary>
internal abstract class Watcher
{
    /// <summary>The step that this watcher was notified in last: one event per step, however many watches match.</summary>
    internal long LastStep { get; set; }

    /// <summary>What it holds in both tables, one for each path and table.</summary>
    internal int WatchCount { get; set; }

    internal Dictionary<string, WatchEntry>? DataWatches { get; set; }

    internal Dictionary<string, WatchEntry>? ChildWatches { get; set; }

    /// <summary>Sends one event.</summary>
    /// <param name="type">What happened.</param>
    /// <param name="path">The znode.</param>
    /// <param name="zxid">The transaction; -1 for events of re-established watches.</param>
    public abstract void Notify(WatchEventType type, string path, long zxid);

    /// <summary>Whether this connection may read a znode with the given access list.</summary>
    public abstract bool MayRead(Acl[] acl);
}

/// <summary>How a watch behaves; one connection may hold several on one path.</summary>
[Flags]
internal enum WatchModes
{
    None = 0,

    /// <summary>Fires once.</summary>
    Standard = 1,

    /// <summary>Fires until removed, for the exact path.</summary>
    Persistent = 2,

    /// <summary>Fires until removed, for the path and everything below.</summary>
    PersistentRecursive = 4,
}

/// <summary>What one watcher holds on one path in one table; linked into the list of that path.</summary>
internal sealed class WatchEntry(Watcher watcher, WatchedPath path)
{
    public Watcher Watcher { get; } = watcher;

    public WatchedPath Path { get; } = path;

    public WatchModes Modes { get; set; }

    public WatchEntry? Previous { get; set; }

    public WatchEntry? Next { get; set; }
}

/// <summary>Everybody who watches one path, in the order they came.</summary>
internal sealed class WatchedPath(string path)
{
    public string Path { get; } = path;

    public WatchEntry? First { get; private set; }

    private WatchEntry? Last { get; set; }

    public void Add(WatchEntry entry)
    {
        entry.Previous = Last;
        if (Last is null)
            First = entry;
        else
            Last.Next = entry;
        Last = entry;
    }

    public void Remove(WatchEntry entry)
    {
        if (entry.Previous is { } before)
            before.Next = entry.Next;
        else
            First = entry.Next;
        if (entry.Next is { } after)
            after.Previous = entry.Previous;
        else
            Last = entry.Previous;
    }
}
