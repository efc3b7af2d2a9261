using Coordination.Proof.Tests.Evidence;
using Coordination.Proof.Tests.Processes;
using Coordination.Proof.Worker;
using Coordination.Proof.Worker.Evidence;

using Coordination.Testing;

namespace Coordination.Proof.Tests;

/// <summary>Proof 3, first part. What counts as a section and as an overlap: <see cref="SectionHistory"/>.</summary>
public sealed class MutualExclusionTests : IAsyncLifetime
{
    private const int TickTime = 200;
    private const int LeastSectionsPerSecond = 2;
    private static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(2);
    /// <summary>Whoever is inside for longer means to stay.</summary>
    private static readonly TimeSpan ShortStay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly Random _random = new();
    private readonly EventRecorder _recorder = new();
    private int _killedWorkers;
    private int _killedInside;
    private int _killedServers;
    private int _outagesInside;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _recorder.DisposeAsync();

    [Fact]
    public async Task No_two_sections_overlap_while_workers_and_the_server_are_killed()
    {
        await using OwnServer server = await ServerVitals.StartAsync(TickTime, Cancellation);
        await using var fleet = new WorkerFleet(Options(server) with { Linger = TimeSpan.FromSeconds(2), LingersOneIn = 40 }, _recorder);
        await Eventually.HoldsAsync(() => _recorder.Count(ProofEventKind.Enter) > 0, Patience, () => $"{fleet.Describe(_recorder)}\n{server.Describe()}", Cancellation);

        TimeSpan begun = BootClock.Now;
        int faults = 0;
        while (BootClock.Now - begun < ProofCounts.MutualExclusion)
        {
            await Task.Delay(_random.Next(800, 3500), Cancellation);
            if (faults++ % 2 == 0)
                await KillWorkerAsync(fleet);
            else
                await KillServerAsync(server);
        }

        // Liveness: with the faults over, every contender of the fleet gets its turn.
        TimeSpan quiet = BootClock.Now;
        await Eventually.HoldsAsync(() => EverybodyEnteredAfter(quiet, fleet), Patience, () => $"{fleet.Describe(_recorder)}\n{server.Describe()}", Cancellation);

        TimeSpan end = BootClock.Now;
        IReadOnlyList<GuardedSection> sections = SectionHistory.Sections(_recorder.Events, end);
        ProofReport.Line(
            $"mutual exclusion: {sections.Count} sections in {(end - begun).TotalSeconds:f0} s, {_killedWorkers} workers killed"
            + $" ({_killedInside} of them inside), server killed {_killedServers} times ({_outagesInside} times for long with"
            + $" somebody inside), {sections.Count(section => section.Lost)} lost tokens,"
            + $" {SectionHistory.Violations(sections).Count} violations");
        Assert.Empty(SectionHistory.Violations(sections));
        Assert.Empty(fleet.Obituaries());
        Assert.True(sections.Count >= LeastSectionsPerSecond * ProofCounts.MutualExclusion.TotalSeconds, $"Only {sections.Count} sections.");
    }

    /// <summary>
    /// The proof can fail: the server is away for so long that the holder's token fires; the honest holder stops, the one that looks at
    /// the clock only goes on while the next one is inside.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_outage_is_survived_by_an_honest_holder_and_a_dishonest_one_is_caught(bool ignoresToken)
    {
        await using OwnServer server = await ServerVitals.StartAsync(TickTime, Cancellation);
        FleetOptions options = Options(server) with
        {
            SessionTimeout = TimeSpan.FromSeconds(2),
            Workers = 2,
            ContendersPerWorker = 1,
            Linger = TimeSpan.FromSeconds(30),
            LingersOneIn = 1,
            IgnoresToken = ignoresToken,
        };
        await using var fleet = new WorkerFleet(options, _recorder);
        await Eventually.HoldsAsync(() => _recorder.Count(ProofEventKind.Enter) == 1, Patience, () => $"{fleet.Describe(_recorder)}\n{server.Describe()}", Cancellation);

        await server.KillAsync();
        await Eventually.HoldsAsync(() => _recorder.Count(ProofEventKind.Lost) == 1, Patience, () => $"{fleet.Describe(_recorder)}\n{server.Describe()}", Cancellation);
        await server.RestartAsync(Cancellation);
        await Eventually.HoldsAsync(() => _recorder.Count(ProofEventKind.Enter) == 2, Patience, () => $"{fleet.Describe(_recorder)}\n{server.Describe()}", Cancellation);

        IReadOnlyList<string> violations = SectionHistory.Violations(SectionHistory.Sections(_recorder.Events, BootClock.Now));
        Assert.Equal(ignoresToken ? 1 : 0, violations.Count);
    }

    private static FleetOptions Options(OwnServer server) =>
        new() { Server = server.ConnectionString, SessionTimeout = SessionTimeout, Linger = TimeSpan.Zero };

    private async Task KillWorkerAsync(WorkerFleet fleet)
    {
        // Half of the kills are aimed at whoever is inside, which is the harder case. While an outage is being sat out nobody is.
        int index = -1;
        TimeSpan begun = BootClock.Now;
        while (index < 0 && _killedWorkers % 2 == 0 && BootClock.Now - begun < SessionTimeout)
        {
            await Task.Delay(1, Cancellation);
            index = _recorder.Inside is { } inside ? fleet.IndexOf(inside.Process) : -1;
        }

        if (index < 0)
            index = _random.Next(fleet.Workers.Count);
        int killed = fleet.Workers[index].Process.Id;
        await fleet.ReplaceAsync(index);
        _killedWorkers++;
        if (_recorder.DiedInside(killed))
            _killedInside++;
    }

    private async Task KillServerAsync(OwnServer server)
    {
        // Every third outage is longer than a session without its server can be believed in, and meets somebody in a long stay.
        bool isLong = _killedServers++ % 3 == 0;
        TimeSpan begun = BootClock.Now;
        while (isLong && !SomebodyStays() && BootClock.Now - begun < SessionTimeout * 3)
            await Task.Delay(1, Cancellation);

        if (isLong && SomebodyStays())
            _outagesInside++;
        await server.KillAsync();
        await Task.Delay(isLong ? (int)SessionTimeout.TotalMilliseconds : _random.Next(300), Cancellation);
        await server.RestartAsync(Cancellation);
    }

    private bool SomebodyStays() => _recorder.Inside is { } inside && BootClock.Now - inside.At > ShortStay;

    private bool EverybodyEnteredAfter(TimeSpan instant, WorkerFleet fleet)
    {
        var entered = _recorder.Events
            .Where(fact => fact.Kind == ProofEventKind.Enter && fact.At > instant)
            .Select(fact => (fact.Process, fact.Contender))
            .ToHashSet();
        return fleet.Workers.All(worker =>
            Enumerable.Range(1, ProofCounts.ContendersPerWorker).All(contender => entered.Contains((worker.Process.Id, contender))));
    }
}
