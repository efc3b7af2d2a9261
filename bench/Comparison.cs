using System.Globalization;
using Coordination.Bench.Load;
using Coordination.Bench.Reporting;
using Coordination.Bench.Stubs;
using Coordination.Bench.Targets;

namespace Coordination.Bench;

/// <summary>
/// Drives all servers through all cells, one after the other inside every run, so that what the machine does to one it does to all.
/// All servers live during the whole comparison; those that are not driven are idle.
/// </summary>
internal sealed class Comparison(ComparisonOptions options)
{
    private readonly Dictionary<(string Server, Cell Cell), Samples> _samples = [];
    private readonly Dictionary<string, Samples> _churn = [];

    public void Run()
    {
        List<ServerProcess> servers = [];
        try
        {
            foreach (string name in options.Servers)
                servers.Add(Start(name));
            foreach (ServerProcess server in servers)
                WarmUp(server);
            for (int run = 1; run <= options.Runs; run++)
            {
                Console.Error.WriteLine($"run {run} of {options.Runs}");
                foreach (Cell cell in options.Cells)
                    Each(servers, run, server => Of(server, cell).Add(server.Driver.Drive(cell, options.Duration)));
                Each(servers, run, server => Churn(server).Add(server.Churn.Drive(10, options.Duration)));
            }
        }
        finally
        {
            foreach (ServerProcess server in servers)
                server.Dispose();
        }

        string[] names = [.. servers.Select(server => server.Name)];
        Report(names);
    }

    // ours:transport=polling,sync=inPlace starts our server with these settings.
    private static ServerProcess Start(string name) => name.Split(':', 2) switch
    {
        ["ours"] => KnownServers.Ours("Coordination", []),
        ["ours", var settings] => KnownServers.Ours(settings, settings.Split(',')),
        ["apache"] => KnownServers.Apache(),
        ["stub"] => KnownServers.Stub("stub", StubServer.Reference),
        _ => throw new ArgumentException($"Unknown server '{name}': ours, apache or stub.", nameof(name)),
    };

    // Every second run goes the other way round, so that no server always follows the same one.
    private static void Each(List<ServerProcess> servers, int run, Action<ServerProcess> action)
    {
        foreach (ServerProcess server in run % 2 == 0 ? servers.AsEnumerable().Reverse() : servers)
            action(server);
    }

    private void WarmUp(ServerProcess server)
    {
        foreach (Workload workload in (Workload[])[Workload.Get, Workload.Set, Workload.Create, Workload.Get])
            server.Driver.Drive(new Cell(workload, 10, 10, 100), options.WarmUp);
        server.Churn.Drive(10, options.WarmUp);
    }

    private Samples Of(ServerProcess server, Cell cell) =>
        _samples.TryGetValue((server.Name, cell), out Samples? samples) ? samples : _samples[(server.Name, cell)] = new Samples();

    private Samples Churn(ServerProcess server) =>
        _churn.TryGetValue(server.Name, out Samples? samples) ? samples : _churn[server.Name] = new Samples();

    private void Report(string[] servers)
    {
        string[] figures = ["ops/s", "p50 µs", "p99 µs", "CPU µs/op", "RSS MB", "generator"];
        var table = new Table("Servers in turn, medians", ["cell", "server", .. figures, "ops ratio", "p50 ratio", "CPU ratio"]);
        foreach (Cell cell in options.Cells)
        {
            string label = $"{cell.Workload.ToString().ToLowerInvariant()} {cell.ValueSize} B {cell.Sessions}x{cell.Pipeline}";
            AddRows(table, label, servers, server => _samples[(server, cell)]);
        }

        AddRows(table, "open-close x10", servers, server => _churn[server]);
        table.Show();
        if (options.MarkdownSection is { } section)
            BenchmarkPage.Replace(KnownServers.RepositoryRoot(), section, Explain(table));
    }

    private static void AddRows(Table table, string label, string[] servers, Func<string, Samples> samplesOf)
    {
        Samples? baseline = servers.Contains("Apache 3.8.0") ? samplesOf("Apache 3.8.0") : null;
        foreach (string server in servers)
        {
            Samples samples = samplesOf(server);
            bool compared = baseline is not null && samples != baseline;
            table.Add(
                label,
                server,
                Table.Number(samples.PerSecond),
                Table.Number(samples.P50),
                Table.Number(samples.P99),
                Table.Number(samples.ServerCpu),
                Table.Number(samples.ResidentMegabytes),
                samples.GeneratorLoad.ToString("0%", CultureInfo.InvariantCulture),
                compared ? Table.Ratio(samples.PerSecond / baseline!.PerSecond) : "",
                compared ? Table.Ratio(samples.P50 / baseline!.P50) : "",
                compared ? Table.Ratio(samples.ServerCpu / baseline!.ServerCpu) : "");
        }
    }

    private string Explain(Table table) => $"""
        `dotnet run -c Release --project bench -- {options.CommandLine}`,
        {DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, .NET {Environment.Version}. Median of {options.Runs} runs; all servers live at
        the same time and are driven in turn inside every run, each with its own data directory on the same disk, every write synced
        before it is answered. *ratio* is against Apache in the same run (ops: more is better; p50 and CPU: less is better). *CPU* is
        what the operating system charged the server process. *generator* is the share of one core the load generator used: near
        100 % the row measures the generator. *stub* answers without a tree, from one epoll loop: what is left of it is what a
        server may cost.

        {table.ToMarkdown()}
        """;
}
