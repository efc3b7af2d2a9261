using System.Net;
using Microsoft.Extensions.Logging;

namespace Coordination.Server.Hosting;

/// <content>Limits that turn away.</content>
internal sealed partial class ServerLog
{
    [LoggerMessage(207, LogLevel.Warning, "{Remote}: turned away, too many sessions are opened (connectionMaxTokens)")]
    private static partial void LogSessionThrottled(ILogger logger, IPEndPoint remote);

    [LoggerMessage(208, LogLevel.Warning, "{Remote}: closed, with a request of {Length} bytes large ones would take more than {Limit} (largeRequestMaxBytes)")]
    private static partial void LogLargeRequestRejected(ILogger logger, IPEndPoint remote, int length, long limit);

    [LoggerMessage(209, LogLevel.Error, "A connection could not be accepted: {Reason}")]
    private static partial void LogAcceptFailed(ILogger logger, string reason);

    [LoggerMessage(
        211, LogLevel.Warning, "{Remote}: closed, {Unread} bytes were not read, and only {Taken} within {Time} (coordination.maxUnreadTime)")]
    private static partial void LogUnreadTooLong(ILogger logger, IPEndPoint remote, long unread, long taken, TimeSpan time);

    [LoggerMessage(
        212, LogLevel.Warning, "{Remote}: closed, it leaves {Unread} bytes unread where all leave more than {Limit} (coordination.maxTotalUnreadBytes)")]
    private static partial void LogUnreadAltogether(ILogger logger, IPEndPoint remote, long unread, long limit);

    public void UnreadTooLong(IPEndPoint remote, long unread, long taken, TimeSpan time)
    {
        if (_strangers.MaySay(nameof(UnreadTooLong)))
            LogUnreadTooLong(logger, remote, unread, taken, time);
    }

    public void UnreadAltogether(IPEndPoint remote, long unread, long limit)
    {
        if (_strangers.MaySay(nameof(UnreadAltogether)))
            LogUnreadAltogether(logger, remote, unread, limit);
    }

    public void AcceptFailed(string reason)
    {
        if (_strangers.MaySay(nameof(AcceptFailed)))
            LogAcceptFailed(logger, reason);
    }

    public void SessionThrottled(IPEndPoint remote)
    {
        if (_strangers.MaySay(nameof(SessionThrottled)))
            LogSessionThrottled(logger, remote);
    }

    public void LargeRequestRejected(IPEndPoint remote, int length, long limit)
    {
        if (_strangers.MaySay(nameof(LargeRequestRejected)))
            LogLargeRequestRejected(logger, remote, length, limit);
    }
}
