using System.CommandLine;
using System.Globalization;
using Coordination.Bench.Reporting;
using Coordination.Bench.Targets;

namespace Coordination.Bench.Bars;

/// <summary>`bars`: everything that has a bar, in one table; the exit code says whether all of them are met.</summary>
internal static class BarsCommand
{
    private const int NotMet = 1;

    public static Command Create(string[] typed)
    {
        var runs = new Option<int>("--runs") { Description = "Paired runs; the median counts.", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds") { Description = "Length of one drive.", DefaultValueFactory = _ => 0.8 };
        var few = new Option<bool>("--few") { Description = "One short run and no memory: shows that it works, and measures nothing." };
        var markdown = new Option<bool>("--markdown") { Description = "Also write the table into docs/benchmarks.md." };
        var only = new Option<string[]>("--only")
        {
            Description = "Only works whose names contain one of these; without memory and start.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        few.Aliases.Add("--quick");
        var command = new Command("bars", "Measures ours, Apache ZooKeeper and a stub in the same run and holds the medians against every bar.")
        {
            runs, seconds, few, markdown, only,
        };
        command.SetAction(arguments =>
        {
            bool isFew = arguments.GetValue(few);
            var settings = new BarSettings(
                isFew ? 1 : arguments.GetValue(runs),
                TimeSpan.FromSeconds(isFew ? 0.3 : arguments.GetValue(seconds)),
                TimeSpan.FromSeconds(isFew ? 0.2 : 0.7),
                arguments.GetValue(only)!,
                WithMemory: !isFew);
            return Run(settings, arguments.GetValue(markdown), string.Join(' ', typed));
        });
        return command;
    }

    private static int Run(BarSettings settings, bool writesPage, string typed)
    {
        List<BarRow> rows = [.. new BarRun(settings).Measure()];
        if (settings.WithMemory && settings.Only.Count == 0)
            rows.AddRange(BarCatalogue.OnOwnServers.SelectMany(measure => measure(settings)));
        Table table = BarTable.Of(rows);
        table.Show();
        int missed = rows.Count(row => !row.IsMet);
        string outcome = missed == 0 ? $"All {rows.Count} bars are met." : $"{missed} of {rows.Count} bars are not met.";
        Console.WriteLine(outcome);
        if (writesPage)
            BenchmarkPage.Replace(KnownServers.RepositoryRoot(), "bars", Explain(table, settings, typed, outcome));
        return missed == 0 ? 0 : NotMet;
    }

    private static string Explain(Table table, BarSettings settings, string typed, string outcome) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        `dotnet run -c Release --project bench -- {typed}`,
        {DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, .NET {Environment.Version}. Medians of {settings.Runs} paired runs of {settings.Duration.TotalSeconds:0.##} s;
        all servers live at the same time, each with its own data directory on the same disk, every write synced before it is answered;
        Apache ZooKeeper 3.8.0 with the JVM's defaults and `-Xmx2g`. *stub* answers the same frames without a tree; beside opening and
        closing of sessions it writes no log either. *ratio* is ours to Apache's. A bar of throughput asks for no more than 80 % of the stub.
        *generator* is the share of one core that the generator used against ours and against the stub: near 100 % it is the limit.

        {table.ToMarkdown()}
        {outcome}
        """);
}
