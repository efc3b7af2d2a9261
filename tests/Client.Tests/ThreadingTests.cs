namespace Coordination.Client.Tests;

/// <summary>Tests that block what others need run alone.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>The client depends on no thread but its own.</summary>
[Collection(nameof(Alone))]
public sealed class ThreadingTests(ApacheFixture server) : IClassFixture<ApacheFixture>
{
    [Fact]
    public async Task A_pool_blocked_for_three_session_timeouts_keeps_a_held_session()
    {
        await using CoordinationClient client = server.Connect(TimeSpan.FromSeconds(2));
        using IDisposable hold = client.HoldSession();
        SessionInfo session = await client.ConnectAsync(TestContext.Current.CancellationToken);
        var result = new TaskCompletionSource<(bool Lost, TimeSpan SafeFor, int Blocked)>(TaskCreationOptions.RunContinuationsAsynchronously);

        new Thread(() => result.SetResult(BlockPool(session, session.Timeout * 3))) { IsBackground = true }.Start();
        (bool lost, TimeSpan safeFor, int blocked) = await result.Task;

        Assert.True(blocked > 0);
        Assert.False(lost);
        Assert.True(safeFor > TimeSpan.Zero);
        Assert.Equal(session.Id, client.Session.Id);
    }

    [Fact]
    public async Task A_blocked_synchronization_context_blocks_no_call()
    {
        await using CoordinationClient client = server.Connect();
        var result = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);

        new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new DeadContext());
            using var done = new ManualResetEventSlim();
            _ = UseAsync(client).ContinueWith(_ => done.Set(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            result.SetResult(done.Wait(TimeSpan.FromSeconds(30)));
        })
        { IsBackground = true }.Start();

        Assert.True(await result.Task);
    }

    // What a caller on a blocked context can do: block on the client's own tasks.
    private static Task<bool> UseAsync(CoordinationClient client)
    {
        Protocol.ZnodePath path = "/" + Guid.NewGuid().ToString("N") + "/x";
        return Task.WhenAll(
            client.CreateAsync(path, default, new() { CreateParents = true, SurviveLostReply = true }).AsTask(),
            client.TryGetAsync(path).AsTask(),
            client.BeginTransaction().Create("/" + Guid.NewGuid().ToString("N")).CommitAsync().AsTask(),
            client.WaitUntilDeletedAsync("/" + Guid.NewGuid().ToString("N")).AsTask()).ContinueWith(
                static done => done.IsCompletedSuccessfully,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
    }

    private static (bool Lost, TimeSpan SafeFor, int Blocked) BlockPool(SessionInfo session, TimeSpan time)
    {
        using var release = new ManualResetEventSlim();
        using var ended = new CountdownEvent(256);
        int blocked = 0;
        for (int i = 0; i < ended.InitialCount; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ =>
            {
                Interlocked.Increment(ref blocked);
                release.Wait();
                ended.Signal();
            }, null);
        }

        // Nothing but the loss of the session may end this wait early.
        session.Lost.WaitHandle.WaitOne(time);
        var seen = (session.Lost.IsCancellationRequested, session.SafeFor, Volatile.Read(ref blocked));
        release.Set();
        ended.Wait();
        return seen;
    }

    private sealed class DeadContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
        }

        public override void Send(SendOrPostCallback d, object? state) => throw new InvalidOperationException("Blocked.");
    }
}
