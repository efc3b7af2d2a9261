using System.CommandLine;
using System.Globalization;
using System.Net;
using Coordination.Bench.Load;

namespace Coordination.Bench.Bars;

/// <summary>`drive`: one kind of load against a server that runs already, for a profiler beside it.</summary>
internal static class DriveCommand
{
    public static Command Create()
    {
        var port = new Argument<int>("port") { Description = "On the loopback." };
        var process = new Argument<int>("process") { Description = "The server's process id, whose CPU is read." };
        var load = new Argument<string>("load") { Description = "get, set, create, mixed, churn, watch or lock." };
        var sessions = new Option<int>("--sessions") { DefaultValueFactory = _ => 10 };
        var pipeline = new Option<int>("--pipeline") { DefaultValueFactory = _ => 10 };
        var size = new Option<int>("--size") { Description = "Bytes of a value.", DefaultValueFactory = _ => 100 };
        var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 5 };
        var times = new Option<int>("--times") { Description = "Drives in a row.", DefaultValueFactory = _ => 1 };
        var command = new Command("drive", "Drives one kind of load against a server that runs already.")
        {
            port, process, load, sessions, pipeline, size, seconds, times,
        };
        command.SetAction(arguments =>
        {
            var server = new IPEndPoint(IPAddress.Loopback, arguments.GetValue(port));
            int id = arguments.GetValue(process);
            var duration = TimeSpan.FromSeconds(arguments.GetValue(seconds));
            int count = arguments.GetValue(sessions);
            for (int i = 0; i < arguments.GetValue(times); i++)
                Show(Drive(arguments.GetValue(load)!, server, id, count, arguments.GetValue(pipeline), arguments.GetValue(size), duration));
            return 0;
        });
        return command;
    }

    private static Sample Drive(string load, IPEndPoint server, int process, int sessions, int pipeline, int size, TimeSpan duration)
    {
        switch (load)
        {
            case "churn":
                return new SessionChurn(server, process).Drive(sessions, duration);
            case "lock":
                return new LockContest(server, process).Drive(sessions, duration);
            case "watch":
                using (var watchers = new WatchFanOut(server, process))
                    return watchers.Drive(sessions, (int)(duration.TotalSeconds * 20));
            default:
                var workload = Enum.Parse<Workload>(load, ignoreCase: true);
                return new LoadDriver(server, process).Drive(new Cell(workload, sessions, pipeline, size), duration);
        }
    }

    private static void Show(Sample sample) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{sample.PerSecond:#,0}/s, p50 {sample.P50:#,0.0} µs, p99 {sample.P99:#,0.0} µs, server {sample.ServerCpu:0.00} µs CPU/op, generator {sample.GeneratorLoad:0%}"));
}
