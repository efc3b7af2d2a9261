namespace Coordination.Recipes.Tests;

/// <summary>Disposing a latch at the very moment of winning.</summary>
public sealed class LatchDisposeTests : IAsyncDisposable
{
    private const string Path = "/leaders/dispose";

    private readonly FakeWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Nobody_leads_when_dispose_returns()
    {
        FakeClient client = _world.NewClient();
        for (int round = 0; round < 300; round++)
        {
            ILeaderLatch latch = client.CreateLeaderLatch(Path, "ada");
            LeadershipState state = LeadershipState.Idle;
            using IDisposable subscription = latch.Changes.Subscribe(new States(value => state = value));
            Task<LeaderTerm> waiting = Task.Run(async () => await latch.WaitForLeadershipAsync(), TestContext.Current.CancellationToken);
            Thread.SpinWait(round * 20);
            Task[] disposing = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                await latch.DisposeAsync();
                Assert.NotEqual(LeadershipState.Leading, state);
            }))];
            await Task.WhenAll(disposing).WaitAsync(RecipeWorld.Limit, TestContext.Current.CancellationToken);

            try
            {
                LeaderTerm term = await waiting.WaitAsync(RecipeWorld.Limit, TestContext.Current.CancellationToken);
                Assert.False(await term.ConfirmAsync(TestContext.Current.CancellationToken));
            }
            catch (ObjectDisposedException)
            {
                // The latch was faster.
            }
        }

        await RecipeWorld.UntilChildrenAsync(client, Path, 0);
        Assert.Equal(0, client.Holds);
    }

    private sealed class States(Action<LeadershipState> next) : IObserver<LeadershipChange>
    {
        public void OnNext(LeadershipChange value) => next(value.State);

        public void OnError(Exception error)
        {
        }

        public void OnCompleted()
        {
        }
    }
}
