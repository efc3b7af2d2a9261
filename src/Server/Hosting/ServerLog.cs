using System.Net;
using Coordination.Server.Network;
using Coordination.Server.Replication;
using Microsoft.Extensions.Logging;

namespace Coordination.Server.Hosting;

/// <summary>
/// Every message of the server, numbered. 1xx life of the server, 2xx connections, 3xx sessions, 4xx disk, 5xx configuration, 6xx the tree. What a
/// stranger can provoke goes through <see cref="LogThrottle"/>: it is said, but not as often as he likes.
/// </summary>
internal sealed partial class ServerLog(ILogger logger, MonotonicClock clock)
{
    /// <summary>A few expiries are worth a line each; a crowd's are worth one together.</summary>
    private const int ExpiriesPerInterval = 10;

    /// <summary>A disk that stays slow is told of in a few lines, and then by a count.</summary>
    private const int SlowSyncsPerInterval = 3;

    /// <summary>The core says each of them rarely; these are different parents and quotas.</summary>
    private const int TreeWarningsPerInterval = 10;

    private readonly LogThrottle _strangers = new(
        clock.Provider, (kind, leftOut) => LogLeftOut(logger, kind, leftOut, LogThrottle.Interval));

    /// <summary>To be called at the start, while everything can be had.</summary>
    public void Prepare() => _strangers.Prepare();

    [LoggerMessage(100, LogLevel.Information, "Serving {Endpoint}, data in '{DataDirectory}', last transaction {Zxid}")]
    private static partial void LogStarted(ILogger logger, IPEndPoint endpoint, string dataDirectory, string zxid);

    [LoggerMessage(101, LogLevel.Information, "Stopped within {Milliseconds} ms")]
    private static partial void LogStopped(ILogger logger, long milliseconds);

    [LoggerMessage(103, LogLevel.Information, "Stopped before anything was served")]
    private static partial void LogStoppedEarly(ILogger logger);

    [LoggerMessage(102, LogLevel.Critical, "The replica stopped: nothing is acknowledged any more and all connections are closed")]
    private static partial void LogFaulted(ILogger logger, Exception exception);

    [LoggerMessage(200, LogLevel.Warning, "{Remote}: closed, a frame of {Length} bytes is not within 0 and {Limit} (jute.maxbuffer)")]
    private static partial void LogFrameRefused(ILogger logger, IPEndPoint remote, int length, int limit);

    [LoggerMessage(201, LogLevel.Information, "{Remote}: closed, no session after {Timeout}")]
    private static partial void LogSessionless(ILogger logger, IPEndPoint remote, TimeSpan timeout);

    [LoggerMessage(202, LogLevel.Warning, "{Remote}: closed, {Backlog} bytes were not read (limit {Limit})")]
    private static partial void LogSlowReader(ILogger logger, IPEndPoint remote, int backlog, int limit);

    [LoggerMessage(203, LogLevel.Warning, "{Remote}: turned away, limit reached: {Limit}")]
    private static partial void LogConnectionRefused(ILogger logger, IPEndPoint remote, ConnectionLimit limit);

    [LoggerMessage(204, LogLevel.Error, "No descriptor is left for another connection; accepting pauses until one is free")]
    private static partial void LogOutOfDescriptors(ILogger logger);

    [LoggerMessage(210, LogLevel.Warning, "{Kind} on connection or session 0x{Id:x}: {Detail}")]
    private static partial void LogStrange(ILogger logger, TraceKind kind, long id, string detail);

    [LoggerMessage(220, LogLevel.Warning, "{Kind}: {Count} more within {Interval}")]
    private static partial void LogLeftOut(ILogger logger, string kind, long count, TimeSpan interval);

    [LoggerMessage(300, LogLevel.Debug, "{Kind} 0x{Id:x} {Detail}")]
    private static partial void LogTrace(ILogger logger, TraceKind kind, long id, string detail);

    [LoggerMessage(301, LogLevel.Information, "Session 0x{Id:x} expired {Detail}")]
    private static partial void LogExpired(ILogger logger, long id, string detail);

    [LoggerMessage(
        400, LogLevel.Warning, "A sync of the log took {Duration} for {Entries} transactions of {Bytes} bytes; {Waiting} bytes wait behind it")]
    private static partial void LogSlowSync(ILogger logger, TimeSpan duration, int entries, long bytes, long waiting);

    [LoggerMessage(401, LogLevel.Information, "Snapshot of {Zxid} written: {Bytes} bytes in {Duration}")]
    private static partial void LogSnapshot(ILogger logger, string zxid, long bytes, TimeSpan duration);

    [LoggerMessage(402, LogLevel.Warning, "forceSync=no: acknowledged writes can be lost when the machine fails")]
    private static partial void LogNoSync(ILogger logger);

    [LoggerMessage(403, LogLevel.Information, "Recovery: {Text}")]
    private static partial void LogRecovery(ILogger logger, string text);

    [LoggerMessage(404, LogLevel.Warning, "Old files could not be deleted: {Reason}")]
    private static partial void LogNotPurged(ILogger logger, string reason);

    [LoggerMessage(
        405, LogLevel.Error, "The disk has {Free} bytes left, less than its reserve of {Mark}: writes are refused (-119) until there is more room")]
    private static partial void LogReserveReached(ILogger logger, long free, long mark);

    [LoggerMessage(406, LogLevel.Warning, "The disk has {Free} bytes left, more than its reserve of {Mark}: writes are taken again")]
    private static partial void LogReserveLeft(ILogger logger, long free, long mark);

    [LoggerMessage(407, LogLevel.Warning, "How much room the disk has is not known: {Reason}")]
    private static partial void LogSpaceUnknown(ILogger logger, string reason);

    [LoggerMessage(408, LogLevel.Warning, "No snapshot is written: its {Bytes} bytes would not leave the disk its reserve")]
    private static partial void LogNoRoomForSnapshot(ILogger logger, long bytes);

    [LoggerMessage(600, LogLevel.Warning, "{Kind}: {Detail}")]
    private static partial void LogTreeWarning(ILogger logger, TraceKind kind, string detail);

    [LoggerMessage(500, LogLevel.Warning, "{Text}")]
    private static partial void LogConfiguration(ILogger logger, string text);

    public void Started(IPEndPoint endpoint, string dataDirectory, string zxid) => LogStarted(logger, endpoint, dataDirectory, zxid);

    /// <param name="took">From the request to stop until everything was answered, saved and closed.</param>
    public void Stopped(TimeSpan took)
    {
        _strangers.Flush();
        LogStopped(logger, (long)took.TotalMilliseconds);
    }

    public void StoppedEarly() => LogStoppedEarly(logger);

    public void Faulted(Exception exception) => LogFaulted(logger, exception);

    public void FrameRefused(IPEndPoint remote, int length, int limit)
    {
        if (_strangers.MaySay(nameof(FrameRefused)))
            LogFrameRefused(logger, remote, length, limit);
    }

    public void Sessionless(IPEndPoint remote, TimeSpan timeout)
    {
        if (_strangers.MaySay(nameof(Sessionless)))
            LogSessionless(logger, remote, timeout);
    }

    public void SlowReader(IPEndPoint remote, int backlog, int limit)
    {
        if (_strangers.MaySay(nameof(SlowReader)))
            LogSlowReader(logger, remote, backlog, limit);
    }

    public void ConnectionRefused(IPEndPoint remote, ConnectionLimit limit)
    {
        if (_strangers.MaySay(nameof(ConnectionRefused)))
            LogConnectionRefused(logger, remote, limit);
    }

    public void SlowSync(TimeSpan duration, int entries, long bytes, long waiting)
    {
        if (_strangers.MaySay(nameof(SlowSync), SlowSyncsPerInterval))
            LogSlowSync(logger, duration, entries, bytes, waiting);
    }

    public void DiskReserve(bool isReached, long free, long mark)
    {
        if (isReached)
            LogReserveReached(logger, free, mark);
        else
            LogReserveLeft(logger, free, mark);
    }

    public void DiskSpaceUnknown(string reason)
    {
        if (_strangers.MaySay(nameof(DiskSpaceUnknown)))
            LogSpaceUnknown(logger, reason);
    }

    public void NoRoomForSnapshot(long bytes) => LogNoRoomForSnapshot(logger, bytes);

    public void OutOfDescriptors()
    {
        if (_strangers.MaySay(nameof(OutOfDescriptors)))
            LogOutOfDescriptors(logger);
    }

    public void SnapshotWritten(string zxid, long bytes, TimeSpan duration) => LogSnapshot(logger, zxid, bytes, duration);

    public void NotPurged(string reason) => LogNotPurged(logger, reason);

    public void NoSync() => LogNoSync(logger);

    public void Recovered(string text) => LogRecovery(logger, text);

    public void Configuration(string text) => LogConfiguration(logger, text);

    /// <summary>What is traced.</summary>
    public TraceMask Mask { get; } = new();

    /// <summary>Says what the replica reported in a turn.</summary>
    public void Trace(List<TraceEvent> events)
    {
        foreach (TraceEvent fact in events)
        {
            switch (fact.Kind)
            {
                case TraceKind.SessionExpired:
                    if (_strangers.MaySay(nameof(TraceKind.SessionExpired), ExpiriesPerInterval))
                        LogExpired(logger, fact.Id, fact.Detail);
                    break;
                case TraceKind.QuotaExceeded or TraceKind.SequenceNearlyExhausted or TraceKind.SequenceExhausted:
                    if (_strangers.MaySay($"{fact.Kind}", TreeWarningsPerInterval))
                        LogTreeWarning(logger, fact.Kind, fact.Detail);
                    break;
                case TraceKind.ProtocolViolation or TraceKind.AuthenticationFailed:
                    if (_strangers.MaySay($"{fact.Kind}"))
                        LogStrange(logger, fact.Kind, fact.Id, fact.Detail);
                    break;
                case TraceKind.SessionOpened or TraceKind.SessionReattached or TraceKind.SessionClosed or TraceKind.SessionRefused:
                    if (Mask.Has(TraceMask.Session))
                        LogTrace(logger, fact.Kind, fact.Id, fact.Detail);
                    break;
                default:
                    if (Mask.Has(TraceMask.Warning))
                        LogTrace(logger, fact.Kind, fact.Id, fact.Detail);
                    break;
            }
        }
    }
}
