using System.Diagnostics.Metrics;

namespace Coordination.Server.Hosting;

/// <summary>The instruments of the meter <c>Coordination.Server</c>.</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Coordination.Server";

    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _sessionlessExpired;
    private readonly Counter<long> _connectionsRefused;
    private readonly Histogram<double> _syncDuration;
    private readonly Histogram<int> _syncBatch;
    private readonly Counter<long> _handshakesFailed;
    private long _refused;
    private long _syncs;
    private long _syncTicks;

    /// <param name="meters">The host's factory; null creates a meter of its own.</param>
    public ServerMetrics(IMeterFactory? meters)
    {
        _meter = meters?.Create(MeterName) ?? new Meter(MeterName);
        _requests = _meter.CreateCounter<long>("coordination.server.requests", "{request}", "Requests taken from clients.");
        _connections = _meter.CreateUpDownCounter<long>("coordination.server.connections", "{connection}", "Open client connections.");
        _sessionlessExpired = _meter.CreateCounter<long>(
            "coordination.server.connections.sessionless_expired", "{connection}", "Connections cut because they opened no session.");
        _connectionsRefused = _meter.CreateCounter<long>(
            "coordination.server.connections.refused", "{connection}", "Connections turned away because of a limit.");
        _handshakesFailed = _meter.CreateCounter<long>(
            "coordination.server.tls.handshakes.failed", "{handshake}", "TLS handshakes that failed or took too long.");
        _syncDuration = _meter.CreateHistogram<double>("coordination.server.log.sync.duration", "s", "Append and sync of one batch.");
        _syncBatch = _meter.CreateHistogram<int>("coordination.server.log.sync.batch", "{transaction}", "Transactions per sync.");
    }

    /// <summary>Connections turned away.</summary>
    public long RefusedCount => Volatile.Read(ref _refused);

    /// <summary>Connections cut because they opened no session.</summary>
    public long SessionlessCount { get; private set; }

    /// <summary>Syncs of the log.</summary>
    public long SyncCount => Volatile.Read(ref _syncs);

    /// <summary>Time spent in them.</summary>
    public TimeSpan SyncTime => TimeSpan.FromTicks(Volatile.Read(ref _syncTicks));

    /// <summary>Publishes a number that is asked for when somebody looks.</summary>
    public void Observe(string name, string unit, string description, Func<long> value) =>
        _meter.CreateObservableGauge(name, value, unit, description);

    public void Requests(long count) => _requests.Add(count);

    public void ConnectionOpened() => _connections.Add(1);

    public void ConnectionClosed() => _connections.Add(-1);

    public void ConnectionRefused()
    {
        Interlocked.Increment(ref _refused);
        _connectionsRefused.Add(1);
    }

    public void HandshakeFailed() => _handshakesFailed.Add(1);

    public void SessionlessExpired()
    {
        SessionlessCount++;
        _sessionlessExpired.Add(1);
    }

    public void Synced(TimeSpan duration, int entries)
    {
        Interlocked.Increment(ref _syncs);
        Interlocked.Add(ref _syncTicks, duration.Ticks);
        _syncDuration.Record(duration.TotalSeconds);
        _syncBatch.Record(entries);
    }

    public void Dispose() => _meter.Dispose();
}
