using Coordination.Bench.Footprint;
using Coordination.Bench.Load;
using Coordination.Bench.Reporting;

namespace Coordination.Bench.Bars;

/// <summary>The works whose bars are driven by the generator, in the order of the table. Values of 100 B unless said.</summary>
internal static class BarCatalogue
{
    private const int Watchers = 1000;

    public static IReadOnlyList<BarWork> Works { get; } =
    [
        Load("get 10x10", Workload.Get, 10, 10, 100, BarDemand.Throughput(3), BarDemand.Cpu(0.3)),
        Load("get 1x1", Workload.Get, 1, 1, 100, BarDemand.P50(0.5), BarDemand.Cpu(0.5)),
        Load("create 10x10", Workload.Create, 10, 10, 100, BarDemand.Throughput(2.5), BarDemand.Cpu(0.35)),
        Load("set 10x10", Workload.Set, 10, 10, 100, BarDemand.Throughput(2.5), BarDemand.Cpu(0.35)),
        Load("create 1x1", Workload.Create, 1, 1, 100, BarDemand.P50(0.75)),
        Load("set 1x1", Workload.Set, 1, 1, 100, BarDemand.P50(0.75)),
        Load("create 10x100", Workload.Create, 10, 100, 100, BarDemand.P99(0.3)),
        Load("set 10x100", Workload.Set, 10, 100, 100, BarDemand.P99(0.3)),
        Load("create 10x100, 1 KiB", Workload.Create, 10, 100, 1024, BarDemand.P99(0.3)),
        Load("set 10x100, 1 KiB", Workload.Set, 10, 100, 1024, BarDemand.P99(0.3)),
        Load("mixed 90/10, 50x10", Workload.Mixed, 50, 10, 100, BarDemand.Throughput(2.5), BarDemand.Cpu(0.35)),
        new(
            "open and close a session, 16 at a time",
            (target, duration) => target.OpenAndClose(16, duration),
            BarDemand.Throughput(1.4),
            BarDemand.Cpu(0.7))
        {
            Stub = BarStub.WithoutLog,
        },
        new(
            "one change seen by 1,000 watchers",
            (target, duration) => target.FanOut(Watchers, Math.Max(5, (int)(duration.TotalSeconds * 20))),
            BarDemand.P50(0.3, "until the last, µs")),
        new(
            "lock recipe, 10 contenders",
            (target, duration) => target.Lock(10, duration),
            BarDemand.Cpu(0.35, "acquire"))
        {
            Stub = BarStub.None,
        },
    ];

    /// <summary>What starts servers of its own, because it measures memory or starts. Each is measured after the works above.</summary>
    public static IReadOnlyList<Func<BarSettings, IReadOnlyList<BarRow>>> OnOwnServers { get; } =
    [
        static _ => FootprintCommands.MemoryRows(FootprintSize.Full),
        static settings => FootprintCommands.StartRows(FootprintSize.Full, settings.Runs),
    ];

    private static BarWork Load(
        string name, Workload workload, int sessions, int pipeline, int valueSize, params BarDemand[] demands) =>
        new(name, (target, duration) => target.Load(workload, sessions, pipeline, valueSize, duration), demands);
}
