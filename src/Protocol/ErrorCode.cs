namespace Coordination.Protocol;

/// <summary>Error codes of the client protocol (Apache ZooKeeper <c>KeeperException.Code</c>). Servers send no others: Java and kazoo clients die of unknown ones.</summary>
public enum ErrorCode
{
    /// <summary>Success.</summary>
    Ok = 0,

    /// <summary>Marks the range of system errors; never sent.</summary>
    SystemError = -1,

    /// <summary>In multi results: the operation after the failed one was not evaluated.</summary>
    RuntimeInconsistency = -2,

    /// <summary>Data inconsistency; never sent.</summary>
    DataInconsistency = -3,

    /// <summary>The connection broke; made by clients.</summary>
    ConnectionLoss = -4,

    /// <summary>The request could not be decoded.</summary>
    MarshallingError = -5,

    /// <summary>The operation is unknown, internal or not built.</summary>
    Unimplemented = -6,

    /// <summary>No answer in time; made by clients.</summary>
    OperationTimeout = -7,

    /// <summary>Invalid path, flags, time to live or membership text.</summary>
    BadArguments = -8,

    /// <summary>No quorum of the new configuration is connected.</summary>
    NewConfigNoQuorum = -13,

    /// <summary>Another reconfiguration is in progress.</summary>
    ReconfigInProgress = -14,

    /// <summary>The session is unknown to the server; internal.</summary>
    UnknownSession = -12,

    /// <summary>Marks the range of API errors; never sent.</summary>
    ApiError = -100,

    /// <summary>The znode, or the parent of a znode to create, is absent.</summary>
    NoNode = -101,

    /// <summary>The access list forbids it.</summary>
    NoAuth = -102,

    /// <summary>The expected version is not the current one.</summary>
    BadVersion = -103,

    /// <summary>Ephemeral znodes have no children.</summary>
    NoChildrenForEphemerals = -108,

    /// <summary>The znode exists already.</summary>
    NodeExists = -110,

    /// <summary>The znode has children.</summary>
    NotEmpty = -111,

    /// <summary>The session has ended or is ending.</summary>
    SessionExpired = -112,

    /// <summary>Invalid callback; made by clients.</summary>
    InvalidCallback = -113,

    /// <summary>The access list is empty, unknown to the server or malformed.</summary>
    InvalidAcl = -114,

    /// <summary>Authentication failed; the connection is closed.</summary>
    AuthFailed = -115,

    /// <summary>The session moved to another server. Never on the wire: the server closes the connection instead.</summary>
    SessionMoved = -118,

    /// <summary>A write on a read-only server, or below the server's disk reserve.</summary>
    NotReadOnly = -119,

    /// <summary>An ephemeral znode was asked for in a local session.</summary>
    EphemeralOnLocalSession = -120,

    /// <summary>No such watch.</summary>
    NoWatcher = -121,

    /// <summary>The client's own request timeout.</summary>
    RequestTimeout = -122,

    /// <summary>Reconfiguration is switched off.</summary>
    ReconfigDisabled = -123,

    /// <summary>The server demands authentication first; the connection is closed.</summary>
    SessionClosedRequireAuth = -124,

    /// <summary>A hard quota is exceeded.</summary>
    QuotaExceeded = -125,

    /// <summary>The request waited too long in the server's throttle.</summary>
    ThrottledOp = -127,
}
