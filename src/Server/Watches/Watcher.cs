using Coordination.Protocol;

namespace Coordination.Server.Watches;

/// <summary>Somebody who watches: one connection. Its watches go with it.</summary>
internal abstract class Watcher
{
    /// <summary>The step that this watcher was notified in last: one event per step, however many watches match.</summary>
    internal long LastStep { get; set; }

    /// <summary>What it holds in both tables, one for each path and table, and more for long paths.</summary>
    internal long WatchCost => (long)DataWatches.Count + DataWatches.Surplus + ChildWatches.Count + ChildWatches.Surplus;

    /// <summary>What its watches call it; 0 while it has none.</summary>
    internal int Number { get; set; }

    /// <summary>What it holds in the table of data watches.</summary>
    internal WatcherHoldings DataWatches;

    /// <summary>What it holds in the table of child watches.</summary>
    internal WatcherHoldings ChildWatches;

    /// <summary>Sends one event.</summary>
    /// <param name="type">What happened.</param>
    /// <param name="path">The znode.</param>
    /// <param name="zxid">The transaction; -1 for events of re-established watches.</param>
    public abstract void Notify(WatchEventType type, string path, long zxid);

    /// <summary>Whether this connection may read a znode with the given access list.</summary>
    public abstract bool MayRead(Acl[] acl);
}

/// <summary>The watches of one watcher in one table.</summary>
internal struct WatcherHoldings
{
    /// <summary>Number of paths.</summary>
    public int Count;

    /// <summary>The newest entry; 0 for none.</summary>
    internal int First;

    /// <summary>What long paths cost beyond their number.</summary>
    internal long Surplus;
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
