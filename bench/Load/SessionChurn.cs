using System.Diagnostics;
using System.Net;
using Coordination.Bench.Native;
using Coordination.Protocol;

namespace Coordination.Bench.Load;

/// <summary>Opens and closes sessions as fast as the server lets it: connect, handshake, closeSession, wait for the reply, again.</summary>
internal sealed class SessionChurn(IPEndPoint server, int serverProcess)
{
    private const int LeastGrant = 40;
    private static readonly byte[] Handshake = RequestFrames.Handshake(30_000);
    private static readonly byte[] CloseRequest = RequestFrames.Frame(OpCode.CloseSession, default(EmptyRecord), 1);

    /// <param name="concurrency">Sessions being opened or closed at any moment.</param>
    /// <param name="duration">How long new ones are begun.</param>
    public Sample Drive(int concurrency, TimeSpan duration)
    {
        var latency = new LatencyHistogram();
        using var epoll = new Epoll();
        var visits = new Visit[concurrency];
        ProcessUsage before = ProcessUsage.Of(serverProcess);
        TimeSpan ownBefore = Environment.CpuUsage.TotalTime;
        long startedAt = Stopwatch.GetTimestamp();
        long deadline = startedAt + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        for (int i = 0; i < concurrency; i++)
            visits[i] = Begin(epoll, i);

        Span<long> ready = stackalloc long[256];
        int open = concurrency;
        while (open > 0)
        {
            int count = epoll.Wait(ready, 20_000);
            if (count == 0)
                throw new TimeoutException("No session was opened or closed for 20 s.");
            for (int i = 0; i < count; i++)
            {
                int slot = (int)ready[i];
                if (!Ended(ref visits[slot]))
                    continue;

                latency.Record((long)Stopwatch.GetElapsedTime(visits[slot].StartedAt).TotalNanoseconds);
                _ = Libc.Close(visits[slot].Descriptor);
                if (Stopwatch.GetTimestamp() < deadline)
                    visits[slot] = Begin(epoll, slot);
                else
                    open--;
            }
        }

        return Summarise(latency, startedAt, before, ownBefore);
    }

    private Visit Begin(Epoll epoll, int slot)
    {
        long startedAt = Stopwatch.GetTimestamp();
        int descriptor = TcpDescriptor.Connect(server);
        TcpDescriptor.Send(descriptor, Handshake);
        epoll.Watch(descriptor, slot);
        return new Visit { Descriptor = descriptor, StartedAt = startedAt };
    }

    private static bool Ended(ref Visit visit)
    {
        Span<byte> buffer = stackalloc byte[256];
        int count = TcpDescriptor.Receive(visit.Descriptor, buffer);
        if (count < 0)
            return false;
        if (visit.IsClosing)
            return true;
        if (count < LeastGrant)
            throw new IOException("The server did not grant a session.");
        visit.IsClosing = true;
        TcpDescriptor.Send(visit.Descriptor, CloseRequest);
        return false;
    }

    private Sample Summarise(LatencyHistogram latency, long startedAt, ProcessUsage before, TimeSpan ownBefore)
    {
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
            Switches = 0,
            GeneratorLoad = (Environment.CpuUsage.TotalTime - ownBefore).TotalSeconds / seconds,
            ResidentBytes = after.ResidentBytes,
        };
    }

    private struct Visit
    {
        public int Descriptor { get; init; }

        public long StartedAt { get; init; }

        public bool IsClosing { get; set; }
    }
}
