using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Coordination.Bench.Native;
using Coordination.Protocol;

namespace Coordination.Bench.Load;

/// <summary>Opens and closes sessions as fast as the server lets it: connect, handshake, closeSession, wait for the end, again.</summary>
internal sealed class SessionChurn(IPEndPoint server, int serverProcess)
{
    private static readonly byte[] Handshake = RequestFrames.Handshake(30_000);
    private static readonly byte[] CloseRequest = RequestFrames.Frame(OpCode.CloseSession, default(EmptyRecord), 1);

    private sealed class Visit
    {
        public required Socket Socket { get; init; }

        public long StartedAt { get; } = Stopwatch.GetTimestamp();

        public bool Closing { get; set; }
    }

    /// <param name="concurrency">Sessions being opened or closed at any moment.</param>
    public Sample Drive(int concurrency, TimeSpan duration)
    {
        var latency = new LatencyHistogram();
        using var epoll = new Epoll();
        var visits = new Visit[concurrency];
        ProcessUsage before = ProcessUsage.Of(serverProcess);
        TimeSpan ownBefore = Environment.CpuUsage.TotalTime;
        long startedAt = Stopwatch.GetTimestamp();
        for (int i = 0; i < concurrency; i++)
            visits[i] = Begin(epoll, i);

        Span<long> ready = stackalloc long[256];
        byte[] buffer = new byte[512];
        int open = concurrency;
        while (open > 0)
        {
            int count = epoll.Wait(ready, 20_000);
            if (count == 0)
                throw new TimeoutException("No session was opened or closed for 20 s.");
            for (int i = 0; i < count; i++)
            {
                int slot = (int)ready[i];
                if (!Ended(visits[slot], buffer))
                    continue;

                latency.Record((long)Stopwatch.GetElapsedTime(visits[slot].StartedAt).TotalNanoseconds);
                visits[slot].Socket.Dispose();
                if (Stopwatch.GetElapsedTime(startedAt) < duration)
                    visits[slot] = Begin(epoll, slot);
                else
                    open--;
            }
        }

        return Summarise(latency, startedAt, before, ownBefore);
    }

    private Visit Begin(Epoll epoll, int slot)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(server);
        socket.Send(Handshake);
        epoll.Watch((int)socket.Handle, slot);
        return new Visit { Socket = socket };
    }

    private static bool Ended(Visit visit, byte[] buffer)
    {
        int count = visit.Socket.Receive(buffer);
        if (visit.Closing)
            return true;
        if (count < 40)
            throw new IOException("The server did not grant a session.");
        visit.Closing = true;
        visit.Socket.Send(CloseRequest);
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
}
