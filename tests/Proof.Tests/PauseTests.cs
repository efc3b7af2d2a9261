using Coordination.Client;
using Coordination.Proof.Tests.Evidence;
using Coordination.Proof.Tests.Processes;
using Coordination.Proof.Worker;
using Coordination.Proof.Worker.Evidence;
using Coordination.Testing;

namespace Coordination.Proof.Tests;

/// <summary>
/// Proof 3, second part: processes that stand still (SIGSTOP) cannot let go of anything, so what is claimed is weaker and lies with the
/// resource. What is claimed: <see cref="FencingHistory"/>.
/// </summary>
public sealed class PauseTests
{
    private const int TickTime = 200;
    private static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly Random _random = new();
    private readonly List<ProcessPause> _pauses = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_resource_that_compares_numbers_is_never_harmed_by_a_holder_that_was_paused()
    {
        FencingHistory history = await RunAsync(ProofCounts.Pauses, fences: true);

        ProofReport.Line(
            $"pauses: {_pauses.Count} ({_pauses.Count(pause => pause.Length > SessionTimeout)} longer than the session), {history.Accepted.Count} operations"
            + $" accepted, {history.Refused.Count} refused ({history.Refused.Count(fact => fact.SessionAlive)} of them with the session alive),"
            + $" {history.LooksAfterLongPauses.Count} first looks after long pauses,"
            + $" {history.LooksAfterShortPauses.Count(fact => fact.Look!.Confirmed)} of {history.LooksAfterShortPauses.Count} holds survived a short one,"
            + $" {history.Violations().Count} violations");
        Assert.Empty(history.Violations());
        Assert.NotEmpty(history.Accepted);
        Assert.NotEmpty(history.Refused);
        Assert.NotEmpty(history.LooksAfterLongPauses);
    }

    [Fact]
    public async Task A_resource_that_does_not_compare_numbers_is_harmed_and_that_is_seen()
    {
        FencingHistory history = await RunAsync(pauses: 2, fences: false);

        Assert.Contains(history.Violations(), violation => violation.Contains("was carried out after", StringComparison.Ordinal));
    }

    private async Task<FencingHistory> RunAsync(int pauses, bool fences)
    {
        await using OwnServer server = await ServerVitals.StartAsync(TickTime, Cancellation);
        await using var recorder = new EventRecorder();
        await using CoordinationClient client = await Clients.ConnectAsync(server.ConnectionString, TimeSpan.FromSeconds(20), Cancellation);
        await client.CreateAsync(WorkerFleet.MarksPath, options: new CreateOptions { CreateParents = true }, cancellationToken: Cancellation);
        await using var resource = WorkerProcess.Start(
            "resource", $"server={server.ConnectionString}", $"recorder={recorder.Port}", $"no-fence={!fences}");
        string port = await resource.Process.WaitForLineAsync(line => line.StartsWith("port ", StringComparison.Ordinal) && line.EndsWith('.'), Patience, Cancellation);
        await using var fleet = new WorkerFleet(
            new FleetOptions
            {
                Server = server.ConnectionString,
                SessionTimeout = SessionTimeout,
                Linger = TimeSpan.FromMilliseconds(400),
                Resource = int.Parse(port.AsSpan(5).TrimEnd('.')),
            },
            recorder);

        for (int i = 0; i < pauses; i++)
        {
            await PauseHolderAsync(fleet, recorder, isLong: i % 2 == 1, () => $"{fleet.Describe(recorder)}\n{server.Describe()}");
            await Task.Delay(_random.Next(300, 1000), Cancellation);
        }

        Assert.Empty(fleet.Obituaries());
        return new FencingHistory(recorder.Events, _pauses, SessionTimeout);
    }

    private async Task PauseHolderAsync(WorkerFleet fleet, EventRecorder recorder, bool isLong, Func<string> excuse)
    {
        TimeSpan length = SessionTimeout * (isLong ? 1.3 + (0.7 * _random.NextDouble()) : 0.1 + (0.7 * _random.NextDouble()));
        TimeSpan begun = BootClock.Now;
        while (true)
        {
            Assert.True(BootClock.Now - begun < Patience, $"No holder could be caught. {excuse()}");
            ProofEvent? inside = recorder.Inside;
            if (inside is not null
                && fleet.Find(inside.Process) is { } holder
                && await holder.PauseAsync(length, () => recorder.Inside == inside, Cancellation) is { } pause)
            {
                _pauses.Add(pause);
                await Eventually.HoldsAsync(() => recorder.HasLeft(inside.Section), Patience, excuse, Cancellation);
                return;
            }

            await Task.Delay(1, Cancellation);
        }
    }
}
