using System.CommandLine;
using Coordination.Bench;
using Coordination.Bench.Bars;
using Coordination.Bench.Footprint;
using Coordination.Bench.Stubs;
using Coordination.Bench.Targets;

var runs = new Option<int>("--runs") { Description = "Times every cell is driven; the median counts.", DefaultValueFactory = _ => 5 };
var seconds = new Option<double>("--seconds") { Description = "Length of one drive.", DefaultValueFactory = _ => 1.5 };
var quick = new Option<bool>("--quick") { Description = "Few cells, short drives, one run: for continuous integration." };
var markdown = new Option<bool>("--markdown") { Description = "Also write the table into docs/benchmarks.md." };
var section = new Option<string>("--section")
{
    Description = "The section of docs/benchmarks.md that --markdown replaces.",
    DefaultValueFactory = _ => "compare",
};
var few = new Option<bool>("--few") { Description = "Only the smaller cells." };
var servers = new Option<string[]>("--servers")
{
    Description = "Any of ours, apache, stub; ours:transport=polling,sync=inPlace starts ours with these settings.",
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ => KnownServers.ApacheIsInstalled ? ["ours", "apache", "stub"] : ["ours", "stub"],
};

var compare = new Command("compare", "Drives our server, Apache ZooKeeper and a stateless stub in turn and prints the ratios.")
{
    runs, seconds, quick, few, markdown, section, servers,
};
compare.SetAction(arguments =>
{
    bool isQuick = arguments.GetValue(quick);
    new Comparison(new ComparisonOptions
    {
        Servers = arguments.GetValue(servers)!,
        Cells = isQuick || arguments.GetValue(few) ? ComparisonOptions.QuickMatrix : ComparisonOptions.Matrix,
        Runs = isQuick ? 1 : arguments.GetValue(runs),
        Duration = TimeSpan.FromSeconds(isQuick ? 0.5 : arguments.GetValue(seconds)),
        WarmUp = TimeSpan.FromSeconds(isQuick ? 0.5 : 2),
        CommandLine = string.Join(' ', args),
        MarkdownSection = arguments.GetValue(markdown) ? arguments.GetValue(section) : null,
    }).Run();
    return 0;
});

var stubs = new Command("stubs", "Measures the ways of building the corridor from socket to disk and back, without a tree.")
{
    runs, seconds, quick, markdown,
};
stubs.SetAction(arguments =>
{
    bool isQuick = arguments.GetValue(quick);
    var duration = TimeSpan.FromSeconds(isQuick ? 0.2 : arguments.GetValue(seconds));
    new StubExperiment(isQuick ? 1 : arguments.GetValue(runs), duration, arguments.GetValue(markdown)).Run();
    return 0;
});

var readers = new Command("readers", "Measures reads with the server on one core and on two, and with one reader and two.")
{
    runs, seconds, quick, markdown,
};
readers.SetAction(arguments =>
{
    bool isQuick = arguments.GetValue(quick);
    var duration = TimeSpan.FromSeconds(isQuick ? 0.2 : arguments.GetValue(seconds));
    new ReadersExperiment(isQuick ? 1 : arguments.GetValue(runs), duration, arguments.GetValue(markdown)).Run();
    return 0;
});

var design = new Argument<string>("design") { Description = "transport/turn/sync." };
var port = new Argument<int>("port");
var directory = new Argument<string>("directory") { Description = "Where the log goes." };
var stubServer = new Command("stub-server", "Serves one stub; started by the commands above.") { design, port, directory };
stubServer.Hidden = true;
stubServer.SetAction((arguments, _) => StubServer.RunAsync(
    StubDesign.Parse(arguments.GetValue(design)!), arguments.GetValue(port), arguments.GetValue(directory)!));

var root = new RootCommand("Measures the server against Apache ZooKeeper and against stubs.") { compare, stubs, stubServer };
root.Add(BarsCommand.Create(args));
root.Add(readers);
root.Add(FootprintCommands.Memory(args));
root.Add(FootprintCommands.Start(args));
root.Add(DriveCommand.Create());
root.Add(SnapshotCommand.Create());
return await root.Parse(args).InvokeAsync();
