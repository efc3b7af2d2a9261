using Coordination.Bench.Reporting;

namespace Coordination.Bench.Footprint;

/// <summary>How much is filled in.</summary>
/// <param name="Znodes">Znodes of 100 B.</param>
/// <param name="Watches">Watches of all sessions together.</param>
/// <param name="Connections">Idle sessions.</param>
internal sealed record FootprintSize(int Znodes, int Watches, int Connections)
{
    public const int WatchingSessions = 100;

    public static FootprintSize Full { get; } = new(1_000_000, 1_000_000, 5_000);

    public static FootprintSize Few { get; } = new(10_000, 10_000, 200);
}

/// <summary>The memory of both servers, one after the other, each from a fresh start for every row.</summary>
internal sealed class MemoryRun(FootprintSize size)
{
    private const double Mega = 1024 * 1024;

    public IReadOnlyList<BarRow> Measure() =>
    [
        .. Rows(
            $"{size.Znodes:#,0} znodes of 100 B, one parent",
            server => Znodes(server, Filling.OneParent),
            new Demand("resident MB", BarKind.AtMostTimesApache, 0.25),
            new Demand("live B each", BarKind.AtMost, 260)),
        .. Rows(
            $"{size.Znodes:#,0} znodes of 100 B, as many parents as children each",
            server => Znodes(server, Filling.ManyParents),
            new Demand("resident MB", BarKind.AtMostTimesApache, 0.25),
            new Demand("live B each", BarKind.AtMost, 260)),
        .. Rows($"{size.Watches:#,0} watches, 100 sessions, shared paths", SharedWatches, new Demand("live B each", BarKind.AtMost, 60)),
        .. Rows($"{size.Watches:#,0} watches, 100 sessions, a znode each", UniqueWatches, new Demand("live B each", BarKind.AtMost, 120)),
        .. Rows($"{size.Watches:#,0} watches, 100 sessions, no znodes", AbsentWatches, new Demand("live B each", BarKind.AtMost, 120)),
        .. Rows(
            $"idle, then {size.Connections:#,0} connections",
            Connections,
            withLive: false,
            new Demand("resident MB, idle", BarKind.AtMostTimesApache, 1),
            new Demand("resident kB each", BarKind.AtMostTimesApache, 0.8)),
    ];

    private static IEnumerable<BarRow> Rows(string work, Func<MeasuredServer, double[]> measure, params Demand[] demands) =>
        Rows(work, measure, withLive: true, demands);

    private static IEnumerable<BarRow> Rows(string work, Func<MeasuredServer, double[]> measure, bool withLive, params Demand[] demands)
    {
        Console.Error.WriteLine(work);
        double[] ours;
        using (MeasuredServer server = MeasuredServer.Ours(withLive))
            ours = measure(server);
        double[]? apache = null;
        if (Targets.KnownServers.ApacheIsInstalled)
        {
            using MeasuredServer server = MeasuredServer.Apache();
            apache = measure(server);
        }

        return demands.Select((demand, i) => new BarRow
        {
            Work = work,
            Figure = demand.Figure,
            Ours = ours[i],
            Apache = apache?[i] ?? double.NaN,
            Kind = demand.Kind,
            Bar = demand.Bar,
        });
    }

    private double[] Znodes(MeasuredServer server, Action<System.Net.IPEndPoint, int> fill)
    {
        long before = server.Live();
        fill(server.Process.EndPoint, size.Znodes);
        Thread.Sleep(2000);
        long resident = server.Resident;
        return [resident / Mega, (double)(server.Live() - before) / size.Znodes];
    }

    private double[] SharedWatches(MeasuredServer server)
    {
        int paths = size.Watches / FootprintSize.WatchingSessions;
        Filling.OneParent(server.Process.EndPoint, paths);
        return [Watches(server, (_, i) => Filling.UnderOneParent(i))];
    }

    private double[] UniqueWatches(MeasuredServer server)
    {
        Filling.OneParent(server.Process.EndPoint, size.Watches);
        return [Watches(server, (session, i) => Filling.UnderOneParent((i * FootprintSize.WatchingSessions) + session))];
    }

    private double[] AbsentWatches(MeasuredServer server) =>
        [Watches(server, (session, i) => Filling.Absent((i * FootprintSize.WatchingSessions) + session))];

    private double Watches(MeasuredServer server, Func<int, int, string> path)
    {
        List<BulkSession> sessions = Open(server, FootprintSize.WatchingSessions);
        try
        {
            Filling.Ping(sessions);
            long before = server.Live();
            Filling.Ping(sessions);
            Filling.Watch(sessions, size.Watches / FootprintSize.WatchingSessions, path);
            return (double)(server.Live() - before) / size.Watches;
        }
        finally
        {
            sessions.ForEach(static session => session.Dispose());
        }
    }

    private double[] Connections(MeasuredServer server)
    {
        Thread.Sleep(3000);
        long before = server.Resident;
        List<BulkSession> sessions = Open(server, size.Connections);
        try
        {
            Thread.Sleep(2000);
            return [before / Mega, (server.Resident - before) / 1024.0 / size.Connections];
        }
        finally
        {
            sessions.ForEach(static session => session.Dispose());
        }
    }

    private static List<BulkSession> Open(MeasuredServer server, int count)
    {
        var sessions = new List<BulkSession>();
        for (int i = 0; i < count; i++)
            sessions.Add(new BulkSession(server.Process.EndPoint));
        return sessions;
    }

    private readonly record struct Demand(string Figure, BarKind Kind, double Bar);
}
