namespace Coordination.Protocol;

/// <summary>What happened to a watched znode (Apache ZooKeeper <c>Watcher.Event.EventType</c>).</summary>
public enum WatchEventType
{
    /// <summary>A change of the session, made by clients.</summary>
    None = -1,

    /// <summary>The znode was created.</summary>
    NodeCreated = 1,

    /// <summary>The znode was deleted.</summary>
    NodeDeleted = 2,

    /// <summary>The data was set.</summary>
    NodeDataChanged = 3,

    /// <summary>A child was created or deleted.</summary>
    NodeChildrenChanged = 4,

    /// <summary>A data watch was removed; made by clients.</summary>
    DataWatchRemoved = 5,

    /// <summary>A child watch was removed; made by clients.</summary>
    ChildWatchRemoved = 6,

    /// <summary>A persistent watch was removed; made by clients.</summary>
    PersistentWatchRemoved = 7,
}

/// <summary>The connection state inside a watch event. Servers send <see cref="SyncConnected"/> only; the others are made by clients.</summary>
public enum EventState
{
    /// <summary>The session has expired.</summary>
    Expired = -112,

    /// <summary>No connection.</summary>
    Disconnected = 0,

    /// <summary>Connected to a serving server.</summary>
    SyncConnected = 3,

    /// <summary>Authentication failed.</summary>
    AuthFailed = 4,

    /// <summary>Connected to a read-only server.</summary>
    ConnectedReadOnly = 5,

    /// <summary>SASL is complete.</summary>
    SaslAuthenticated = 6,

    /// <summary>The client was closed.</summary>
    Closed = 7,
}

/// <summary>The mode of <see cref="OpCode.AddWatch"/>.</summary>
public enum AddWatchMode
{
    /// <summary>The znode and its direct children list; stays after firing.</summary>
    Persistent = 0,

    /// <summary>The znode and everything below; stays after firing and never reports changed children lists.</summary>
    PersistentRecursive = 1,
}

/// <summary>Which watches <see cref="OpCode.CheckWatches"/> and <see cref="OpCode.RemoveWatches"/> mean.</summary>
public enum WatcherType
{
    /// <summary>One-shot child watches.</summary>
    Children = 1,

    /// <summary>One-shot data and exist watches.</summary>
    Data = 2,

    /// <summary>Every watch on the path.</summary>
    Any = 3,

    /// <summary>Persistent watches (servers from 3.9).</summary>
    Persistent = 4,

    /// <summary>Persistent recursive watches (servers from 3.9).</summary>
    PersistentRecursive = 5,
}
