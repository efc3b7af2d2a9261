using System.Diagnostics;
using System.Net;
using Coordination.Proof.Tests.Processes;
using Coordination.Proof.Worker;
using Coordination.Proof.Worker.Crowds;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Proof.Tests;

/// <summary>What happens to all at once: a change that thousands watch, and the return of thousands of sessions.</summary>
public sealed class StormTests
{
    private const int SessionTimeout = 40_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LongestReturn = TimeSpan.FromSeconds(10);

    /// <summary>The promise, for a machine that has nothing else to do; beside other tests only a standstill counts.</summary>
    private static double LongestWriteP99 => ProofScale.Of(quick: 2000, middle: 2000, full: 50);

    private static TimeSpan LongestDelivery => TimeSpan.FromSeconds(ProofScale.Of(quick: 5, middle: 5, full: 2));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_reaches_thousands_of_watchers_and_others_go_on_writing()
    {
        await using OwnServer server = await ServerVitals.StartAsync(tickTime: 2000, Cancellation);
        await using var crowd = WorkerProcess.Start(
            "watch", $"server={server.ConnectionString}", $"count={ProofCounts.StormSessions}", $"session-timeout={SessionTimeout}", "path=/storm");
        await crowd.Process.WaitForLineAsync(static line => line.TrimEnd() == Storms.ReadyLine, Patience, Cancellation);

        using RawClient writer = await RawClient.ConnectAsync(Endpoint(server), SessionTimeout);
        await writer.CallAsync(OpCode.Create, new CreateRequest("/storm", [1], Acl.Open, CreateMode.Persistent));
        await Eventually.HoldsAsync(() => Delivered(crowd).Length >= 1, Patience, () => crowd.Process.Error, Cancellation);
        Summary alone = await WriteAsync(server, TimeSpan.FromSeconds(1), Cancellation);
        using var machine = new StallGauge();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<Summary> others = WriteAsync(server, Timeout.InfiniteTimeSpan, stop.Token);
        List<double> deliveries = [];
        for (int storm = 1; storm <= ProofCounts.Storms; storm++)
        {
            TimeSpan started = BootClock.Now;
            await writer.CallAsync(OpCode.SetData, new SetDataRequest("/storm", [2], -1));
            int number = storm;
            await Eventually.HoldsAsync(() => Delivered(crowd).Length > number, Patience, () => crowd.Process.Error, Cancellation);
            deliveries.Add((Delivered(crowd)[storm] - started).TotalMilliseconds);
            await Task.Delay(TimeSpan.FromMilliseconds(500), Cancellation);
        }

        await stop.CancelAsync();
        Summary writes = await others;
        ProofReport.Line(
            $"watch storm: {ProofCounts.StormSessions} watchers, the last heard after {Summary.Of(deliveries)}; writes of others {writes}, before that {alone};"
            + $" the machine stalls up to {machine.Longest.TotalMilliseconds:f0} ms");

        // What the machine and its disk make everybody wait is not the storm's fault.
        double stalled = (2 * machine.Longest.TotalMilliseconds) + alone.Longest;
        Assert.True(deliveries.Max() <= LongestDelivery.TotalMilliseconds + stalled, $"{deliveries.Max()} ms");
        Assert.True(writes.P99 <= LongestWriteP99 + stalled, $"{writes}, {stalled} ms are the machine's");
    }

    [Fact]
    public async Task Thousands_of_sessions_come_back_at_once_and_none_is_lost()
    {
        await using OwnServer server = await ServerVitals.StartAsync(tickTime: 2000, Cancellation);
        await using var crowd = WorkerProcess.Start(
            "return", $"server={server.ConnectionString}", $"count={ProofCounts.StormSessions}", $"session-timeout={SessionTimeout}");
        await crowd.Process.WaitForLineAsync(static line => line.TrimEnd() == Storms.ReadyLine, Patience, Cancellation);

        await server.KillAsync();
        await server.RestartAsync(Cancellation);
        TimeSpan serving = BootClock.Now;
        await crowd.Process.WaitForLineAsync(
            static line => line.StartsWith(Storms.ReturnedPrefix, StringComparison.Ordinal), Patience, Cancellation);
        long[] returned = Numbers(crowd, Storms.ReturnedPrefix).Single();
        TimeSpan took = TimeSpan.FromTicks(returned[2]) - serving;

        ProofReport.Line($"session storm: {returned[0]} sessions came back within {took.TotalSeconds:f2} s, {returned[1]} were lost");
        Assert.Equal((ProofCounts.StormSessions, 0), (returned[0], returned[1]));
        Assert.True(took <= LongestReturn, $"{took}");
        await Task.Delay(TimeSpan.FromSeconds(3), Cancellation);
        Assert.DoesNotContain(server.LogLines(), static line => line.Contains("expired", StringComparison.Ordinal));
    }

    private static async Task<Summary> WriteAsync(OwnServer server, TimeSpan length, CancellationToken stop)
    {
        using RawClient other = await RawClient.ConnectAsync(Endpoint(server), SessionTimeout);
        await other.CallAsync(OpCode.Create, new CreateRequest("/other", [1], Acl.Open, CreateMode.Persistent));
        List<double> latencies = [];
        long started = Stopwatch.GetTimestamp();
        while (!stop.IsCancellationRequested && (length == Timeout.InfiniteTimeSpan || Stopwatch.GetElapsedTime(started) < length))
        {
            long sent = Stopwatch.GetTimestamp();
            await other.CallAsync(OpCode.SetData, new SetDataRequest("/other", [2], -1));
            latencies.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            await Task.Delay(1, CancellationToken.None);
        }

        return Summary.Of(latencies);
    }

    private static TimeSpan[] Delivered(WorkerProcess crowd) =>
        [.. Numbers(crowd, Storms.DeliveredPrefix).Select(static numbers => TimeSpan.FromTicks(numbers[0]))];

    private static IEnumerable<long[]> Numbers(WorkerProcess crowd, string prefix)
    {
        string output = crowd.Process.Output;
        return output[..(output.LastIndexOf('\n') + 1)].Split('\n')
            .Where(line => line.StartsWith(prefix, StringComparison.Ordinal))
            .Select(line => Array.ConvertAll(line[prefix.Length..].Trim().Split(' '), long.Parse));
    }

    private static IPEndPoint Endpoint(OwnServer server) => new(IPAddress.Loopback, server.Port);
}
