using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Coordination.Bench.Load;
using Coordination.Bench.Native;
using Coordination.Bench.Targets;

namespace Coordination.Bench.Bars;

/// <summary>
/// `snapshot`: how long writes take while a snapshot is being written, against how long they take otherwise, in one run. Whether a
/// snapshot is being written is seen at its unfinished file.
/// </summary>
internal static class SnapshotCommand
{
    private const int FillSessions = 10;

    public static Command Create()
    {
        var znodes = new Option<int>("--znodes") { Description = "Znodes of 100 bytes in the tree.", DefaultValueFactory = _ => 1_000_000 };
        var snapCount = new Option<int>("--snap-count") { Description = "Transactions between snapshots, at most.", DefaultValueFactory = _ => 200_000 };
        var sessions = new Option<int>("--sessions") { DefaultValueFactory = _ => 10 };
        var pipeline = new Option<int>("--pipeline") { DefaultValueFactory = _ => 1 };
        var snapshots = new Option<int>("--snapshots") { Description = "Snapshots to be measured.", DefaultValueFactory = _ => 3 };
        var command = new Command("snapshot", "Writes during a snapshot against writes without one.") { znodes, snapCount, sessions, pipeline, snapshots };
        command.SetAction(arguments =>
        {
            Environment.SetEnvironmentVariable("ZOOKEEPER_SNAPCOUNT", $"{arguments.GetValue(snapCount)}");
            using ServerProcess server = KnownServers.Ours("ours", []);
            Fill(server, arguments.GetValue(znodes));
            Measure(server, arguments.GetValue(sessions), arguments.GetValue(pipeline), arguments.GetValue(snapshots));
            return 0;
        });
        return command;
    }

    private static void Fill(ServerProcess server, int znodes)
    {
        server.Driver.Prepare(FillSessions, 100);
        LoadSession[] sessions = Open(server, FillSessions, 100);
        _ = LoadDriver.Run(sessions, new Cell(Workload.Create, FillSessions, 100, 100), TimeSpan.FromMinutes(5), znodes / FillSessions);
        foreach (LoadSession session in sessions)
            session.Dispose();
    }

    private static void Measure(ServerProcess server, int count, int pipeline, int wanted)
    {
        server.Driver.Prepare(count, 100);
        LoadSession[] sessions = Open(server, count, pipeline);
        using SnapshotSight sight = new(server.DataFiles);
        sight.AwaitQuiet();
        LatencyHistogram during = new();
        LatencyHistogram without = new();
        using var epoll = new Epoll();
        for (int i = 0; i < count; i++)
        {
            epoll.Watch(sessions[i].Descriptor, i);
            sessions[i].Request(Workload.Set, pipeline);
        }

        Span<long> ready = stackalloc long[256];
        long start = Stopwatch.GetTimestamp();
        int inFlight = count * pipeline;
        while (inFlight > 0)
        {
            int answers = epoll.Wait(ready, 20_000);
            bool stop = sight.Finished >= wanted || Stopwatch.GetElapsedTime(start) > TimeSpan.FromMinutes(4);
            for (int i = 0; i < answers; i++)
            {
                LoadSession session = sessions[ready[i]];
                int answered = session.Receive(sight.IsWriting ? during : without);
                inFlight -= answered;
                if (stop || answered == 0)
                    continue;
                session.Request(Workload.Set, answered);
                inFlight += answered;
            }
        }

        foreach (LoadSession session in sessions)
            session.Dispose();
        Show("without a snapshot", without);
        Show($"during {sight.Finished} snapshots of {sight.Bytes >> 20} MiB, {sight.Spent.TotalSeconds / Math.Max(1, sight.Finished):0.0} s each", during);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"p99 during / without: {during.Percentile(0.99) / without.Percentile(0.99):0.00}"));
    }

    private static LoadSession[] Open(ServerProcess server, int count, int pipeline)
    {
        var sessions = new LoadSession[count];
        for (int i = 0; i < count; i++)
            sessions[i] = LoadSession.Open(server.EndPoint, new RequestFrames(i, 100, "/bench/c"), pipeline);
        return sessions;
    }

    private static void Show(string name, LatencyHistogram latency) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name}: {latency.Count:#,0} writes, p50 {latency.Percentile(0.5):#,0} µs, p99 {latency.Percentile(0.99):#,0} µs, p99.9 {latency.Percentile(0.999):#,0} µs"));
}

/// <summary>Looks for the unfinished file of a snapshot every millisecond or so.</summary>
internal sealed class SnapshotSight : IDisposable
{
    private readonly string _directory;
    private readonly Thread _thread;
    private volatile bool _isWriting;
    private volatile bool _isOver;
    private volatile int _finished;
    private long _spent;

    public SnapshotSight(string directory)
    {
        _directory = directory;
        _thread = new Thread(Look) { IsBackground = true };
        _thread.Start();
    }

    public bool IsWriting => _isWriting;

    /// <summary>Snapshots whose end was seen.</summary>
    public int Finished => _finished;

    /// <summary>Time during which one was being written.</summary>
    public TimeSpan Spent => TimeSpan.FromTicks(Volatile.Read(ref _spent));

    /// <summary>The size of the newest.</summary>
    public long Bytes => Directory.EnumerateFiles(_directory, "snapshot.*").Select(static path => new FileInfo(path).Length).DefaultIfEmpty().Max();

    /// <summary>Waits until none is being written, and forgets those so far.</summary>
    public void AwaitQuiet()
    {
        Thread.Sleep(500);
        while (_isWriting)
            Thread.Sleep(50);
        _finished = 0;
        Volatile.Write(ref _spent, 0);
    }

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
    }

    private void Look()
    {
        long began = 0;
        while (!_isOver)
        {
            bool isWriting = Directory.EnumerateFiles(_directory, "tmp-snapshot.*").Any();
            if (isWriting && !_isWriting)
                began = Stopwatch.GetTimestamp();
            _isWriting = isWriting;
            if (!isWriting && began != 0)
            {
                Volatile.Write(ref _spent, _spent + Stopwatch.GetElapsedTime(began).Ticks);
                began = 0;
                _finished++;
            }

            Thread.Sleep(2);
        }
    }
}
