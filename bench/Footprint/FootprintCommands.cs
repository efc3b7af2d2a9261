using System.CommandLine;
using System.Globalization;
using Coordination.Bench.Bars;
using Coordination.Bench.Reporting;
using Coordination.Bench.Targets;

namespace Coordination.Bench.Footprint;

/// <summary>`memory` and `start`: the bars that need servers of their own.</summary>
internal static class FootprintCommands
{
    private const int NotMet = 1;

    public static Command Memory(string[] typed)
    {
        var few = new Option<bool>("--few") { Description = "A hundredth of everything: shows that it works, and measures nothing." };
        var markdown = new Option<bool>("--markdown") { Description = "Also write the table into docs/benchmarks.md." };
        var command = new Command("memory", "Measures the memory of ours and Apache ZooKeeper under znodes, watches and connections.") { few, markdown };
        command.SetAction(arguments => Report(
            "memory",
            MemoryRows(arguments.GetValue(few) ? FootprintSize.Few : FootprintSize.Full),
            arguments.GetValue(markdown),
            typed));
        return command;
    }

    public static Command Start(string[] typed)
    {
        var few = new Option<bool>("--few") { Description = "One run and a hundredth of the znodes: shows that it works, and measures nothing." };
        var markdown = new Option<bool>("--markdown") { Description = "Also write the table into docs/benchmarks.md." };
        var runs = new Option<int>("--runs") { Description = "Starts of each kind; the median counts.", DefaultValueFactory = _ => 5 };
        var command = new Command("start", "Measures how long ours and Apache ZooKeeper take to start.") { few, markdown, runs };
        command.SetAction(arguments => Report(
            "start",
            arguments.GetValue(few) ? StartRows(FootprintSize.Few, 1) : StartRows(FootprintSize.Full, arguments.GetValue(runs)),
            arguments.GetValue(markdown),
            typed));
        return command;
    }

    /// <summary>The rows about memory.</summary>
    public static IReadOnlyList<BarRow> MemoryRows(FootprintSize size) => new MemoryRun(size).Measure();

    /// <summary>The rows about starts.</summary>
    public static IReadOnlyList<BarRow> StartRows(FootprintSize size, int runs) => new StartRun(size.Znodes, runs).Measure();

    private static int Report(string section, IReadOnlyList<BarRow> rows, bool writesPage, string[] typed)
    {
        Table table = BarTable.Of(rows);
        table.Show();
        if (writesPage)
            BenchmarkPage.Replace(KnownServers.RepositoryRoot(), section, Explain(section, table, typed));
        return rows.All(static row => row.IsMet) ? 0 : NotMet;
    }

    private static string Explain(string section, Table table, string[] typed) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        `dotnet run -c Release --project bench -- {string.Join(' ', typed)}`,
        {DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, .NET {Environment.Version}, Apache ZooKeeper 3.8.0 with the JVM's defaults and `-Xmx2g`.
        {About(section)}

        {table.ToMarkdown()}
        """);

    private static string About(string section) => section == "memory"
        ? """
          *Resident* is what the system says; *live* is the managed heap after a forced full collection plus what else of the process's own
          memory is not the collector's (for Apache: its class histogram, which collects first), less the same before the filling.
          """
        : "From the start of the program until it grants a session; the files are in the page cache for both. Medians.";
}
