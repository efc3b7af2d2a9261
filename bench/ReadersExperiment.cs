using System.Diagnostics;
using System.Globalization;
using Coordination.Bench.Load;
using Coordination.Bench.Reporting;
using Coordination.Bench.Targets;

namespace Coordination.Bench;

/// <summary>
/// Reads on one core and on two: the generator is pinned to core 0, the server to core 1, or to both. So the generator's share is the same,
/// and what the second core gives the server is what the generator leaves of it.
/// </summary>
internal sealed class ReadersExperiment(int runs, TimeSpan duration, bool markdown)
{
    private const int Children = 300;

    private static readonly (string Label, Cell Cell)[] Works =
    [
        ("get 1x1", new Cell(Workload.Get, 1, 1, 100)),
        ("get 10x10", new Cell(Workload.Get, 10, 10, 100)),
        ("get 50x10, 1 KiB", new Cell(Workload.Get, 50, 10, 1024)),
        ("list of 300, 10x10", new Cell(Workload.List, 10, 10, 100)),
        ("mixed 50x10", new Cell(Workload.Mixed, 50, 10, 100)),
    ];

    private static readonly (string Name, string Cores, int Readers)[] Designs =
    [
        ("1 core, 1 reader", "1", 1),
        ("2 cores, 1 reader", "0,1", 1),
        ("2 cores, 2 readers", "0,1", 2),
    ];

    private readonly Dictionary<(string Server, string Work), Samples> _samples = [];

    public void Run()
    {
        PinGenerator();
        List<ServerProcess> servers = [];
        try
        {
            foreach ((string name, string cores, int readers) in Designs)
                servers.Add(KnownServers.Ours(name, [$"readers={readers}"], cores));
            foreach (ServerProcess server in servers)
            {
                server.Driver.PrepareList(Children);
                foreach ((_, Cell cell) in Works)
                    server.Driver.Drive(cell, duration);
            }

            for (int run = 1; run <= runs; run++)
            {
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"run {run} of {runs}"));
                foreach ((string label, Cell cell) in Works)
                {
                    foreach (ServerProcess server in run % 2 == 0 ? servers.AsEnumerable().Reverse() : servers)
                        Of(server.Name, label).Add(server.Driver.Drive(cell, duration));
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

    private static void PinGenerator()
    {
        using Process pin = Process.Start(new ProcessStartInfo("taskset")
        {
            ArgumentList = { "-a", "-c", "-p", "0", $"{Environment.ProcessId}" },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        pin.WaitForExit();
        if (pin.ExitCode != 0)
            throw new InvalidOperationException("taskset could not pin the generator.");
    }

    private Samples Of(string server, string work) =>
        _samples.TryGetValue((server, work), out Samples? samples) ? samples : _samples[(server, work)] = new Samples();

    private void Report()
    {
        var table = new Table("Reads on one core and on two, medians", "work", "server", "ops/s", "p50 µs", "p99 µs", "CPU µs/op", "generator");
        foreach ((string label, _) in Works)
        {
            foreach ((string name, _, _) in Designs)
            {
                Samples samples = Of(name, label);
                table.Add(
                    label,
                    name,
                    Table.Number(samples.PerSecond),
                    Table.Number(samples.P50),
                    Table.Number(samples.P99),
                    Table.Number(samples.ServerCpu),
                    samples.GeneratorLoad.ToString("0%", CultureInfo.InvariantCulture));
            }
        }

        table.Show();
        if (markdown)
            BenchmarkPage.Replace(KnownServers.RepositoryRoot(), "readers", Explain(table));
    }

    private string Explain(Table table) => string.Create(CultureInfo.InvariantCulture, $"""
        `dotnet run -c Release --project bench -- readers --runs {runs} --seconds {duration.TotalSeconds:0.##} --markdown`,
        {DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, .NET {Environment.Version}. Medians. The generator is pinned to core 0 and the server to core 1
        or to both, so a second reader shares its core with the generator: what it can bring is what the generator leaves.

        {table.ToMarkdown()}
        """);
}
