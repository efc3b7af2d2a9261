using Coordination.Proof.Tests.Processes;
using Coordination.Proof.Worker.Crowds;

using Coordination.Testing;

namespace Coordination.Proof.Tests;

/// <summary>
/// Proof 5: strangers send garbage, say nothing, or come in thousands, from processes of their own, while a client works. The client
/// sees no error and no long wait; the server's memory stays bounded and comes back; its log says what happened, once.
/// </summary>
public sealed class GarbageTests
{
    private const int MaxFrame = 0xfffff;

    /// <summary>What a connection may cost the server while it is open, and what any crowd may cost besides.</summary>
    private const long BytesPerConnection = 32 * 1024;
    private const long SlackBytes = 96L * 1024 * 1024;

    /// <summary>The noise of the collector between two waves; 4 KiB left behind per connection would be more.</summary>
    private const long GrowthPerWaves = 48L * 1024 * 1024;

    /// <summary>Per wave: a few kinds of trouble, each told when it starts and counted when it is over; some of it takes two intervals of the log.</summary>
    private const int MostLogLines = 40;

    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Garbage_and_silence_are_cut_and_others_do_not_notice()
    {
        await using OwnServer server = await ServerVitals.StartAsync(tickTime: 2000, Cancellation);
        await using WellBehavedClient client = await WellBehavedClient.StartAsync(server.ConnectionString, Cancellation);
        await using var gauge = new MemoryGauge(server);
        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        long before = server.ResidentBytes();
        int linesBefore = server.LogLines().Length;
        int descriptorsBefore = server.Descriptors();

        var waves = new List<GarbageWave>();
        for (int wave = 0; wave < ProofCounts.GarbageWaves; wave++)
            waves.Add(await WaveAsync(server, gauge, descriptorsBefore, before));
        ClientFigures figures = await client.StopAsync();

        string[] lines = server.LogLines()[linesBefore..];
        foreach (GarbageWave wave in waves)
            ProofReport.Line($"garbage: {string.Join("; ", wave.Reports)}; memory {MemoryGauge.MiB(wave.Peak):f0} MiB peak, {MemoryGauge.MiB(wave.After):f0} after");
        ProofReport.Line($"garbage: client {figures}; server memory {MemoryGauge.MiB(before):f0} MiB before all; {lines.Length} log lines in {waves.Count} waves");
        Assert.All(waves, AssertCut);
        AssertClientWasServed(figures);
        AssertMemory(before, waves.Max(wave => wave.Peak), waves[^1].After, ProofCounts.SilentSockets + (3 * ProofCounts.GarbagePeers) + ProofCounts.DrippingPeers);
        Assert.True(waves[^1].After <= waves[0].After + GrowthPerWaves, "Each wave leaves something behind.");
        AssertSaidOnce(lines, waves.Count);
    }

    [Fact]
    public async Task Thousands_of_idle_sessions_and_their_end_go_unnoticed_by_others()
    {
        await using OwnServer server = await ServerVitals.StartAsync(tickTime: 2000, Cancellation);
        await using WellBehavedClient client = await WellBehavedClient.StartAsync(server.ConnectionString, Cancellation);
        await using var gauge = new MemoryGauge(server);
        await Task.Delay(TimeSpan.FromSeconds(1), Cancellation);
        long before = server.ResidentBytes();
        int descriptorsBefore = server.Descriptors();

        await using var crowd = WorkerProcess.Start(
            "idle", $"server={server.ConnectionString}", $"count={ProofCounts.IdleSessions}", $"session-timeout={ProofCounts.IdleSessionTimeout}");
        await crowd.Process.WaitForLineAsync(line => string.Equals(line.TrimEnd(), IdleSessions.ReadyLine, StringComparison.Ordinal), Patience, Cancellation);
        await Task.Delay(ProofCounts.IdleStay, Cancellation);
        string alive = crowd.Process.Output.Split('\n').Last(line => line.StartsWith("alive ", StringComparison.Ordinal));
        Assert.StartsWith($"alive {ProofCounts.IdleSessions} ", alive, StringComparison.Ordinal);
        long peak = gauge.TakePeak();

        // Killed, not closed: the sessions end by expiry, in one storm of as many transactions.
        await crowd.DisposeAsync();
        await Eventually.HoldsAsync(() => server.Descriptors() <= descriptorsBefore + 8, Patience, () => $"{server.Descriptors()} descriptors", Cancellation);
        await Task.Delay(ProofCounts.IdleSessionTimeout + 3_000, Cancellation);
        long stormPeak = gauge.TakePeak();
        long after = await SettledMemoryAsync(server, before + SlackBytes);
        ClientFigures figures = await client.StopAsync();

        ProofReport.Line(
            $"idle sessions: {alive.Trim()}; client {figures}; server memory {MemoryGauge.MiB(before):f0} MiB before, {MemoryGauge.MiB(peak):f0} with"
            + $" {ProofCounts.IdleSessions} sessions, {MemoryGauge.MiB(stormPeak):f0} while they expired, {MemoryGauge.MiB(after):f0} after");
        AssertClientWasServed(figures);
        AssertMemory(before, Math.Max(peak, stormPeak), after, ProofCounts.IdleSessions);
    }

    private static async Task<GarbageWave> WaveAsync(OwnServer server, MemoryGauge gauge, int descriptorsBefore, long before)
    {
        await using var silent = WorkerProcess.Start("silent", $"server={server.ConnectionString}", $"count={ProofCounts.SilentSockets}");
        await using var garbage = WorkerProcess.Start(
            "garbage", $"server={server.ConnectionString}", $"count={ProofCounts.GarbagePeers}", $"dripping={ProofCounts.DrippingPeers}",
            $"seed={Environment.TickCount}", $"max-frame={MaxFrame}");
        CrowdReport[] reports = [.. await ReportsAsync(silent, 1), .. await ReportsAsync(garbage, 4)];
        long peak = gauge.TakePeak();
        await Eventually.HoldsAsync(() => server.Descriptors() <= descriptorsBefore + 8, Patience, () => $"{server.Descriptors()} descriptors", Cancellation);
        return new GarbageWave(reports, peak, await SettledMemoryAsync(server, before + SlackBytes));
    }

    private static async Task<CrowdReport[]> ReportsAsync(WorkerProcess crowd, int count)
    {
        await crowd.Process.WaitForExitAsync(Cancellation);
        CrowdReport[] reports =
        [
            .. crowd.Process.Output.Split('\n')
                .Where(line => line.StartsWith(CrowdReport.Prefix, StringComparison.Ordinal))
                .Select(CrowdReport.FromLine),
        ];
        Assert.True(reports.Length == count, $"{crowd.Process.Output}\n{crowd.Process.Error}");
        return reports;
    }

    /// <summary>The memory once the server has had its chance to give it back; an idle runtime collects when it next allocates.</summary>
    private static async Task<long> SettledMemoryAsync(OwnServer server, long goal)
    {
        for (int i = 0; i < 60 && server.ResidentBytes() > goal; i++)
            await Task.Delay(500, Cancellation);
        return server.ResidentBytes();
    }

    private static void AssertCut(GarbageWave wave)
    {
        Assert.All(wave.Reports, report => Assert.True(report.Left == 0 && report.Unopened == 0, $"{report}"));
        Assert.InRange(wave.Reports[0].Shortest, SilenceLimit - TimeSpan.FromSeconds(1), SilenceLimit + TimeSpan.FromSeconds(4));
        Assert.InRange(wave.Reports[0].Longest, SilenceLimit - TimeSpan.FromSeconds(1), SilenceLimit + TimeSpan.FromSeconds(6));
    }

    private static void AssertClientWasServed(ClientFigures figures)
    {
        Assert.True(figures.Operations.Count > 100, $"{figures}");
        Assert.True(figures.Operations.Longest < LongestWait.TotalMilliseconds && figures.Watches.Longest < LongestWait.TotalMilliseconds, $"{figures}");
    }

    private static void AssertMemory(long before, long peak, long after, int connections)
    {
        Assert.True(peak <= before + SlackBytes + (connections * BytesPerConnection), $"{MemoryGauge.MiB(before)} MiB grew to {MemoryGauge.MiB(peak)}.");
        Assert.True(after <= before + SlackBytes, $"{MemoryGauge.MiB(before)} MiB before, {MemoryGauge.MiB(after)} after.");
    }

    private static void AssertSaidOnce(string[] lines, int waves)
    {
        Assert.NotEmpty(lines);
        Assert.True(lines.Length <= MostLogLines * waves, $"{lines.Length} lines, of which the first: {string.Join('\n', lines.Take(60))}");
    }
}

/// <summary>One wave of garbage and silence.</summary>
/// <param name="Reports">What became of the crowds; the silent one first.</param>
/// <param name="Peak">The server's memory at most.</param>
/// <param name="After">The server's memory afterwards.</param>
internal sealed record GarbageWave(IReadOnlyList<CrowdReport> Reports, long Peak, long After);
