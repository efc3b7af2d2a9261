using Coordination.Protocol;

namespace Coordination.Server.Watches;

/// <summary>
/// One-shot, persistent and recursive watches in two tables, data and child. Events go to the connections while a transaction is applied,
/// before any reply that could reveal it.
/// </summary>
internal sealed class WatchTable
{
    private readonly WatcherNumbers _watchers = new();
    private readonly PathWatches _data;
    private readonly PathWatches _child;
    private long _step;

    public WatchTable()
    {
        _data = new PathWatches(isData: true, _watchers, Figures);
        _child = new PathWatches(isData: false, _watchers, Figures);
    }

    /// <summary>How many watches there may be.</summary>
    public WatchLimits Limits { get; init; } = WatchLimits.None;

    /// <summary>How many connections the changes have reached.</summary>
    public WatchFigures Figures { get; } = new();

    /// <summary>Pairs of path and connection in both tables.</summary>
    public int Count => _data.Count + _child.Count;

    /// <summary>Pairs in the data table, which is what Apache's word <c>wchs</c> counts.</summary>
    public int DataCount => _data.Count;

    /// <summary>Paths in the data table.</summary>
    public int DataPathCount => _data.PathCount;

    /// <summary>Every slot of a path in the data table is below this; it may change from one look to the next.</summary>
    public int DataPathSlots => _data.PathSlots;

    /// <summary>Slots of what a connection watches in the data table.</summary>
    public int[] DataEntriesOf(Watcher watcher) => _data.EntriesOf(watcher);

    /// <summary>What became of one of <see cref="DataEntriesOf"/>: its path, or null if it is gone.</summary>
    public string? DataPathAt(int entry, Watcher watcher) => _data.PathAt(entry, watcher);

    /// <summary>The path in a slot of the data table, and who watches it; null if the slot is free.</summary>
    public string? DataPathAt(int slot, List<Watcher> into) => _data.PathAt(slot, into);

    /// <summary>Whether a connection may leave watches that cost so much (<see cref="WatchLimits.CostOf"/>).</summary>
    public bool HasRoom(Watcher watcher, long more) =>
        watcher.WatchCost <= Limits.PerWatcher - more && Count + _data.Surplus + _child.Surplus <= Limits.Total - more;

    /// <summary>Leaves a one-shot watch for data and existence.</summary>
    /// <returns>False, and nothing is left, if there is no room for it.</returns>
    public bool AddData(Watcher watcher, string path) => Add(_data, watcher, path, WatchModes.Standard);

    /// <summary>Leaves a one-shot watch for the list of children.</summary>
    /// <returns>False, and nothing is left, if there is no room for it.</returns>
    public bool AddChild(Watcher watcher, string path) => Add(_child, watcher, path, WatchModes.Standard);

    /// <summary>Leaves a persistent watch, which stands in both tables.</summary>
    /// <returns>False, and nothing is left, if there is no room for it.</returns>
    public bool AddPersistent(Watcher watcher, string path)
    {
        if (!HasRoom(watcher, 2 * WatchLimits.CostOf(path))
            && (_data.ModesOf(watcher, path) == WatchModes.None || _child.ModesOf(watcher, path) == WatchModes.None))
        {
            return false;
        }

        _data.Add(watcher, path, WatchModes.Persistent);
        _child.Add(watcher, path, WatchModes.Persistent);
        return true;
    }

    /// <summary>Leaves a persistent recursive watch. It lives in the data table only, so it never reports changed lists of children.</summary>
    /// <returns>False, and nothing is left, if there is no room for it.</returns>
    public bool AddRecursive(Watcher watcher, string path) => Add(_data, watcher, path, WatchModes.PersistentRecursive);

    /// <summary>Whether a connection holds watches of a type on a path.</summary>
    /// <returns>Null for a type that does not exist.</returns>
    public bool? Contains(Watcher watcher, string path, WatcherType type)
    {
        if (ModesOf(type) is not { } modes)
            return null;

        return (_data.ModesOf(watcher, path) & modes.Data) != WatchModes.None
            || (_child.ModesOf(watcher, path) & modes.Child) != WatchModes.None;
    }

    /// <summary>Removes a connection's watches of a type on a path.</summary>
    /// <returns>Whether there were any; null for a type that does not exist.</returns>
    public bool? Remove(Watcher watcher, string path, WatcherType type)
    {
        if (ModesOf(type) is not { } modes)
            return null;

        bool data = _data.Remove(watcher, path, modes.Data);
        bool child = _child.Remove(watcher, path, modes.Child);
        return data || child;
    }

    /// <summary>Forgets a connection.</summary>
    public void RemoveAll(Watcher watcher)
    {
        _data.RemoveAll(watcher);
        _child.RemoveAll(watcher);
        _watchers.Leave(watcher);
    }

    /// <summary>A znode was created.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="acl">Its access list.</param>
    /// <param name="parent">The znode above.</param>
    /// <param name="parentAcl">The access list of that.</param>
    /// <param name="zxid">The transaction.</param>
    public void Created(string path, Acl[] acl, string parent, Acl[] parentAcl, long zxid)
    {
        if (Count == 0)
            return;

        _data.Trigger(path, WatchEventType.NodeCreated, acl, zxid, ++_step);
        _child.Trigger(parent, WatchEventType.NodeChildrenChanged, parentAcl, zxid, ++_step);
    }

    /// <summary>A znode was deleted. A connection that watches data and children of it gets one event.</summary>
    /// <param name="path">The znode.</param>
    /// <param name="acl">The access list it had.</param>
    /// <param name="parent">The znode above.</param>
    /// <param name="parentAcl">The access list of that.</param>
    /// <param name="zxid">The transaction.</param>
    public void Deleted(string path, Acl[] acl, string parent, Acl[] parentAcl, long zxid)
    {
        if (Count == 0)
            return;

        _data.Trigger(path, WatchEventType.NodeDeleted, acl, zxid, ++_step);
        _child.Trigger(path, WatchEventType.NodeDeleted, acl, zxid, _step);
        _child.Trigger(parent, WatchEventType.NodeChildrenChanged, parentAcl, zxid, ++_step);
    }

    /// <summary>The data was set.</summary>
    public void DataChanged(string path, Acl[] acl, long zxid)
    {
        if (Count > 0)
            _data.Trigger(path, WatchEventType.NodeDataChanged, acl, zxid, ++_step);
    }

    private bool Add(PathWatches table, Watcher watcher, string path, WatchModes mode)
    {
        if (!HasRoom(watcher, WatchLimits.CostOf(path)) && table.ModesOf(watcher, path) == WatchModes.None)
            return false;

        table.Add(watcher, path, mode);
        return true;
    }

    private static (WatchModes Data, WatchModes Child)? ModesOf(WatcherType type)
    {
        const WatchModes All = WatchModes.Standard | WatchModes.Persistent | WatchModes.PersistentRecursive;
        return type switch
        {
            WatcherType.Children => (WatchModes.None, WatchModes.Standard),
            WatcherType.Data => (WatchModes.Standard, WatchModes.None),
            WatcherType.Any => (All, All),
            WatcherType.Persistent => (WatchModes.Persistent, WatchModes.Persistent),
            WatcherType.PersistentRecursive => (WatchModes.PersistentRecursive, WatchModes.None),
            _ => null,
        };
    }
}
