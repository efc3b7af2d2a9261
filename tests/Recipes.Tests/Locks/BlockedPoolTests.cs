using System.Diagnostics;
using Coordination.Client;
using Coordination.Server;
using Coordination.Testing;

namespace Coordination.Recipes.Tests;

/// <summary>Tests that block what others need run alone.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>What keeps two holders apart may not wait for a thread of the pool.</summary>
[Collection(nameof(Alone))]
public sealed class BlockedPoolTests
{
    private const int Blockers = 256;

    [Fact]
    public async Task A_hold_is_lost_on_time_though_the_pool_stands_still()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync();
        await using var proxy = FaultProxy.Start(server.ConnectionString);
        await using var client = CoordinationClient.Create(proxy.ConnectionString, static o => o.SessionTimeout = TimeSpan.FromSeconds(4));
        IDistributedLockHandle hold = await client.CreateLock("/locks/pool").AcquireAsync(cancellationToken: TestContext.Current.CancellationToken);
        TimeSpan timeout = client.Session.Timeout;
        proxy.BlackHole();

        var seen = new TaskCompletionSource<(bool Lost, TimeSpan After)>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => seen.SetResult(WhileThePoolIsBlocked(() => WaitFor(timeout * 3, hold.HandleLostToken)))) { IsBackground = true }.Start();
        (bool lost, TimeSpan after) = await seen.Task;

        Assert.True(lost);
        Assert.True(after < timeout, $"lost after {after}, but a rival may hold after {timeout}");
        Assert.Equal(TimeSpan.Zero, hold.SafeFor);
    }

    private static (bool Lost, TimeSpan After) WaitFor(TimeSpan limit, CancellationToken token)
    {
        var clock = Stopwatch.StartNew();
        bool lost = token.WaitHandle.WaitOne(limit);
        return (lost, clock.Elapsed);
    }

    private static T WhileThePoolIsBlocked<T>(Func<T> observe)
    {
        using var release = new ManualResetEventSlim();
        using var ended = new CountdownEvent(Blockers);
        for (int i = 0; i < Blockers; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    release.Wait();
                    ended.Signal();
                },
                null);
        }

        T seen = observe();
        release.Set();
        ended.Wait();
        return seen;
    }
}
