using Microsoft.Extensions.Logging;

namespace Coordination.Client;

/// <summary>Every log message of this assembly. A broken connection is one line when it begins and one when it ends.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Connected to {Server} with the new session 0x{SessionId:x}, timeout {Timeout}")]
    public static partial void SessionCreated(this ILogger logger, string server, long sessionId, TimeSpan timeout);

    [LoggerMessage(2, LogLevel.Information, "Connected to {Server} again; session 0x{SessionId:x} goes on after {Outage}")]
    public static partial void SessionResumed(this ILogger logger, string server, long sessionId, TimeSpan outage);

    [LoggerMessage(3, LogLevel.Warning, "The connection to {Server} is lost: {Reason}. Session 0x{SessionId:x} is suspended")]
    public static partial void Suspended(this ILogger logger, string server, string reason, long sessionId);

    [LoggerMessage(4, LogLevel.Warning, "Session 0x{SessionId:x} is lost: {Reason}")]
    public static partial void SessionLost(this ILogger logger, long sessionId, string reason);

    [LoggerMessage(5, LogLevel.Warning, "No server can be reached. {Failures} Trying on")]
    public static partial void Unreachable(this ILogger logger, string failures);

    [LoggerMessage(6, LogLevel.Error, "Every server is behind zxid 0x{Zxid:x}, which this client has seen; starting from zero. The history may have been replaced")]
    public static partial void HistoryReset(this ILogger logger, long zxid);

    [LoggerMessage(7, LogLevel.Error, "The server refused the credentials of this client; the client is closed")]
    public static partial void AuthenticationFailed(this ILogger logger);

    [LoggerMessage(8, LogLevel.Critical, "The client's thread failed; the client is closed")]
    public static partial void LoopFailed(this ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Error, "A subscriber threw and is unsubscribed")]
    public static partial void SubscriberFailed(this ILogger logger, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "The guaranteed delete of {Path} is refused and given up: {Reason}")]
    public static partial void DeleteGivenUp(this ILogger logger, string path, string reason);

    [LoggerMessage(11, LogLevel.Information, "The server does not know recursive watches; {Path} is followed znode by znode")]
    public static partial void RecursiveWatchMissing(this ILogger logger, string path);

    [LoggerMessage(12, LogLevel.Error, "The embedded server did not start; this client has no server")]
    public static partial void EndpointFailed(this ILogger logger, Exception exception);
}
