namespace Coordination.Server.Hosting;

/// <summary>Hears of every sync of the log: counts it, says so when one was slow, and has the room on the disk looked at.</summary>
internal sealed class SyncObserver(ServerLog log, ServerMetrics metrics, TimeSpan warnAbove, ReserveWatch reserve)
{
    /// <summary>A sync has ended.</summary>
    /// <param name="duration">Append and sync together.</param>
    /// <param name="entries">Transactions it made durable.</param>
    /// <param name="bytes">Their length.</param>
    /// <param name="waiting">Bytes that were submitted meanwhile.</param>
    public void Synced(TimeSpan duration, int entries, long bytes, long waiting)
    {
        metrics.Synced(duration, entries);
        reserve.Wrote(bytes);
        if (duration >= warnAbove)
            log.SlowSync(duration, entries, bytes, waiting);
    }
}
