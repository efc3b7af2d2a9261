using System.Globalization;
using Coordination.Bench.Load;
using Coordination.Bench.Reporting;
using Coordination.Bench.Stubs;
using Coordination.Bench.Targets;

namespace Coordination.Bench;

/// <summary>Who runs the owner's turn, where the sync happens, and what carries the bytes: every design, driven in turn.</summary>
internal sealed class StubExperiment(int runs, TimeSpan duration, bool markdown)
{
    private static readonly Cell[] Cells =
    [
        new(Workload.Get, 1, 1, 100),
        new(Workload.Set, 1, 1, 100),
        new(Workload.Get, 10, 10, 100),
        new(Workload.Set, 10, 10, 100),
        new(Workload.Mixed, 10, 1, 100),
    ];

    private readonly Dictionary<(string Design, Cell Cell), Samples> _samples = [];

    public void Run()
    {
        List<ServerProcess> servers = [];
        try
        {
            foreach (StubDesign design in StubDesign.All)
                servers.Add(KnownServers.Stub($"{design}", design));
            foreach (ServerProcess server in servers)
            {
                foreach (Cell cell in Cells)
                    server.Driver.Drive(cell with { Sessions = 10, Pipeline = 10 }, TimeSpan.FromSeconds(Math.Min(1, duration.TotalSeconds)));
            }

            for (int run = 1; run <= runs; run++)
            {
                Console.Error.WriteLine($"run {run} of {runs}");
                IEnumerable<ServerProcess> order = run % 2 == 0 ? servers.AsEnumerable().Reverse() : servers;
                foreach (Cell cell in Cells)
                {
                    foreach (ServerProcess server in order)
                        Of(server.Name, cell).Add(server.Driver.Drive(cell, duration));
                }
            }
        }
        finally
        {
            foreach (ServerProcess server in servers)
                server.Dispose();
        }

        Report();
    }

    private Samples Of(string design, Cell cell) =>
        _samples.TryGetValue((design, cell), out Samples? samples) ? samples : _samples[(design, cell)] = new Samples();

    private void Report()
    {
        List<string> columns = ["transport", "turn", "sync"];
        foreach (Cell cell in Cells)
        {
            string label = $"{cell.Workload.ToString().ToLowerInvariant()} {cell.Sessions}x{cell.Pipeline}";
            columns.AddRange([$"{label} CPU µs", "p50 µs", cell.Workload == Workload.Mixed ? "p99 µs" : "ops/s"]);
        }

        var table = new Table("Stub servers, medians; CPU of the server process per operation", [.. columns]);
        foreach (StubDesign design in StubDesign.All)
        {
            List<string> row = [$"{design.Transport}", $"{design.Turn}", $"{design.Sync}"];
            foreach (Cell cell in Cells)
            {
                Samples samples = Of($"{design}", cell);
                double third = cell.Workload == Workload.Mixed ? samples.P99 : samples.PerSecond;
                row.AddRange([Table.Number(samples.ServerCpu), Table.Number(samples.P50), Table.Number(third)]);
            }

            table.Add([.. row]);
        }

        table.Show();
        if (markdown)
            BenchmarkPage.Replace(KnownServers.RepositoryRoot(), "stubs", Explain(table));
    }

    private string Explain(Table table) => string.Create(CultureInfo.InvariantCulture, $"""
        `dotnet run -c Release --project bench -- stubs --runs {runs} --seconds {duration.TotalSeconds:0.##} --markdown`,
        {DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, .NET {Environment.Version}. Stubs answer the protocol's frames without a tree; sets are
        written to a file and synced with `fdatasync` before the reply. *mixed* is 9 gets to 1 set.

        {table.ToMarkdown()}
        """);
}
