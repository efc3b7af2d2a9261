using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using Coordination.Bench.Native;
using Coordination.Protocol;

namespace Coordination.Bench.Load;

/// <summary>Many sessions watch one znode; one more sets its data. How long it takes until the last of them has been told.</summary>
internal sealed class WatchFanOut(IPEndPoint server, int serverProcess) : IDisposable
{
    private const string Path = "/bench/watched";
    private const int Tag = 1;
    private const long PauseNanoseconds = 50_000;
    private static readonly byte[] Arm = RequestFrames.Frame(OpCode.GetData, new GetDataRequest(Path, Watch: true), Tag);
    private static readonly byte[] Change = RequestFrames.Frame(OpCode.SetData, new SetDataRequest(Path, new byte[100], -1), Tag);

    private readonly List<WireSession> _watchers = [];
    private readonly Epoll _epoll = new();

    /// <param name="watchers">Sessions that watch.</param>
    /// <param name="rounds">Changes, each seen by all of them.</param>
    public Sample Drive(int watchers, int rounds)
    {
        using (ControlConnection control = ControlConnection.Open(server))
        {
            control.Put("/bench", []);
            control.Put(Path, new byte[100]);
        }

        for (int i = _watchers.Count; i < watchers; i++)
        {
            WireSession watcher = WireSession.Open(server);
            _epoll.Watch(watcher.Descriptor, i);
            _watchers.Add(watcher);
        }

        using WireSession setter = WireSession.Open(server);
        var untilLast = new LatencyHistogram();
        double cpu = 0;
        double seconds = 0;
        TimeSpan own = TimeSpan.Zero;
        for (int round = 0; round < rounds; round++)
        {
            foreach (WireSession watcher in _watchers)
                watcher.Send(Arm);
            ReceiveFromAll(events: false);

            // On one machine the system lets whoever receives pay for the acknowledgement too: four times what the receiving costs. Those
            // of the replies leave before the change, those of the events after it.
            foreach (WireSession watcher in _watchers)
                TcpDescriptor.Acknowledge(watcher.Descriptor);

            double before = ProcessUsage.CpuSecondsOf(serverProcess);
            TimeSpan ownBefore = Environment.CpuUsage.TotalTime;
            long startedAt = Stopwatch.GetTimestamp();
            setter.Send(Change);
            ReceiveFromAll(events: true);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(startedAt);
            own += Environment.CpuUsage.TotalTime - ownBefore;
            cpu += ProcessUsage.CpuSecondsOf(serverProcess) - before;
            untilLast.Record((long)elapsed.TotalNanoseconds);
            seconds += elapsed.TotalSeconds;
            _ = setter.Await();
        }

        return new Sample
        {
            Operations = rounds,
            Seconds = seconds,
            P50 = untilLast.Percentile(0.50),
            P99 = untilLast.Percentile(0.99),
            P999 = untilLast.Percentile(0.999),
            ServerCpu = cpu * 1e6 / ((long)rounds * watchers),
            GeneratorLoad = own.TotalSeconds / seconds,
            ResidentBytes = ProcessUsage.Of(serverProcess).ResidentBytes,
        };
    }

    public void Dispose()
    {
        foreach (WireSession watcher in _watchers)
            watcher.Dispose();
        _epoll.Dispose();
    }

    /// <summary>
    /// Lets more arrive. A generator that sleeps after every event has itself woken by every event, and the server's core does the waking:
    /// a cost of having both on one machine. Watchers elsewhere would cost the server nothing once their event has left.
    /// </summary>
    private static unsafe void Gather()
    {
        long* pause = stackalloc long[2] { 0, PauseNanoseconds };
        _ = Libc.Sleep(pause, null);
    }

    /// <summary>One reply, or one event, from every watcher.</summary>
    private void ReceiveFromAll(bool events)
    {
        Span<long> ready = stackalloc long[256];
        int missing = _watchers.Count;
        while (missing > 0)
        {
            int count = _epoll.Wait(ready, 20_000);
            if (count == 0)
                throw new TimeoutException($"{missing} watchers have heard nothing for 20 s.");
            for (int i = 0; i < count; i++)
            {
                WireSession watcher = _watchers[(int)ready[i]];
                watcher.Receive();
                while (watcher.TryTake(out ReadOnlySpan<byte> frame))
                {
                    if (BinaryPrimitives.ReadInt32BigEndian(frame) == (events ? WellKnownXid.Notification : Tag))
                        missing--;
                }
            }

            if (missing > 0)
                Gather();
        }
    }
}
