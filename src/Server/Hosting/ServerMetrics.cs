using System.Diagnostics.Metrics;
using Coordination.Server.Figures;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting;

/// <summary>
/// The instruments of the meter <c>Coordination.Server</c>, and the same figures for the word <c>mntr</c>, which counts from the last reset
/// on. What the replica counts itself is read from it.
/// </summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Coordination.Server";

    private readonly Lock _gate = new();
    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _packetsSent;
    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _connectionsDropped;
    private readonly Counter<long> _sessionlessExpired;
    private readonly Counter<long> _connectionsRefused;
    private readonly Counter<long> _slowReaders;
    private readonly Histogram<double> _syncDuration;
    private readonly Histogram<int> _syncBatch;
    private readonly Counter<long> _handshakesFailed;
    private readonly Histogram<double> _snapshotDuration;
    private readonly Distribution _syncTimes = new();
    private Summary _batches;
    private Summary _snapshots;
    private long _refused;

    /// <param name="meters">The host's factory; null creates a meter of its own.</param>
    public ServerMetrics(IMeterFactory? meters)
    {
        _meter = meters?.Create(MeterName) ?? new Meter(MeterName);
        _requests = _meter.CreateCounter<long>("coordination.server.requests", "{request}", "Frames taken from clients, handshakes and pings among them.");
        _packetsSent = _meter.CreateCounter<long>("coordination.server.packets.sent", "{packet}", "Replies and events.");
        _connections = _meter.CreateUpDownCounter<long>("coordination.server.connections", "{connection}", "Open client connections.");
        _connectionsDropped = _meter.CreateCounter<long>(
            "coordination.server.connections.dropped", "{connection}", "Connections that their clients ended without closing the session.");
        _sessionlessExpired = _meter.CreateCounter<long>(
            "coordination.server.connections.sessionless_expired", "{connection}", "Connections cut because they opened no session.");
        _connectionsRefused = _meter.CreateCounter<long>(
            "coordination.server.connections.refused", "{connection}", "Connections turned away because of a limit.");
        _slowReaders = _meter.CreateCounter<long>(
            "coordination.server.connections.slow_readers", "{connection}", "Connections cut because they did not read.");
        _handshakesFailed = _meter.CreateCounter<long>(
            "coordination.server.tls.handshakes.failed", "{handshake}", "TLS handshakes that failed or took too long.");
        _syncDuration = _meter.CreateHistogram<double>("coordination.server.log.sync.duration", "s", "Append and sync of one batch.");
        _syncBatch = _meter.CreateHistogram<int>("coordination.server.log.sync.batch", "{transaction}", "Transactions per sync.");
        _snapshotDuration = _meter.CreateHistogram<double>("coordination.server.snapshot.duration", "s", "Writing of one snapshot.");
    }

    /// <summary>Connections turned away.</summary>
    public long RefusedCount => Volatile.Read(ref _refused);

    /// <summary>Connections cut because they opened no session.</summary>
    public long SessionlessCount { get; private set; }

    /// <summary>Connections that their clients ended without closing the session.</summary>
    public long DroppedCount { get; private set; }

    /// <summary>Connections cut because too many large requests were under way.</summary>
    public long LargeRejectedCount { get; private set; }

    /// <summary>Bytes that clients have not read, as of the last turn.</summary>
    public long UnreadBytes { get; set; }

    /// <summary>How the start went.</summary>
    public RecoveryFigures Recovery { get; set; }

    /// <summary>Publishes what the replica counts; looked at from other threads while it runs, so each number is a field of its own.</summary>
    public void Observe(Replica replica, Func<long> uptimeMilliseconds)
    {
        ReplicaStatistics now = replica.Statistics;
        Gauge("coordination.server.znodes", "{znode}", "Znodes, those below /zookeeper among them.", () => replica.State.Tree.Count);
        Gauge("coordination.server.ephemerals", "{znode}", "Ephemeral znodes.", () => now.EphemeralCount);
        Gauge("coordination.server.data.size", "By", "Data of all znodes and characters of their paths.", () => now.ApproximateDataSize);
        Gauge("coordination.server.watches", "{watch}", "Watches on data and on children.", () => now.WatchCount);
        Gauge("coordination.server.sessions", "{session}", "Sessions.", () => now.SessionCount);
        Gauge("coordination.server.requests.outstanding", "{request}", "Requests received and not answered yet.", () => now.Outstanding);
        Gauge("coordination.server.unread", "By", "Replies and events that clients have not read.", () => UnreadBytes);
        _meter.CreateObservableCounter(
            "coordination.server.writes.refused", () => now.WritesRefused, "{request}", "Writes refused because the disk had reached its reserve.");
        Gauge("coordination.server.uptime", "ms", "Time since the start.", uptimeMilliseconds);
        Latencies("coordination.server.read.latency", "Reads: from the frame to its reply, since the start or the last reset.", now.ReadLatency);
        Latencies("coordination.server.update.latency", "Transactions: from the frame to its reply, since the start or the last reset.", now.UpdateLatency);
    }

    /// <summary>A turn has taken and sent frames.</summary>
    public void Traffic(long received, long sent)
    {
        if (received > 0)
            _requests.Add(received);
        if (sent > 0)
            _packetsSent.Add(sent);
    }

    public void ConnectionOpened() => _connections.Add(1);

    public void ConnectionClosed() => _connections.Add(-1);

    public void ConnectionRefused()
    {
        Interlocked.Increment(ref _refused);
        _connectionsRefused.Add(1);
    }

    public void HandshakeFailed() => _handshakesFailed.Add(1);

    public void ConnectionDropped()
    {
        DroppedCount++;
        _connectionsDropped.Add(1);
    }

    public void SlowReaderCut() => _slowReaders.Add(1);

    public void LargeRequestRejected() => LargeRejectedCount++;

    public void SessionlessExpired()
    {
        SessionlessCount++;
        _sessionlessExpired.Add(1);
    }

    public void Synced(TimeSpan duration, int entries)
    {
        _syncDuration.Record(duration.TotalSeconds);
        _syncBatch.Record(entries);
        lock (_gate)
        {
            _syncTimes.Add((long)duration.TotalMilliseconds);
            _batches.Add(entries);
        }
    }

    public void SnapshotWritten(TimeSpan duration)
    {
        _snapshotDuration.Record(duration.TotalSeconds);
        lock (_gate)
            _snapshots.Add((long)duration.TotalMilliseconds);
    }

    /// <summary>Reads what other threads write.</summary>
    /// <param name="read">Gets the milliseconds of syncs, the transactions of each, and the milliseconds of snapshots.</param>
    public void Read(Action<Distribution, Summary, Summary> read)
    {
        lock (_gate)
            read(_syncTimes, _batches, _snapshots);
    }

    /// <summary>Starts counting anew (<c>srst</c>); the instruments go on.</summary>
    public void Reset()
    {
        Volatile.Write(ref _refused, 0);
        SessionlessCount = 0;
        DroppedCount = 0;
        LargeRejectedCount = 0;
        lock (_gate)
        {
            _syncTimes.Reset();
            _batches = default;
            _snapshots = default;
        }
    }

    public void Dispose() => _meter.Dispose();

    private void Gauge(string name, string unit, string description, Func<long> value) =>
        _meter.CreateObservableGauge(name, value, unit, description);

    private void Latencies(string name, string description, Distribution values) => _meter.CreateObservableGauge(
        name,
        () => Quantiles.Select(quantile => new Measurement<long>(values.Percentile(quantile), new KeyValuePair<string, object?>("quantile", quantile))),
        "ms",
        description);

    private static readonly double[] Quantiles = [0.5, 0.95, 0.99, 0.999];
}
