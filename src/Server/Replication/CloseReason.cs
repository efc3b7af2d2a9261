namespace Coordination.Server.Replication;

/// <summary>Why a connection is to be closed once its output is out.</summary>
internal enum CloseReason
{
    /// <summary>It stays open.</summary>
    None,

    /// <summary>The client closed its session.</summary>
    SessionClosed,

    /// <summary>The session expired or was ended by somebody.</summary>
    SessionExpired,

    /// <summary>The same session came back over another connection.</summary>
    SessionMovedHere,

    /// <summary>The handshake was refused.</summary>
    HandshakeRefused,

    /// <summary>The client has seen a higher zxid than this server has.</summary>
    ClientAhead,

    /// <summary>Bytes that are no request.</summary>
    ProtocolViolation,

    /// <summary>An operation that no server knows.</summary>
    UnknownOperation,

    /// <summary>Credentials were refused.</summary>
    AuthenticationFailed,

    /// <summary>The client does not read its replies.</summary>
    SlowReader,

    /// <summary>The server stops.</summary>
    Stopping,

    /// <summary>The server is not part of an ensemble with a leader, and has not been for too long.</summary>
    NotServing,

    /// <summary>Requests were on their way when the leader was lost: only the ensemble knows what became of them.</summary>
    OutcomeUnknown,

    /// <summary>The session goes on at another server.</summary>
    SessionMovedAway,

    /// <summary>The tree was replaced, and what happened in between cannot be told by events: the client comes back and asks.</summary>
    StateReplaced,

    /// <summary>Its own requests made more replies than one connection may have at a time.</summary>
    RepliesPiledUp,
}
