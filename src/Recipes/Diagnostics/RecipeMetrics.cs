using System.Diagnostics.Metrics;
using Coordination.Client;

namespace Coordination.Recipes;

/// <summary>What recipes measure. No path or lock name is ever a tag: their number has no bound.</summary>
internal sealed class RecipeMetrics
{
    /// <summary>The same meter name as the client's.</summary>
    public const string MeterName = CoordinationDiagnostics.MeterName;

    /// <summary>For recipes made from a client without dependency injection.</summary>
    public static readonly RecipeMetrics Shared = new(new Meter(MeterName));

    private readonly Histogram<double> _wait;
    private readonly Histogram<double> _hold;
    private readonly Counter<long> _lost;
    private readonly Counter<long> _broken;

    public RecipeMetrics(IMeterFactory factory)
        : this(factory.Create(new MeterOptions(MeterName)))
    {
    }

    private RecipeMetrics(Meter meter)
    {
        _wait = meter.CreateHistogram<double>("coordination.lock.wait.duration", "s", "Time from asking for a lock or for leadership to the answer.");
        _hold = meter.CreateHistogram<double>("coordination.lock.hold.duration", "s", "Time from acquiring to release or loss.");
        _lost = meter.CreateCounter<long>("coordination.lock.lost", "{hold}", "Holds lost before they were released.");
        _broken = meter.CreateCounter<long>("coordination.discovery.broken_entries", "{entry}", "Service entries skipped because they could not be read.");
    }

    /// <summary>Records a finished wait.</summary>
    /// <param name="recipe"><c>lock</c> or <c>latch</c>.</param>
    /// <param name="acquired">Whether it ended with a hold.</param>
    /// <param name="elapsed">How long it took.</param>
    public void Waited(string recipe, bool acquired, TimeSpan elapsed) =>
        _wait.Record(elapsed.TotalSeconds, Tag("coordination.recipe", recipe), Tag("coordination.outcome", acquired ? "acquired" : "given_up"));

    /// <summary>Records the end of a hold.</summary>
    /// <param name="recipe"><c>lock</c> or <c>latch</c>.</param>
    /// <param name="elapsed">How long it was held.</param>
    public void Held(string recipe, TimeSpan elapsed) => _hold.Record(elapsed.TotalSeconds, Tag("coordination.recipe", recipe));

    /// <summary>Counts a hold that was lost.</summary>
    /// <param name="recipe"><c>lock</c> or <c>latch</c>.</param>
    /// <param name="cause">Why.</param>
    public void Lost(string recipe, HoldLoss cause) =>
        _lost.Add(1, Tag("coordination.recipe", recipe), Tag("coordination.cause", cause switch
        {
            HoldLoss.Session => "session",
            HoldLoss.Deleted => "deleted",
            _ => "suspended",
        }));

    /// <summary>Counts a service entry that could not be read.</summary>
    public void BrokenEntry() => _broken.Add(1);

    private static KeyValuePair<string, object?> Tag(string key, object? value) => new(key, value);
}
