using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>Turns codes into exceptions.</summary>
internal static class Refusal
{
    /// <summary>The exception for a code.</summary>
    /// <param name="error">What the server answered.</param>
    /// <param name="operation">What was tried.</param>
    /// <param name="path">Where.</param>
    /// <returns>To be thrown.</returns>
    public static CoordinationException Of(ErrorCode error, string operation, ZnodePath path) => error switch
    {
        ErrorCode.NoNode => new ZnodeNotFoundException(path),
        ErrorCode.NodeExists => new ZnodeExistsException(path),
        ErrorCode.BadVersion => new VersionMismatchException(path),
        ErrorCode.NotEmpty => new ZnodeNotEmptyException(path),
        ErrorCode.NoAuth => new AccessDeniedException(path),
        ErrorCode.SessionExpired => new SessionLostException($"The session ended before {operation} of {path} was carried out.", path),
        _ => new CoordinationException(error, $"The server refused {operation} of {path}: {error} ({(int)error}).", path),
    };

    /// <summary>Whether the failure is one of the connection or session, after which the same may be tried again.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <returns>Whether to try again.</returns>
    public static bool IsTransient(Exception failure) =>
        failure is ConnectionUnavailableException or OutcomeUnknownException or SessionLostException
            or CoordinationException { Code: ErrorCode.SessionMoved or ErrorCode.OperationTimeout or ErrorCode.ThrottledOp };
}
