using Coordination.Bench.Reporting;
using Coordination.Bench.Targets;

namespace Coordination.Bench.Footprint;

/// <summary>From the start of the program until it grants a session: on an empty directory, and on a million znodes.</summary>
internal sealed class StartRun(int znodes, int runs)
{
    public IReadOnlyList<BarRow> Measure()
    {
        Console.Error.WriteLine("cold start");
        List<double> ours = [], apache = [];
        for (int run = 0; run < runs; run++)
        {
            ours.Add(ColdStart(static () => KnownServers.Ours("ours", [])));
            if (KnownServers.ApacheIsInstalled)
                apache.Add(ColdStart(KnownServers.Apache));
        }

        string restart = $"restart with {znodes:#,0} znodes";
        Console.Error.WriteLine(restart);
        return
        [
            Row("cold start to the first answer", ours, apache, 1),
            Row(
                restart,
                Restarts(static () => KnownServers.Ours("ours", [])),
                KnownServers.ApacheIsInstalled ? Restarts(KnownServers.Apache) : [],
                0.35),
        ];
    }

    private static double ColdStart(Func<ServerProcess> start)
    {
        using ServerProcess server = start();
        return server.TimeToAnswer.TotalSeconds;
    }

    private List<double> Restarts(Func<ServerProcess> start)
    {
        using ServerProcess server = start();
        Filling.OneParent(server.EndPoint, znodes);
        List<double> seconds = [];
        for (int run = 0; run < runs; run++)
        {
            server.Restart();
            seconds.Add(server.TimeToAnswer.TotalSeconds);
        }

        return seconds;
    }

    private static BarRow Row(string work, List<double> ours, List<double> apache, double bar) => new()
    {
        Work = work,
        Figure = "s",
        Ours = Median(ours),
        Apache = apache.Count == 0 ? double.NaN : Median(apache),
        Kind = BarKind.AtMostTimesApache,
        Bar = bar,
    };

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
