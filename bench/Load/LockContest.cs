using System.Diagnostics;
using System.Net;
using Coordination.Bench.Native;

namespace Coordination.Bench.Load;

/// <summary>
/// Contenders for one lock by the usual recipe: an ephemeral sequential znode, the list of children, a watch on the one before, the list
/// again when it has gone, and a delete to release. What is counted is acquisitions.
/// </summary>
internal sealed class LockContest(IPEndPoint server, int serverProcess)
{
    private const string Parent = "/bench/lock";

    public Sample Drive(int contenders, TimeSpan duration)
    {
        using (ControlConnection control = ControlConnection.Open(server))
        {
            control.Put("/bench", []);
            control.Put(Parent, []);
        }

        var all = new LockContender[contenders];
        try
        {
            for (int i = 0; i < contenders; i++)
                all[i] = new LockContender(WireSession.Open(server), Parent);
            return Contest(all, duration);
        }
        finally
        {
            foreach (LockContender? contender in all)
                contender?.Dispose();
        }
    }

    private Sample Contest(LockContender[] contenders, TimeSpan duration)
    {
        var latency = new LatencyHistogram();
        using var epoll = new Epoll();
        for (int i = 0; i < contenders.Length; i++)
            epoll.Watch(contenders[i].Descriptor, i);

        ProcessUsage before = ProcessUsage.Of(serverProcess);
        TimeSpan ownBefore = Environment.CpuUsage.TotalTime;
        long startedAt = Stopwatch.GetTimestamp();
        long deadline = startedAt + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        foreach (LockContender contender in contenders)
            contender.Begin();

        int active = contenders.Length;
        Span<long> ready = stackalloc long[64];
        while (active > 0)
        {
            int count = epoll.Wait(ready, 20_000);
            if (count == 0)
                throw new TimeoutException("Nobody has got the lock for 20 s.");
            bool mayContinue = Stopwatch.GetTimestamp() < deadline;
            for (int i = 0; i < count; i++)
            {
                if (contenders[ready[i]].React(latency, mayContinue))
                    active--;
            }
        }

        double seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        ProcessUsage after = ProcessUsage.Of(serverProcess);
        return new Sample
        {
            Operations = latency.Count,
            Seconds = seconds,
            P50 = latency.Percentile(0.50),
            P99 = latency.Percentile(0.99),
            P999 = latency.Percentile(0.999),
            ServerCpu = (after.CpuSeconds - before.CpuSeconds) * 1e6 / latency.Count,
            GeneratorLoad = (Environment.CpuUsage.TotalTime - ownBefore).TotalSeconds / seconds,
            ResidentBytes = after.ResidentBytes,
        };
    }
}
