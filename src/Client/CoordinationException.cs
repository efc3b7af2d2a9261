using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>Something the server refused or the client could not do. One derived type per condition a caller can act on.</summary>
/// <param name="code">The protocol's code.</param>
/// <param name="message">A sentence that says what was tried.</param>
/// <param name="path">The path concerned, if there is one.</param>
/// <param name="innerException">The cause, if there is one.</param>
public class CoordinationException(ErrorCode code, string message, ZnodePath? path = null, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The protocol's code; client-made codes for conditions no server reported.</summary>
    public ErrorCode Code { get; } = code;

    /// <summary>The path concerned, as the application wrote it (without the chroot).</summary>
    public ZnodePath? Path { get; } = path;
}

/// <summary>The znode, or the parent of the znode to create, is absent.</summary>
/// <param name="path">The path.</param>
public sealed class ZnodeNotFoundException(ZnodePath path)
    : CoordinationException(ErrorCode.NoNode, $"There is no znode {path}.", path);

/// <summary>The znode exists already.</summary>
/// <param name="path">The path.</param>
public sealed class ZnodeExistsException(ZnodePath path)
    : CoordinationException(ErrorCode.NodeExists, $"The znode {path} exists already.", path);

/// <summary>The expected version is not the current one.</summary>
/// <param name="path">The path.</param>
public sealed class VersionMismatchException(ZnodePath path)
    : CoordinationException(ErrorCode.BadVersion, $"The znode {path} has another version than expected.", path);

/// <summary>The znode has children.</summary>
/// <param name="path">The path.</param>
public sealed class ZnodeNotEmptyException(ZnodePath path)
    : CoordinationException(ErrorCode.NotEmpty, $"The znode {path} has children.", path);

/// <summary>The access list forbids the operation to this client's identities.</summary>
/// <param name="path">The path.</param>
public sealed class AccessDeniedException(ZnodePath path)
    : CoordinationException(ErrorCode.NoAuth, $"The access list of {path} (or of its parent) forbids this.", path);

/// <summary>The server refused the client's credentials. Final for this client.</summary>
/// <param name="message">A sentence.</param>
public sealed class AuthenticationFailedException(string message)
    : CoordinationException(ErrorCode.AuthFailed, message);

/// <summary>No connection could be had before the operation's timeout; the request was not sent, or it was a read.</summary>
/// <param name="message">Says which servers were tried and with what result.</param>
/// <param name="path">The path concerned.</param>
/// <param name="innerException">The last failure.</param>
public sealed class ConnectionUnavailableException(string message, ZnodePath? path = null, Exception? innerException = null)
    : CoordinationException(ErrorCode.ConnectionLoss, message, path, innerException);

/// <summary>The connection broke after a write was sent and before its answer came: the write may or may not have happened.</summary>
/// <param name="message">A sentence.</param>
/// <param name="path">The path concerned.</param>
/// <param name="innerException">The failure of the connection.</param>
public sealed class OutcomeUnknownException(string message, ZnodePath? path = null, Exception? innerException = null)
    : CoordinationException(ErrorCode.ConnectionLoss, message, path, innerException);

/// <summary>The session has ended, or the client must presume so; its ephemeral znodes are gone or going.</summary>
/// <param name="message">A sentence.</param>
/// <param name="path">The path concerned.</param>
public sealed class SessionLostException(string message, ZnodePath? path = null)
    : CoordinationException(ErrorCode.SessionExpired, message, path);
