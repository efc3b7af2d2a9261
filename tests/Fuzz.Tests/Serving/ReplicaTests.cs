using System.Diagnostics;
using Coordination.Testing;

namespace Coordination.Fuzz.Tests.Serving;

/// <summary>Any frames in any state of any connection, into the whole server without its sockets and files.</summary>
public sealed class ReplicaTests
{
    private static int Frames => ProofScale.Of("COORDINATION_FUZZ_REQUESTS", quick: 100_000, middle: 2_500_000, full: 40_000_000);

    [Fact]
    public async Task Nothing_that_arrives_breaks_a_rule_of_the_server()
    {
        int first = FuzzSeed.Of(nameof(ReplicaTests));
        int threads = Math.Clamp(Environment.ProcessorCount, 1, 4);
        ReplicaFuzzer[] fuzzers = [.. Enumerable.Range(0, threads).Select(thread => new ReplicaFuzzer(first + (thread * 1_000_000), static () => new FuzzWorld()))];
        long started = Stopwatch.GetTimestamp();
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        await Task.WhenAll(fuzzers.Select(fuzzer => Task.Factory.StartNew(
            () => fuzzer.Run(Frames / threads), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        long frames = fuzzers.Sum(static fuzzer => fuzzer.Frames);
        long transactions = fuzzers.Sum(static fuzzer => fuzzer.Transactions);
        long live = GC.GetTotalMemory(forceFullCollection: true);
        TestContext.Current.SendDiagnosticMessage(
            "fuzz, replica: {0:n0} frames in {1:n1} s, {2:n0} received, {3:n0} transactions, {4:n1} us CPU each, {5:n0} MiB live after all",
            frames, seconds, fuzzers.Sum(static fuzzer => fuzzer.Received), transactions, cpu.TotalMicroseconds / frames, live >> 20);

        // A fuzzer whose frames are all refused at the door proves nothing.
        Assert.InRange((double)transactions / frames, 0.05, 0.9);
        Assert.InRange(live, 0, 256L << 20);
    }

    [Fact]
    public void A_lost_reply_is_found() => IsFound(static () => new FuzzWorld { LosesReplies = 200 }, "one for each");

    [Fact]
    public void A_transaction_missing_in_the_log_is_found() => IsFound(static () => new FuzzWorld { LosesEntries = 200 }, "the log");

    private static void IsFound(Func<FuzzWorld> world, string rule)
    {
        FuzzFailure failure = Assert.Throws<FuzzFailure>(() => new ReplicaFuzzer(1, world).Run(20_000));
        Assert.Contains(rule, failure.Rule, StringComparison.Ordinal);
        TestContext.Current.SendDiagnosticMessage("fuzz, planted: {0}", failure.Message);
    }
}
