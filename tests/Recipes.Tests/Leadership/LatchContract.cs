using System.Text;
using Coordination.Client;

namespace Coordination.Recipes.Tests;

/// <summary>What a leader latch promises, on whatever server.</summary>
/// <param name="world">Where it runs.</param>
public abstract class LatchContract(RecipeWorld world) : IAsyncLifetime
{
    private const string Path = "/leaders/contract";

    private ICoordinationClient _one = null!;
    private ICoordinationClient _two = null!;

    public async ValueTask InitializeAsync()
    {
        _one = await world.ConnectAsync();
        _two = await world.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await world.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task The_znode_of_a_participant_has_Curators_name_and_its_id_as_data()
    {
        await using ILeaderLatch latch = _one.CreateLeaderLatch(Path, "ada");
        await using LeaderTerm term = await latch.WaitForLeadershipAsync();

        Znode? znode = await _two.TryGetAsync(term.HolderPath!.Value);

        Assert.Matches("^_c_[0-9a-f-]{36}-latch-[0-9]{10}$", znode!.Path.Name);
        Assert.Equal("ada", Encoding.UTF8.GetString(znode.Data.Span));
        Assert.Equal(znode.Stat.Czxid, term.FencingToken);
    }

    [Fact]
    public async Task Resigning_hands_over_to_the_next_participant()
    {
        await using ILeaderLatch ada = _one.CreateLeaderLatch(Path, "ada");
        await using ILeaderLatch bob = _two.CreateLeaderLatch(Path, "bob");
        LeaderTerm first = await ada.WaitForLeadershipAsync();
        Task<LeaderTerm> waiting = bob.WaitForLeadershipAsync().AsTask();
        await RecipeWorld.UntilChildrenAsync(_one, Path, 2);

        IReadOnlyList<Participant> before = await ada.GetParticipantsAsync();
        await first.DisposeAsync();
        await using LeaderTerm second = await waiting.WaitAsync(RecipeWorld.Limit);
        IReadOnlyList<Participant> after = await ada.GetParticipantsAsync();

        Assert.Equal([("ada", true), ("bob", false)], before.Select(static p => (p.Id, p.IsLeader)));
        Assert.Equal([("bob", true)], after.Select(static p => (p.Id, p.IsLeader)));
        Assert.True(second.FencingToken > 0);
    }

    [Fact]
    public async Task The_end_of_the_session_ends_the_term_before_the_next_one_begins()
    {
        await using ILeaderLatch ada = _one.CreateLeaderLatch(Path, "ada");
        await using ILeaderLatch bob = _two.CreateLeaderLatch(Path, "bob");
        await using LeaderTerm first = await ada.WaitForLeadershipAsync();
        Task<LeaderTerm> waiting = bob.WaitForLeadershipAsync().AsTask();
        await RecipeWorld.UntilChildrenAsync(_one, Path, 2);

        await world.EndSessionAsync(_one);

        await RecipeWorld.UntilCancelledAsync(first.HandleLostToken);
        await using LeaderTerm second = await waiting.WaitAsync(RecipeWorld.Limit);
        Assert.False(await first.ConfirmAsync());
        Assert.True(second.FencingToken > first.FencingToken);
    }

    [Fact]
    public async Task A_participant_leads_term_after_term_with_increasing_tokens()
    {
        await using ILeaderLatch latch = _one.CreateLeaderLatch(Path);
        var tokens = new List<long>();

        await foreach (LeaderTerm term in latch.TermsAsync())
        {
            tokens.Add(term.FencingToken);
            if (tokens.Count == 3)
                break;
        }

        Assert.Equal(tokens.Order(), tokens);
        Assert.Equal(3, tokens.Distinct().Count());
        await RecipeWorld.UntilChildrenAsync(_one, Path, 0);
    }

    [Fact]
    public async Task Terms_go_on_after_a_lost_session()
    {
        await using ILeaderLatch latch = _one.CreateLeaderLatch(Path);
        await using IAsyncEnumerator<LeaderTerm> terms = latch.TermsAsync().GetAsyncEnumerator();
        Assert.True(await terms.MoveNextAsync());
        LeaderTerm first = terms.Current;

        await world.EndSessionAsync(_one);
        await RecipeWorld.UntilCancelledAsync(first.HandleLostToken);

        Assert.True(await terms.MoveNextAsync().AsTask().WaitAsync(RecipeWorld.Limit));
        Assert.True(await terms.Current.ConfirmAsync());
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_the_election()
    {
        await using ILeaderLatch ada = _one.CreateLeaderLatch(Path);
        await using ILeaderLatch bob = _two.CreateLeaderLatch(Path);
        await using LeaderTerm term = await ada.WaitForLeadershipAsync();
        using var cancel = new CancellationTokenSource();
        Task waiting = bob.WaitForLeadershipAsync(cancel.Token).AsTask();
        await RecipeWorld.UntilChildrenAsync(_one, Path, 2);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await RecipeWorld.UntilChildrenAsync(_one, Path, 1);
    }

    [Fact]
    public async Task Disposing_the_latch_resigns_ends_the_waits_and_completes_the_changes()
    {
        ILeaderLatch latch = _one.CreateLeaderLatch(Path);
        var seen = new List<LeadershipState>();
        var completed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable subscription = latch.Changes.Subscribe(new Recorder(seen, completed));
        LeaderTerm term = await latch.WaitForLeadershipAsync();
        Task<LeaderTerm> second = latch.WaitForLeadershipAsync().AsTask();

        await latch.DisposeAsync();

        await completed.Task.WaitAsync(RecipeWorld.Limit);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => second);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await latch.WaitForLeadershipAsync());
        Assert.Equal([LeadershipState.Idle, LeadershipState.Waiting, LeadershipState.Leading, LeadershipState.Resigned], seen);
        Assert.False(term.HandleLostToken.IsCancellationRequested);
        await RecipeWorld.UntilChildrenAsync(_one, Path, 0);
    }

    private sealed class Recorder(List<LeadershipState> seen, TaskCompletionSource completed) : IObserver<LeadershipChange>
    {
        public void OnCompleted() => completed.TrySetResult();

        public void OnError(Exception error) => completed.TrySetException(error);

        public void OnNext(LeadershipChange value) => seen.Add(value.State);
    }
}

public sealed class LatchInMemoryTests() : LatchContract(new FakeWorld());
