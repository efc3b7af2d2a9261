namespace Coordination.Recipes.Tests;

/// <summary>No continuation of the library needs the caller's synchronization context, even if that never runs anything.</summary>
public sealed class CallerContextTests : IAsyncDisposable
{
    private readonly FakeWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_blocked_context_does_not_stop_a_recipe()
    {
        FakeClient client = _world.NewClient();
        IDistributedLock distributedLock = client.CreateLock("/locks/context");
        ILeaderLatch latch = client.CreateLeaderLatch("/leaders/context");
        IServiceDirectory directory = client.CreateServiceDirectory();

        IDistributedLockHandle handle = await OnBlockedContext(() => distributedLock.AcquireAsync().AsTask());
        Assert.True(await OnBlockedContext(() => handle.ConfirmAsync().AsTask()));
        Assert.Single((await OnBlockedContext(() => distributedLock.InspectAsync().AsTask())).Contenders);
        LeaderTerm term = await OnBlockedContext(() => latch.WaitForLeadershipAsync().AsTask());
        Assert.Empty(await OnBlockedContext(() => directory.GetInstancesAsync("none").AsTask()));

        await OnBlockedContext(() => DoneAsync(handle.DisposeAsync()));
        await OnBlockedContext(() => DoneAsync(term.DisposeAsync()));
        await using IAsyncEnumerator<LeaderTerm> terms = latch.TermsAsync().GetAsyncEnumerator();
        Assert.True(await OnBlockedContext(() => terms.MoveNextAsync().AsTask()));
        Assert.True(await OnBlockedContext(() => terms.MoveNextAsync().AsTask()));
        await OnBlockedContext(() => DoneAsync(latch.DisposeAsync()));
    }

    private static Task<bool> DoneAsync(ValueTask task) => task.AsTask().ContinueWith(static t => t.IsCompletedSuccessfully, TaskScheduler.Default);

    /// <summary>Starts a call on a thread whose context swallows everything posted to it.</summary>
    private static async Task<T> OnBlockedContext<T>(Func<Task<T>> call)
    {
        var started = new TaskCompletionSource<Task<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new Swallowing());
            started.SetResult(call());
        });
        thread.Start();
        Task<T> task = await started.Task;
        return await task.WaitAsync(RecipeWorld.Limit);
    }

    private sealed class Swallowing : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            // Never runs: a context whose thread is blocked for good.
        }

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();
    }
}
