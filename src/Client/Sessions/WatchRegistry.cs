using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>
/// Who listens to what, which of it the server watches for us, and what to establish again on the next connection.
/// </summary>
/// <remarks>
/// Servers below 3.9 hold one mode per path and connection: a second one silently replaces the first. So a path with a recursive watch
/// never gets a one-shot watch; its listeners are served from the recursive watch's events, which say all they need.
/// </remarks>
internal sealed class WatchRegistry
{
    private readonly SortedDictionary<string, Entry> _data = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Entry> _children = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Entry> _recursive = new(StringComparer.Ordinal);

    /// <summary>Paths that somebody listens to, over all kinds.</summary>
    public int Count => _data.Count + _children.Count + _recursive.Count;

    /// <summary>Adds a listener. It then reads (or adds the recursive watch), which arms the watch.</summary>
    /// <param name="kind">What it wants to hear.</param>
    /// <param name="path">Where, on the server.</param>
    /// <param name="listener">The listener.</param>
    public void Add(WatchKind kind, string path, IWatchListener listener)
    {
        SortedDictionary<string, Entry> table = Table(kind);
        if (!table.TryGetValue(path, out Entry? entry))
            table.Add(path, entry = new() { IsOneShot = kind != WatchKind.Recursive });
        entry.Listeners.Add(listener);
    }

    /// <summary>Removes a listener.</summary>
    /// <param name="kind">What it heard.</param>
    /// <param name="path">Where, on the server.</param>
    /// <param name="listener">The listener.</param>
    /// <returns>True if the server watches for nobody now: the caller removes that watch.</returns>
    public bool Remove(WatchKind kind, string path, IWatchListener listener)
    {
        SortedDictionary<string, Entry> table = Table(kind);
        if (!table.TryGetValue(path, out Entry? entry) || !entry.Listeners.Remove(listener) || entry.Listeners.Count > 0)
            return false;

        table.Remove(path);
        if (kind == WatchKind.Recursive && entry.Arming != Arming.None)
            Disarm(path);
        return entry.Arming != Arming.None;
    }

    /// <summary>Whether a read of this path may leave a one-shot watch.</summary>
    /// <param name="path">The path on the server.</param>
    /// <returns>False while a recursive watch stands on the very same path.</returns>
    public bool MayArm(string path) => !HasRecursive(path);

    /// <summary>A read that left a one-shot watch was answered.</summary>
    /// <param name="kind">Data or children.</param>
    /// <param name="path">The path on the server.</param>
    /// <param name="absent">Whether the znode was absent.</param>
    /// <returns>True if nobody listens any more: the caller removes the watch.</returns>
    public bool Armed(WatchKind kind, string path, bool absent)
    {
        if (!Table(kind).TryGetValue(path, out Entry? entry))
            return true;

        // A recursive watch sent meanwhile has replaced this one, or stands beside it; either way it does the telling.
        if (!HasRecursive(path))
            entry.Arming = absent ? Arming.Absent : Arming.Present;
        return false;
    }

    /// <summary>A recursive watch is about to be sent for a path: from here on no one-shot watch may follow it.</summary>
    /// <param name="path">The path on the server.</param>
    public void RecursiveSent(string path)
    {
        if (!_recursive.TryGetValue(path, out Entry? entry))
            return;

        entry.Arming = Arming.Present;
        if (_data.TryGetValue(path, out Entry? data))
            data.Arming = Arming.None;
        if (_children.TryGetValue(path, out Entry? children))
            children.Arming = Arming.None;
    }

    /// <summary>The server refused the recursive watch.</summary>
    /// <param name="path">The path on the server.</param>
    public void RecursiveRefused(string path)
    {
        if (_recursive.TryGetValue(path, out Entry? entry))
            entry.Arming = Arming.None;
        Disarm(path);
    }

    /// <summary>Tells everybody concerned by an event.</summary>
    /// <param name="watchEvent">As it came, path on the server.</param>
    public void Dispatch(in WatcherEvent watchEvent)
    {
        WatchEventType type = watchEvent.Type;
        string path = watchEvent.Path;
        if (type is WatchEventType.NodeCreated or WatchEventType.NodeDataChanged or WatchEventType.NodeDeleted)
            Fire(_data, path, type, path);
        if (type is WatchEventType.NodeChildrenChanged or WatchEventType.NodeDeleted)
            Fire(_children, path, type, path);
        if (type == WatchEventType.NodeChildrenChanged || path.Length <= 1)
        {
            if (path.Length <= 1 && type != WatchEventType.NodeChildrenChanged)
                Fire(_recursive, path, type, path);
            return;
        }

        // Children of a path with a recursive watch: their creation and deletion are the only news of its list.
        string parent = ZnodePath.ParentOf(path);
        if (type != WatchEventType.NodeDataChanged && HasRecursive(parent))
            Fire(_children, parent, WatchEventType.NodeChildrenChanged, parent);
        for (string at = path; ; at = ZnodePath.ParentOf(at))
        {
            Fire(_recursive, at, type, path);
            if (at.Length <= 1)
                return;
        }
    }

    /// <summary>The connection is lost, and with it every watch on the server.</summary>
    public void Suspended()
    {
        foreach (IWatchListener listener in AllListeners())
            listener.OnSuspended();
    }

    /// <summary>A connection stands again, and <see cref="Batches"/> was sent over it.</summary>
    public void Reconnected()
    {
        foreach (IWatchListener listener in AllListeners())
            listener.OnReconnected();
    }

    /// <summary>What to establish again.</summary>
    /// <param name="relativeZxid">The last zxid seen.</param>
    /// <returns>Requests in order, each of a bounded size.</returns>
    public IReadOnlyList<SetWatches2> Batches(long relativeZxid)
    {
        var builder = new WatchBatches(relativeZxid);
        foreach ((string path, Entry entry) in _data)
        {
            if (entry.Arming != Arming.None)
                builder.Add(entry.Arming == Arming.Absent ? WatchList.Exist : WatchList.Data, path);
        }

        foreach ((string path, Entry entry) in _children)
        {
            if (entry.Arming != Arming.None)
                builder.Add(WatchList.Child, path);
        }

        foreach ((string path, Entry entry) in _recursive)
        {
            if (entry.Arming != Arming.None)
                builder.Add(WatchList.PersistentRecursive, path);
        }

        return builder.Build();
    }

    private static void Fire(SortedDictionary<string, Entry> table, string key, WatchEventType type, string path)
    {
        if (!table.TryGetValue(key, out Entry? entry))
            return;

        if (entry.IsOneShot)
            entry.Arming = Arming.None;
        foreach (IWatchListener listener in entry.Listeners.ToArray())
            listener.OnEvent(type, path);
    }

    private bool HasRecursive(string path) => _recursive.TryGetValue(path, out Entry? entry) && entry.Arming != Arming.None;

    private void Disarm(string path)
    {
        foreach (SortedDictionary<string, Entry> table in new[] { _data, _children })
        {
            if (!table.TryGetValue(path, out Entry? entry))
                continue;

            entry.Arming = Arming.None;
            foreach (IWatchListener listener in entry.Listeners.ToArray())
                listener.OnDisarmed();
        }
    }

    private List<IWatchListener> AllListeners()
    {
        var all = new List<IWatchListener>();
        foreach (SortedDictionary<string, Entry> table in new[] { _data, _children, _recursive })
        {
            foreach (Entry entry in table.Values)
                all.AddRange(entry.Listeners);
        }

        return all;
    }

    private SortedDictionary<string, Entry> Table(WatchKind kind) => kind switch
    {
        WatchKind.Data => _data,
        WatchKind.Children => _children,
        _ => _recursive,
    };

    private enum Arming
    {
        None,
        Present,
        Absent,
    }

    private sealed class Entry
    {
        public List<IWatchListener> Listeners { get; } = [];

        public Arming Arming { get; set; }

        public bool IsOneShot { get; init; }
    }
}
