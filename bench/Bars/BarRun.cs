using System.Globalization;
using Coordination.Bench.Load;
using Coordination.Bench.Reporting;
using Coordination.Bench.Stubs;
using Coordination.Bench.Targets;

namespace Coordination.Bench.Bars;

/// <summary>How the bars are measured.</summary>
/// <param name="Runs">Paired runs; the median counts.</param>
/// <param name="Duration">Of one drive.</param>
/// <param name="WarmUp">Per kind of request and server, before anything is measured.</param>
/// <param name="Only">Names, or parts of names, of the works to measure; none for all.</param>
/// <param name="WithMemory">Whether memory and starts are measured too.</param>
internal sealed record BarSettings(int Runs, TimeSpan Duration, TimeSpan WarmUp, IReadOnlyList<string> Only, bool WithMemory)
{
    public bool Wants(string name) =>
        Only.Count == 0 || Only.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase));
}

/// <summary>Drives all servers through all works, in turn inside every run, and holds the medians against the bars.</summary>
internal sealed class BarRun(BarSettings settings)
{
    private readonly Dictionary<(string Server, string Work), Samples> _samples = [];

    public IReadOnlyList<BarRow> Measure()
    {
        BarWork[] works = [.. BarCatalogue.Works.Where(work => settings.Wants(work.Name))];
        if (works.Length == 0)
            return [];

        List<BarTarget> targets = [];
        try
        {
            Start(targets, works);
            foreach (BarTarget target in targets)
                WarmUp(target, works);
            for (int run = 1; run <= settings.Runs; run++)
            {
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"run {run} of {settings.Runs}"));
                foreach (BarWork work in works)
                {
                    Each(targets, run, work);
                    foreach (BarRow row in Rows(work))
                        Console.Error.WriteLine($"{BarTable.Line(row)} (so far)");
                }
            }
        }
        finally
        {
            foreach (BarTarget target in targets)
                target.Dispose();
        }

        return [.. works.SelectMany(Rows)];
    }

    private static void Start(List<BarTarget> targets, BarWork[] works)
    {
        targets.Add(new BarTarget(KnownServers.Ours("ours", []), BarStub.None));
        if (KnownServers.ApacheIsInstalled)
            targets.Add(new BarTarget(KnownServers.Apache(), BarStub.None));
        if (works.Any(work => work.Stub == BarStub.Synced))
            targets.Add(new BarTarget(KnownServers.Stub("stub", StubServer.Reference), BarStub.Synced));
        if (works.Any(work => work.Stub == BarStub.WithoutLog))
            targets.Add(new BarTarget(KnownServers.Stub("stub without log", StubServer.WithoutLog), BarStub.WithoutLog));
    }

    private static bool Takes(BarTarget target, BarWork work) => target.Stub == BarStub.None || target.Stub == work.Stub;

    /// <summary>Every compiler and cache of a server has seen the work before it is measured.</summary>
    private void WarmUp(BarTarget target, BarWork[] works)
    {
        foreach (BarWork work in works.Where(work => Takes(target, work)))
        {
            work.Drive(target, settings.WarmUp);
            target.EndWatching();
        }
    }

    // Every second run goes the other way round, so that no server always follows the same one.
    private void Each(List<BarTarget> targets, int run, BarWork work)
    {
        foreach (BarTarget target in run % 2 == 0 ? targets.AsEnumerable().Reverse() : targets)
        {
            if (!Takes(target, work))
                continue;
            Sample sample = work.Drive(target, settings.Duration);
            target.EndWatching();
            Of(target.Name, work.Name).Add(sample);
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {work.Name}, {target.Name}: {sample.PerSecond:#,0}/s, p50 {sample.P50:#,0.0} µs, p99 {sample.P99:#,0.0} µs, CPU {sample.ServerCpu:0.00} µs/op"));
        }
    }

    private Samples Of(string server, string work) =>
        _samples.TryGetValue((server, work), out Samples? samples) ? samples : _samples[(server, work)] = new Samples();

    private IEnumerable<BarRow> Rows(BarWork work)
    {
        Samples ours = Of("ours", work.Name);
        Samples apache = Of("Apache 3.8.0", work.Name);
        Samples stub = Of(work.Stub == BarStub.WithoutLog ? "stub without log" : "stub", work.Name);
        string busy = string.Create(CultureInfo.InvariantCulture, $"{ours.GeneratorLoad:0%}");
        string busyWithStub = double.IsNaN(stub.GeneratorLoad) ? "" : string.Create(CultureInfo.InvariantCulture, $" / {stub.GeneratorLoad:0%}");
        foreach (BarDemand demand in work.Demands)
        {
            yield return new BarRow
            {
                Work = work.Name,
                Figure = demand.Figure,
                Ours = demand.Of(ours),
                Apache = demand.Of(apache),
                Stub = demand.Of(stub),
                Kind = demand.Kind,
                Bar = demand.Bar,
                Note = $"generator {busy}{busyWithStub}",
            };
        }
    }
}
