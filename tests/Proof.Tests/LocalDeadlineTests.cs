using System.Collections.Concurrent;
using Coordination.Client;
using Coordination.Proof.Tests.Deadline;
using Coordination.Proof.Tests.Processes;
using Coordination.Testing;

namespace Coordination.Proof.Tests;

/// <summary>
/// Proof 4: whatever happens to a holder's connection, and whenever, its lost token fires before a rival holds. Instants are taken with
/// one clock in one process: the holder's in the token's callback, the rival's when its acquire has returned.
/// </summary>
public sealed class LocalDeadlineTests
{
    private const int TickTime = 200;

    /// <summary>The margin is max(1 s, a quarter of the timeout), so below 2 s nothing would be left to live in.</summary>
    private static readonly TimeSpan[] Timeouts = [TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(3)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_token_fires_before_a_rival_holds()
    {
        await using OwnServer server = await ServerVitals.StartAsync(TickTime, Cancellation);
        await ProveAsync("our server", server.ConnectionString);
    }

    [Fact]
    public async Task The_token_fires_before_a_rival_holds_on_Apaches_server()
    {
        await using ApacheServer server = await ApacheServer.StartAsync(new ApacheServerOptions { TickTime = TickTime }, Cancellation);
        await ProveAsync("Apache 3.8.0", server.ConnectionString);
    }

    /// <summary>The proof can fail: a deadline that counts from the last answer fires after the rival holds.</summary>
    [Fact]
    public async Task A_deadline_that_counts_from_the_last_answer_fires_too_late_and_that_is_seen()
    {
        await using OwnServer server = await ServerVitals.StartAsync(TickTime, Cancellation);
        await using CoordinationClient client = await Clients.ConnectAsync(server.ConnectionString, TimeSpan.FromSeconds(20), Cancellation);
        var plan = new DeadlinePlan(
            TimeSpan.FromSeconds(2), Phase: default, Direction: null, DelayToServer: default, DelayToClient: TimeSpan.FromMilliseconds(600), IsTerm: false);

        // A rival that is itself held up by a busy machine may come late enough to hide it: once in some trials is enough.
        List<DeadlineOutcome> outcomes = [];
        for (int trial = 1; trial <= 5 && !outcomes.Exists(static o => o.Lead < TimeSpan.Zero); trial++)
        {
            await client.CreateAsync($"/naive-{trial}", cancellationToken: Cancellation);
            outcomes.Add(await new DeadlineTrial(server.ConnectionString, $"/naive-{trial}", plan).RunNaiveAsync(Cancellation));
        }

        Assert.True(outcomes[^1].Lead < TimeSpan.Zero, string.Join('\n', outcomes));
    }

    private static async Task ProveAsync(string name, string server)
    {
        int seed = Environment.TickCount;
        var outcomes = new ConcurrentBag<DeadlineOutcome>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, ProofCounts.BlackHoles),
            new ParallelOptions { MaxDegreeOfParallelism = ProofCounts.BlackHolesAtOnce, CancellationToken = Cancellation },
            async (number, cancel) =>
            {
                var plan = DeadlinePlan.Draw(new Random(HashCode.Combine(seed, number)), Timeouts);
                outcomes.Add(await new DeadlineTrial(server, $"/deadline-{number}", plan).RunAsync(cancel));
            });

        DeadlineOutcome[] ordered = [.. outcomes.OrderBy(outcome => outcome.Lead)];
        DeadlineOutcome[] useful = [.. ordered.Where(outcome => !outcome.IsPremature)];
        ProofReport.Line(
            $"local deadline on {name}: {ordered.Length} black holes, token first in {ordered.Count(outcome => outcome.Lead >= TimeSpan.Zero)};"
            + $" lead min {ordered[0].Lead.TotalMilliseconds:f0} ms, median {ordered[ordered.Length / 2].Lead.TotalMilliseconds:f0} ms;"
            + $" rival {useful.Max(outcome => outcome.Acquired - outcome.BlackHoled).TotalMilliseconds:f0} ms after the black hole at most;"
            + $" {ordered.Length - useful.Length} tokens fired before it");
        Assert.All(ordered, outcome => Assert.True(outcome.Lead >= TimeSpan.Zero, $"{outcome}"));
        Assert.True(useful.Length * 10 >= ordered.Length * 9, $"{ordered.Length - useful.Length} of {ordered.Length} tokens fired without a reason.");
    }
}
