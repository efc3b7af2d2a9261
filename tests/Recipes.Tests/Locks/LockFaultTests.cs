using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes.Tests;

/// <summary>Every step of an acquisition fails, is cancelled, or loses its session in turn; nothing stays behind.</summary>
public sealed class LockFaultTests : IAsyncDisposable
{
    private const string Path = "/locks/faults";

    /// <summary>The steps of a contended acquisition: create, list, wait for the predecessor, list again.</summary>
    private const int Steps = 4;

    private readonly FakeWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Cancellation_at_each_step_leaves_nothing(int step)
    {
        (FakeClient client, FakeClient holder, IDistributedLockHandle held) = await HeldAsync();
        using var cancel = new CancellationTokenSource();
        _ = AtStep(client, step, cancel.Cancel);
        ReleaseWhenWaiting(client, held, step);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await client.CreateLock(Path).AcquireAsync(cancellationToken: cancel.Token));

        await held.DisposeAsync();
        await RecipeWorld.UntilChildrenAsync(holder, Path, 0);
        Assert.Equal(0, client.Holds);
    }

    [Fact]
    public async Task Cancellation_between_a_create_and_its_reply_leaves_nothing()
    {
        FakeClient client = _world.NewClient();
        using var cancel = new CancellationTokenSource();
        client.After = (_, _, token) =>
        {
            cancel.Cancel();
            token.ThrowIfCancellationRequested();
            return Task.CompletedTask;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await client.CreateLock(Path).AcquireAsync(cancellationToken: cancel.Token));

        await RecipeWorld.UntilChildrenAsync(client, Path, 0);
        Assert.Equal(0, client.Holds);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_end_of_the_session_at_each_step_ends_in_a_hold_of_the_new_session(int step)
    {
        (FakeClient client, FakeClient _, IDistributedLockHandle held) = await HeldAsync();
        Task reached = AtStep(client, step, client.ExpireSession);
        ReleaseWhenWaiting(client, held, step);

        Task<IDistributedLockHandle> acquiring = client.CreateLock(Path).AcquireAsync().AsTask();
        await reached.WaitAsync(RecipeWorld.Limit);
        await held.DisposeAsync();

        await using IDistributedLockHandle handle = await acquiring.WaitAsync(RecipeWorld.Limit);
        Assert.True(await handle.ConfirmAsync());
        Assert.Equal(client.Session.Id, _world.Tree.Find(handle.HolderPath!.Value)!.Stat.EphemeralOwner);
        Assert.Single(_world.Tree.Children(Path));
    }

    [Fact]
    public async Task A_znode_of_a_session_presumed_lost_is_never_believed_in()
    {
        FakeClient client = _world.NewClient();
        int creates = 0;
        client.After = (step, _, _) =>
        {
            // The local deadline passes, but the server still has the session and its znode.
            if (step == "create" && creates++ == 0)
                client.NoticeLoss();
            return Task.CompletedTask;
        };

        await using IDistributedLockHandle handle = await client.CreateLock(Path).AcquireAsync();

        Assert.Equal(2, creates);
        Assert.Equal(client.Session.Id, _world.Tree.Find(handle.HolderPath!.Value)!.Stat.EphemeralOwner);
        await RecipeWorld.UntilChildrenAsync(client, Path, 1);
    }

    [Fact]
    public async Task A_failed_create_is_told_and_leaves_nothing()
    {
        FakeClient client = _world.NewClient();
        client.After = static (_, path, _) => throw new OutcomeUnknownException("The reply was lost.", path);

        await Assert.ThrowsAsync<OutcomeUnknownException>(async () => await client.CreateLock(Path).AcquireAsync());

        Assert.Empty(_world.Tree.Children(Path));
        Assert.Equal(0, client.Holds);
    }

    [Fact]
    public async Task A_connection_failure_while_waiting_does_not_cost_the_place_in_the_queue()
    {
        (FakeClient client, FakeClient holder, IDistributedLockHandle held) = await HeldAsync();
        int failures = 0;
        client.Before = (step, path, _) => step == "wait" && failures++ < 2
            ? throw new ConnectionUnavailableException("No server answers.", path)
            : Task.CompletedTask;
        Task<IDistributedLockHandle> waiting = client.CreateLock(Path).AcquireAsync().AsTask();
        await RecipeWorld.UntilChildrenAsync(holder, Path, 2);
        IReadOnlyList<string> before = _world.Tree.Children(Path);
        await RecipeWorld.UntilAsync(() => Task.FromResult(failures > 2), "the wait was tried again");

        Assert.Equal(before, _world.Tree.Children(Path));
        await held.DisposeAsync();
        await using IDistributedLockHandle handle = await waiting.WaitAsync(RecipeWorld.Limit);
        Assert.Contains(handle.HolderPath!.Value.Name, before);
    }

    [Fact]
    public async Task The_session_is_held_from_before_the_contender_exists_until_the_release()
    {
        FakeClient client = _world.NewClient();
        int atCreate = -1;
        client.Before = (step, _, _) =>
        {
            if (step == "create")
                atCreate = client.Holds;
            return Task.CompletedTask;
        };

        IDistributedLockHandle handle = await client.CreateLock(Path).AcquireAsync();

        Assert.Equal((1, 1), (atCreate, client.Holds));
        await handle.DisposeAsync();
        Assert.Equal(0, client.Holds);
    }

    [Fact]
    public async Task By_default_a_suspension_is_survived_and_by_the_standard_policy_it_is_not()
    {
        FakeClient client = _world.NewClient();
        await using IDistributedLockHandle patient = await client.CreateLock("/locks/patient").AcquireAsync();
        await using IDistributedLockHandle strict = await client.CreateLock("/locks/strict", new() { Policy = HoldPolicy.Standard }).AcquireAsync();

        client.Flap();

        await RecipeWorld.UntilCancelledAsync(strict.HandleLostToken);
        Assert.False(patient.HandleLostToken.IsCancellationRequested);
        Assert.True(await patient.ConfirmAsync());
        await RecipeWorld.UntilChildrenAsync(client, "/locks/strict", 0);
    }

    [Fact]
    public async Task At_the_end_of_the_sequence_counter_acquiring_fails_and_says_why()
    {
        FakeClient client = _world.NewClient();
        await client.CreateAsync(Path, default, new() { CreateParents = true });
        _world.Tree.SetSequence(Path, int.MaxValue - 1);

        await using IDistributedLockHandle last = await client.CreateLock(Path).AcquireAsync();
        SequenceExhaustedException exhausted = await Assert.ThrowsAsync<SequenceExhaustedException>(
            async () => await client.CreateLock(Path).TryAcquireAsync());

        Assert.Equal((ZnodePath)Path, exhausted.Path);
        Assert.Contains($"delete {Path}", exhausted.Message, StringComparison.Ordinal);
        await RecipeWorld.UntilChildrenAsync(client, Path, 1);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(-1000)]
    public async Task A_negative_timeout_is_an_error_of_the_caller(int milliseconds)
    {
        FakeClient client = _world.NewClient();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await client.CreateLock(Path).TryAcquireAsync(TimeSpan.FromMilliseconds(milliseconds)));
    }

    [Fact]
    public async Task A_cancelled_token_stops_before_anything_is_sent()
    {
        FakeClient client = _world.NewClient();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await client.CreateLock(Path).TryAcquireAsync(cancellationToken: new(canceled: true)));

        Assert.Null(_world.Tree.Find(Path));
    }

    private async Task<(FakeClient Client, FakeClient Holder, IDistributedLockHandle Held)> HeldAsync()
    {
        FakeClient holder = _world.NewClient();
        IDistributedLockHandle held = await holder.CreateLock(Path).AcquireAsync();
        return (_world.NewClient(), holder, held);
    }

    /// <summary>Does something once, when a client is about to take its n-th step.</summary>
    private static Task AtStep(FakeClient client, int step, Action action)
    {
        Assert.InRange(step, 0, Steps - 1);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int taken = 0;
        client.Before = (_, _, _) =>
        {
            if (taken++ == step)
            {
                action();
                reached.SetResult();
            }

            return Task.CompletedTask;
        };
        return reached.Task;
    }

    /// <summary>Steps behind the wait are reached only when the holder leaves while the client waits.</summary>
    private static void ReleaseWhenWaiting(FakeClient client, IDistributedLockHandle held, int step)
    {
        Func<string, ZnodePath, CancellationToken, Task> inner = client.Before!;
        client.Before = async (name, path, token) =>
        {
            await inner(name, path, token);
            if (name == "wait" && step > 2)
                await held.DisposeAsync();
        };
    }
}
