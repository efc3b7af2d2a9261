namespace Coordination.Server.Hosting;

/// <summary>Hears of every sync of the log: counts it, and says so when one was slow.</summary>
internal sealed class SyncObserver(ServerLog log, ServerMetrics metrics, TimeSpan warnAbove)
{
    /// <summary>A sync has ended.</summary>
    /// <param name="duration">Append and sync together.</param>
    /// <param name="entries">Transactions it made durable.</param>
    public void Synced(TimeSpan duration, int entries)
    {
        metrics.Synced(duration, entries);
        if (duration >= warnAbove)
            log.SlowSync(duration, entries);
    }
}
