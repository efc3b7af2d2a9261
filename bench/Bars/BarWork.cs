using Coordination.Bench.Load;
using Coordination.Bench.Reporting;
using Coordination.Bench.Targets;

namespace Coordination.Bench.Bars;

/// <summary>One figure of a work, and what is demanded of it.</summary>
/// <param name="Figure">Its name and unit.</param>
/// <param name="Of">Takes it out of the samples of one server.</param>
/// <param name="Kind">Whether more or less is better.</param>
/// <param name="Bar">The ratio demanded.</param>
internal sealed record BarDemand(string Figure, Func<Samples, double> Of, BarKind Kind, double Bar)
{
    public static BarDemand Throughput(double bar) => new("operations/s", samples => samples.PerSecond, BarKind.AtLeastTimesApache, bar);

    public static BarDemand Cpu(double bar, string per = "op") => new($"CPU µs/{per}", samples => samples.ServerCpu, BarKind.AtMostTimesApache, bar);

    public static BarDemand P50(double bar, string name = "p50 µs") => new(name, samples => samples.P50, BarKind.AtMostTimesApache, bar);

    public static BarDemand P99(double bar) => new("p99 µs", samples => samples.P99, BarKind.AtMostTimesApache, bar);
}

/// <summary>One row of the table: what the servers are driven through, and the bars.</summary>
/// <param name="Name">As the table calls it.</param>
/// <param name="Drive">Drives a server for about so long.</param>
/// <param name="Demands">The figures that count.</param>
internal sealed record BarWork(string Name, Func<BarTarget, TimeSpan, Sample> Drive, params BarDemand[] Demands)
{
    /// <summary>The stub this work is compared with: "stub", the one without a log, or none.</summary>
    public BarStub Stub { get; init; } = BarStub.Synced;

}

/// <summary>Which stub shows what the generator and the machine allow.</summary>
internal enum BarStub
{
    None,

    /// <summary>Every write synced.</summary>
    Synced,

    /// <summary>Nothing written.</summary>
    WithoutLog,
}

/// <summary>A server under the bars, with the watchers that stay connected between rounds.</summary>
internal sealed class BarTarget(ServerProcess server, BarStub stub) : IDisposable
{
    private WatchFanOut? _watchers;

    public string Name => server.Name;

    /// <summary>Which of the stubs it is; none for a real server.</summary>
    public BarStub Stub => stub;

    public ServerProcess Server => server;

    public Sample Load(Workload workload, int sessions, int pipeline, int valueSize, TimeSpan duration) =>
        server.Driver.Drive(new Cell(workload, sessions, pipeline, valueSize), duration);

    public Sample OpenAndClose(int concurrency, TimeSpan duration) => server.Churn.Drive(concurrency, duration);

    public Sample FanOut(int watchers, int rounds)
    {
        _watchers ??= new WatchFanOut(server.EndPoint, server.Id);
        return _watchers.Drive(watchers, rounds);
    }

    public Sample Lock(int contenders, TimeSpan duration) => new LockContest(server.EndPoint, server.Id).Drive(contenders, duration);

    /// <summary>Lets the watchers go: their sessions may not burden what is measured next.</summary>
    public void EndWatching()
    {
        _watchers?.Dispose();
        _watchers = null;
    }

    public void Dispose()
    {
        EndWatching();
        server.Dispose();
    }
}
