using System.Diagnostics;
using System.Net;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Fuzz.Tests.Sockets;

/// <summary>Hostile frames at full speed into a real server, beside a client that minds its business.</summary>
public sealed class SocketTests
{
    private const int FramesPerSecond = 20_000;
    private const int Fuzzers = 4;
    private const long MostGrowth = 160L << 20;

    /// <summary>
    /// The promise, for a machine that has nothing else to do; what it and its disk make everybody wait comes on top. Beside other tests
    /// only a standstill counts.
    /// </summary>
    private static TimeSpan LongestAnswer => TimeSpan.FromMilliseconds(ProofScale.Of(quick: 5000, middle: 5000, full: 100));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static TimeSpan Length => TimeSpan.FromSeconds(ProofScale.Of(quick: 4, middle: 15, full: 120));

    [Fact]
    public async Task A_healthy_client_is_answered_at_once_while_others_send_rubbish_and_nothing_is_left_of_them()
    {
        int seed = FuzzSeed.Of(nameof(SocketTests));
        await using OwnServer server = await ServerVitals.StartAsync(tickTime: 1000, Cancellation);
        using RawClient healthy = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), 30_000);
        await healthy.CallAsync(OpCode.Create, new CreateRequest("/healthy", [1], Acl.Open, CreateMode.Persistent));
        TimeSpan alone = (await MeasureAsync(healthy, TimeSpan.FromSeconds(1))).Longest;
        (long memory, int descriptors, int threads) = (server.ResidentBytes(), server.Descriptors(), server.Threads());

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        SocketFuzzer[] fuzzers =
        [
            .. Enumerable.Range(0, Fuzzers).Select(i => new SocketFuzzer(new IPEndPoint(IPAddress.Loopback, server.Port), seed + i, FramesPerSecond / Fuzzers)),
        ];
        Task[] running = [.. fuzzers.Select(fuzzer => Task.Factory.StartNew(
            () => fuzzer.Run(stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        using var machine = new StallGauge();
        (int answers, TimeSpan p99, TimeSpan longest) = await MeasureAsync(healthy, Length);
        TimeSpan stalled = machine.Longest;
        long peak = server.ResidentBytes();
        await stop.CancelAsync();
        await Task.WhenAll(running);

        await Eventually.HoldsAsync(() => server.Descriptors() <= descriptors + 2, TimeSpan.FromSeconds(30), () => $"{server.Descriptors()} descriptors", Cancellation);
        await SessionsEndAsync(server);
        long received = Figure(await FourLetterWord.AskAsync(server.Port, "mntr", Cancellation), "zk_packets_received");
        TestContext.Current.SendDiagnosticMessage(
            "fuzz, sockets: {0:n0} frames ({1:n0}/s, {13:n0} taken), {2:n0} MB, {3} connections, {4:n0} MB back; healthy client {5} answers, p99 {6:n1} ms, longest {7:n1} ms"
            + " ({14:n1} alone, the machine stalls up to {8:n1} ms); memory {9} -> {10} MiB, threads {11} -> {12}",
            fuzzers.Sum(static fuzzer => fuzzer.Frames), fuzzers.Sum(static fuzzer => fuzzer.Frames) / Length.TotalSeconds,
            fuzzers.Sum(static fuzzer => fuzzer.Bytes) / 1_000_000, fuzzers.Sum(static fuzzer => fuzzer.Connections),
            fuzzers.Sum(static fuzzer => fuzzer.Received) / 1_000_000, answers, p99.TotalMilliseconds, longest.TotalMilliseconds,
            stalled.TotalMilliseconds, memory >> 20, peak >> 20, threads, server.Threads(), received, alone.TotalMilliseconds);
        Assert.True(
            longest <= LongestAnswer + alone + (2 * stalled),
            $"{longest.TotalMilliseconds} ms; alone {alone.TotalMilliseconds} ms, the machine stalls up to {stalled.TotalMilliseconds} ms.");
        Assert.InRange(peak, 0, memory + MostGrowth);
        Assert.InRange(server.Threads(), 0, threads + 4);
        Assert.Equal(ErrorCode.Ok, (await healthy.CallAsync(OpCode.GetData, new GetDataRequest("/healthy", false))).Header.Error);
    }

    /// <summary>Reads and writes in turn.</summary>
    private static async Task<(int Answers, TimeSpan P99, TimeSpan Longest)> MeasureAsync(RawClient client, TimeSpan length)
    {
        long started = Stopwatch.GetTimestamp();
        List<TimeSpan> latencies = [];
        while (Stopwatch.GetElapsedTime(started) < length)
        {
            long sent = Stopwatch.GetTimestamp();
            RawReply reply = latencies.Count % 2 == 0
                ? await client.CallAsync(OpCode.GetData, new GetDataRequest("/healthy", false))
                : await client.CallAsync(OpCode.SetData, new SetDataRequest("/healthy", [2], -1));
            latencies.Add(Stopwatch.GetElapsedTime(sent));
            Assert.Equal(ErrorCode.Ok, reply.Header.Error);
            await Task.Delay(2, Cancellation);
        }

        latencies.Sort();
        return (latencies.Count, latencies[latencies.Count * 99 / 100], latencies[^1]);
    }

    /// <summary>The sessions of the crowd expire, and take their watches and ephemerals along.</summary>
    private static Task SessionsEndAsync(OwnServer server) => Eventually.HoldsAsync(
        async () =>
        {
            string figures = await FourLetterWord.AskAsync(server.Port, "mntr", Cancellation);
            return Figure(figures, "zk_global_sessions") <= 1 && Figure(figures, "zk_watch_count") == 0 && Figure(figures, "zk_ephemerals_count") == 0;
        },
        TimeSpan.FromSeconds(30),
        server.Describe,
        Cancellation);

    private static long Figure(string figures, string name) =>
        figures.Split('\n').Where(line => line.StartsWith(name + "\t", StringComparison.Ordinal)).Select(line => long.Parse(line.Split('\t')[1])).FirstOrDefault();
}
