using System.Diagnostics;
using System.Net;
using Coordination.Bench.Native;

namespace Coordination.Bench.Load;

/// <summary>
/// Drives one server through one cell: one thread, one epoll, raw sockets. On a machine with two cores the generator has to leave the
/// other one to the server, so it may not have more threads than this.
/// </summary>
internal sealed class LoadDriver(IPEndPoint server, int serverProcess)
{
    /// <summary>The znodes that get, set and mixed work on.</summary>
    public void Prepare(int sessions, int valueSize)
    {
        using ControlConnection control = ControlConnection.Open(server);
        control.Put("/bench", []);
        control.Put("/bench/c", []);
        for (int i = 0; i < sessions; i++)
            control.Put(RequestFrames.KeyOf(i), new byte[valueSize]);
    }

    /// <summary>Gives the znode that is listed so many children.</summary>
    public void PrepareList(int children)
    {
        using ControlConnection control = ControlConnection.Open(server);
        control.Put("/bench", []);
        control.Put(RequestFrames.ListParent, []);
        for (int i = 0; i < children; i++)
            control.Put($"{RequestFrames.ListParent}/child-{i:D4}", []);
    }

    public Sample Drive(Cell cell, TimeSpan duration)
    {
        Prepare(cell.Sessions, cell.ValueSize);
        LoadSession[] sessions = Open(cell);
        try
        {
            Run(sessions, cell with { Workload = Workload.Get }, TimeSpan.FromMilliseconds(50), long.MaxValue);
            foreach (LoadSession session in sessions)
                session.Serial = 0;

            ProcessUsage before = ProcessUsage.Of(serverProcess);
            TimeSpan ownBefore = Environment.CpuUsage.TotalTime;
            long startedAt = Stopwatch.GetTimestamp();
            LatencyHistogram latency = Run(sessions, cell, duration, long.MaxValue);
            double seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
            ProcessUsage after = ProcessUsage.Of(serverProcess);
            double ownCpu = (Environment.CpuUsage.TotalTime - ownBefore).TotalSeconds;

            long errors = sessions.Sum(session => session.Errors);
            if (errors > 0)
                throw new IOException($"{errors} of {latency.Count} requests failed in {cell}.");
            if (cell.Workload == Workload.Create)
                RemoveCreated(sessions, cell);
            return new Sample
            {
                Operations = latency.Count,
                Seconds = seconds,
                P50 = latency.Percentile(0.50),
                P99 = latency.Percentile(0.99),
                P999 = latency.Percentile(0.999),
                ServerCpu = (after.CpuSeconds - before.CpuSeconds) * 1e6 / latency.Count,
                Switches = (double)(after.ContextSwitches - before.ContextSwitches) / latency.Count,
                GeneratorLoad = ownCpu / seconds,
                ResidentBytes = after.ResidentBytes,
            };
        }
        finally
        {
            foreach (LoadSession session in sessions)
                session.Dispose();
        }
    }

    private LoadSession[] Open(Cell cell)
    {
        var sessions = new LoadSession[cell.Sessions];
        for (int i = 0; i < sessions.Length; i++)
            sessions[i] = LoadSession.Open(server, new RequestFrames(i, cell.ValueSize, "/bench/c"), cell.Pipeline);
        return sessions;
    }

    private static void RemoveCreated(LoadSession[] sessions, Cell cell)
    {
        foreach (LoadSession session in sessions)
        {
            long created = session.Serial;
            session.Serial = 0;
            Run([session], cell with { Workload = Workload.Delete }, TimeSpan.FromMinutes(2), created);
        }
    }

    /// <summary>Sends until the time is over or each session has sent as many as it may, and waits for what is on its way.</summary>
    public static LatencyHistogram Run(LoadSession[] sessions, Cell cell, TimeSpan duration, long limitPerSession)
    {
        var latency = new LatencyHistogram();
        long deadline = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        using var epoll = new Epoll();
        for (int i = 0; i < sessions.Length; i++)
        {
            epoll.Watch(sessions[i].Descriptor, i);
            sessions[i].Request(cell.Workload, (int)Math.Min(cell.Pipeline, limitPerSession));
        }

        Span<long> ready = stackalloc long[256];
        int inFlight = sessions.Sum(session => session.InFlight);
        while (inFlight > 0)
        {
            int count = epoll.Wait(ready, 20_000);
            if (count == 0)
                throw new TimeoutException($"No reply for 20 s in {cell}; {inFlight} requests are in flight.");
            bool stop = Stopwatch.GetTimestamp() >= deadline;
            for (int i = 0; i < count; i++)
            {
                LoadSession session = sessions[ready[i]];
                int answered = session.Receive(latency);
                inFlight -= answered;
                int next = stop ? 0 : (int)Math.Min(answered, limitPerSession - session.Serial);
                if (next > 0)
                {
                    session.Request(cell.Workload, next);
                    inFlight += next;
                }
            }
        }

        return latency;
    }
}
