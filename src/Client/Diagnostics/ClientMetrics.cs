using System.Diagnostics.Metrics;

namespace Coordination.Client;

/// <summary>What a client counts. Instruments are silent, and cost next to nothing, while nobody listens.</summary>
internal sealed class ClientMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly bool _ownsMeter;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _reconnects;
    private readonly Counter<long> _lostSessions;
    private readonly Counter<long> _unknownOutcomes;
    private int _pendingDeletes;

    /// <summary>Makes the instruments.</summary>
    /// <param name="factory">The application's; null for a meter of this client's own.</param>
    public ClientMetrics(IMeterFactory? factory)
    {
        _ownsMeter = factory is null;
        _meter = factory?.Create(CoordinationDiagnostics.MeterName) ?? new Meter(CoordinationDiagnostics.MeterName);
        _duration = _meter.CreateHistogram<double>("coordination.client.operation.duration", "s", "From the call to its answer.");
        _reconnects = _meter.CreateCounter<long>("coordination.client.reconnects", null, "Connections established after an outage.");
        _lostSessions = _meter.CreateCounter<long>("coordination.client.sessions.lost", null, "Sessions that ended, or had to be presumed ended.");
        _unknownOutcomes = _meter.CreateCounter<long>("coordination.client.outcomes.unknown", null, "Writes whose answer was lost.");
        _meter.CreateObservableGauge("coordination.client.deletes.pending", () => PendingDeletes, null, "Guaranteed deletes under way.");
    }

    /// <summary>Whether somebody listens to durations.</summary>
    public bool MeasuresDuration => _duration.Enabled;

    /// <summary>Guaranteed deletes under way.</summary>
    public int PendingDeletes => Volatile.Read(ref _pendingDeletes);

    /// <summary>Notes the duration of an operation.</summary>
    /// <param name="operation">Its name.</param>
    /// <param name="elapsed">From call to answer.</param>
    /// <param name="error">The exception's type, or null.</param>
    public void Operation(string operation, TimeSpan elapsed, string? error)
    {
        var tag = new KeyValuePair<string, object?>("coordination.operation", operation);
        if (error is null)
            _duration.Record(elapsed.TotalSeconds, tag);
        else
            _duration.Record(elapsed.TotalSeconds, tag, new("error.type", error));
    }

    /// <summary>Notes a connection after an outage.</summary>
    public void Reconnected() => _reconnects.Add(1);

    /// <summary>Notes a lost session.</summary>
    public void SessionLost() => _lostSessions.Add(1);

    /// <summary>Notes a write whose answer was lost.</summary>
    public void OutcomeUnknown() => _unknownOutcomes.Add(1);

    /// <summary>Notes that a guaranteed delete began or ended.</summary>
    /// <param name="change">1 or -1.</param>
    public void PendingDelete(int change) => Interlocked.Add(ref _pendingDeletes, change);

    /// <inheritdoc/>
    public void Dispose()
    {
        // A meter of the application's factory belongs to the factory.
        if (_ownsMeter)
            _meter.Dispose();
    }
}
