namespace Coordination.Protocol;

/// <summary>Operation codes of the client protocol (Apache ZooKeeper <c>ZooDefs.OpCode</c>). Also the types of transactions on disk.</summary>
public enum OpCode
{
    /// <summary>Server to client only: a watch event. Never sent as a request.</summary>
    Notification = 0,

    /// <summary>Creates a znode; the reply holds its path.</summary>
    Create = 1,

    /// <summary>Deletes a znode without children.</summary>
    Delete = 2,

    /// <summary>Reads the stat of a znode and may leave a watch even if the znode is absent.</summary>
    Exists = 3,

    /// <summary>Reads data and stat.</summary>
    GetData = 4,

    /// <summary>Replaces the data.</summary>
    SetData = 5,

    /// <summary>Reads the access list.</summary>
    GetAcl = 6,

    /// <summary>Replaces the access list.</summary>
    SetAcl = 7,

    /// <summary>Lists the names of the children.</summary>
    GetChildren = 8,

    /// <summary>Waits until this server has applied what the leader had committed.</summary>
    Sync = 9,

    /// <summary>Keeps the session alive.</summary>
    Ping = 11,

    /// <summary>Lists the names of the children and reads the stat.</summary>
    GetChildren2 = 12,

    /// <summary>Demands a version; only inside <see cref="Multi"/>.</summary>
    Check = 13,

    /// <summary>Several writes, all or nothing.</summary>
    Multi = 14,

    /// <summary>Creates a znode; the reply holds path and stat.</summary>
    Create2 = 15,

    /// <summary>Changes the ensemble's membership.</summary>
    Reconfig = 16,

    /// <summary>Asks whether the connection holds a watch.</summary>
    CheckWatches = 17,

    /// <summary>Removes watches of the connection.</summary>
    RemoveWatches = 18,

    /// <summary>Creates a container, which the server deletes after its last child has gone.</summary>
    CreateContainer = 19,

    /// <summary>Deletes an empty container or expired znode. Internal to servers; a client gets <see cref="ErrorCode.Unimplemented"/>.</summary>
    DeleteContainer = 20,

    /// <summary>Creates a znode with a time to live.</summary>
    CreateTtl = 21,

    /// <summary>Several reads in one request, each with its own result.</summary>
    MultiRead = 22,

    /// <summary>Adds credentials to the connection.</summary>
    Auth = 100,

    /// <summary>Re-establishes one-shot watches after a reconnect.</summary>
    SetWatches = 101,

    /// <summary>One step of a SASL negotiation.</summary>
    Sasl = 102,

    /// <summary>Lists the ephemeral znodes of the calling session.</summary>
    GetEphemerals = 103,

    /// <summary>Counts all descendants of a znode.</summary>
    GetAllChildrenNumber = 104,

    /// <summary>Re-establishes watches of all modes after a reconnect.</summary>
    SetWatches2 = 105,

    /// <summary>Adds a persistent or persistent recursive watch.</summary>
    AddWatch = 106,

    /// <summary>Lists the identities of the connection.</summary>
    WhoAmI = 107,

    /// <summary>Transaction only: a session begins.</summary>
    CreateSession = -10,

    /// <summary>Ends the session of the calling connection.</summary>
    CloseSession = -11,

    /// <summary>Transaction and multi-result type: a failed write.</summary>
    Error = -1,
}
