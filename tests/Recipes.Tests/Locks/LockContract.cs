using System.Text;
using System.Text.RegularExpressions;
using Coordination.Client;

namespace Coordination.Recipes.Tests;

/// <summary>What a lock promises, on whatever server.</summary>
/// <param name="world">Where it runs.</param>
public abstract partial class LockContract(RecipeWorld world) : IAsyncLifetime
{
    private const string Path = "/locks/contract";

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
    public async Task A_free_lock_is_acquired_at_the_first_attempt()
    {
        await using IDistributedLockHandle? handle = await _one.CreateLock(Path).TryAcquireAsync();

        Assert.NotNull(handle);
        Assert.False(handle.HandleLostToken.IsCancellationRequested);
        Assert.True(handle.SafeFor > TimeSpan.Zero);
        Assert.True(await handle.ConfirmAsync());
    }

    [Fact]
    public async Task The_znode_of_a_holder_has_Curators_name_and_the_owners_identity()
    {
        await using IDistributedLockHandle handle = await _one.CreateLock(Path, new() { Identity = "here" }).AcquireAsync();

        Znode? znode = await _two.TryGetAsync(handle.HolderPath!.Value);

        Assert.NotNull(znode);
        Assert.Matches(CuratorName(), znode.Path.Name);
        Assert.Equal("here", Encoding.UTF8.GetString(znode.Data.Span));
        Assert.Equal(_one.Session.Id, znode.Stat.EphemeralOwner);
        Assert.Equal(znode.Stat.Czxid, handle.FencingToken);
    }

    [Fact]
    public async Task An_attempt_at_a_held_lock_gives_null_and_leaves_no_znode()
    {
        await using IDistributedLockHandle handle = await _one.CreateLock(Path).AcquireAsync();

        Assert.Null(await _two.CreateLock(Path).TryAcquireAsync());
        Assert.Null(await _two.CreateLock(Path).TryAcquireAsync(TimeSpan.FromMilliseconds(50)));

        await RecipeWorld.UntilChildrenAsync(_one, Path, 1);
    }

    [Fact]
    public async Task Acquiring_a_held_lock_times_out_and_leaves_no_znode()
    {
        await using IDistributedLockHandle handle = await _one.CreateLock(Path).AcquireAsync();

        await Assert.ThrowsAsync<TimeoutException>(async () => await _two.CreateLock(Path).AcquireAsync(TimeSpan.FromMilliseconds(50)));

        await RecipeWorld.UntilChildrenAsync(_one, Path, 1);
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_no_znode()
    {
        await using IDistributedLockHandle handle = await _one.CreateLock(Path).AcquireAsync();
        using var cancel = new CancellationTokenSource();
        Task<IDistributedLockHandle> waiting = _two.CreateLock(Path).AcquireAsync(cancellationToken: cancel.Token).AsTask();
        await RecipeWorld.UntilChildrenAsync(_one, Path, 2);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await RecipeWorld.UntilChildrenAsync(_one, Path, 1);
    }

    [Fact]
    public async Task Waiters_are_served_in_the_order_in_which_they_came()
    {
        IDistributedLockHandle first = await _one.CreateLock(Path).AcquireAsync();
        var order = new List<int>();
        var waiters = new List<Task>();
        for (int i = 0; i < 4; i++)
        {
            int number = i;
            waiters.Add(WaitAsync(i % 2 == 0 ? _one : _two, number));
            await RecipeWorld.UntilChildrenAsync(_one, Path, i + 2);
        }

        await first.DisposeAsync();
        await Task.WhenAll(waiters).WaitAsync(RecipeWorld.Limit);

        Assert.Equal([0, 1, 2, 3], order);

        async Task WaitAsync(ICoordinationClient client, int number)
        {
            await using IDistributedLockHandle handle = await client.CreateLock(Path).AcquireAsync();
            order.Add(number);
        }
    }

    [Fact]
    public async Task Two_hundred_acquisitions_never_overlap_and_their_fencing_tokens_increase()
    {
        var tokens = new List<long>();
        int inside = 0;

        await Task.WhenAll(ContendAsync(_one), ContendAsync(_two), ContendAsync(_one), ContendAsync(_two)).WaitAsync(RecipeWorld.Limit * 2);

        Assert.Equal(200, tokens.Count);
        Assert.True(tokens.Zip(tokens.Skip(1)).All(static pair => pair.First < pair.Second), "Every holder's token exceeds that of the holder before.");
        await RecipeWorld.UntilChildrenAsync(_one, Path, 0);

        async Task ContendAsync(ICoordinationClient client)
        {
            for (int i = 0; i < 50; i++)
            {
                await using IDistributedLockHandle handle = await client.CreateLock(Path).AcquireAsync();
                Assert.Equal(1, Interlocked.Increment(ref inside));
                tokens.Add(handle.FencingToken);
                await Task.Yield();
                Interlocked.Decrement(ref inside);
            }
        }
    }

    [Fact]
    public async Task The_end_of_the_session_fires_the_lost_token_and_lets_the_next_one_in()
    {
        await using IDistributedLockHandle handle = await _one.CreateLock(Path).AcquireAsync();
        Task<IDistributedLockHandle> rival = _two.CreateLock(Path).AcquireAsync().AsTask();
        await RecipeWorld.UntilChildrenAsync(_two, Path, 2);

        await world.EndSessionAsync(_one);

        await RecipeWorld.UntilCancelledAsync(handle.HandleLostToken);
        await using IDistributedLockHandle next = await rival.WaitAsync(RecipeWorld.Limit);
        Assert.Equal(TimeSpan.Zero, handle.SafeFor);
        Assert.False(await handle.ConfirmAsync());
        Assert.True(next.FencingToken > handle.FencingToken);
        await Assert.ThrowsAsync<SessionLostException>(async () =>
            await _one.BeginTransaction().GuardedBy(handle).Create("/never").CommitAsync());
    }

    [Fact]
    public async Task A_waiter_whose_session_ends_enters_again_and_is_served()
    {
        IDistributedLockHandle handle = await _one.CreateLock(Path).AcquireAsync();
        Task<IDistributedLockHandle> waiting = _two.CreateLock(Path).AcquireAsync().AsTask();
        await RecipeWorld.UntilChildrenAsync(_one, Path, 2);
        string before = (await RecipeWorld.ChildrenAsync(_one, Path)).Single(name => name != handle.HolderPath!.Value.Name);

        await world.EndSessionAsync(_two);
        await RecipeWorld.UntilAsync(
            async () => await RecipeWorld.ChildrenAsync(_one, Path) is { Count: 2 } names && !names.Contains(before), "a new contender stands in the queue");
        await handle.DisposeAsync();

        await using IDistributedLockHandle next = await waiting.WaitAsync(RecipeWorld.Limit);
        Assert.True(await next.ConfirmAsync());
    }

    [Fact]
    public async Task A_hold_whose_znode_somebody_deletes_is_lost_at_the_first_sign()
    {
        await using IDistributedLockHandle handle = await _one.CreateLock(Path).AcquireAsync();

        await _two.DeleteAsync(handle.HolderPath!.Value);

        await RecipeWorld.UntilCancelledAsync(handle.HandleLostToken);
        Assert.False(await handle.ConfirmAsync());
    }

    [Fact]
    public async Task A_guarded_write_needs_the_holders_znode()
    {
        await using IDistributedLockHandle handle = await _one.CreateLock(Path).AcquireAsync();

        TransactionOutcome held = await _one.BeginTransaction().GuardedBy(handle).Create("/guarded", "a"u8.ToArray()).CommitAsync();
        IZnodeTransaction late = _one.BeginTransaction().GuardedBy(handle).Set("/guarded", "b"u8.ToArray());
        await _two.DeleteAsync(handle.HolderPath!.Value);
        bool committed = await CommitsAsync(late);

        Assert.True(held.Committed);
        Assert.False(committed);
        Assert.Equal("a", Encoding.UTF8.GetString((await _two.TryGetAsync("/guarded"))!.Data.Span));
    }

    [Fact]
    public async Task Foreign_children_neither_hold_nor_block()
    {
        foreach (string name in (string[])["!x", "x", "-y", "lock-", "lock-12", "lock-00000000x1"])
            await _two.CreateAsync($"{Path}/{name}", default, new() { CreateParents = true });

        await using IDistributedLockHandle? handle = await _one.CreateLock(Path).TryAcquireAsync();

        Assert.NotNull(handle);
        Assert.Single((await _one.CreateLock(Path).InspectAsync()).Contenders);
    }

    [Fact]
    public async Task A_contender_of_another_client_counts_whatever_its_prefix()
    {
        CreateOptions ephemeral = new() { Kind = CreateKind.EphemeralSequential, CreateParents = true };
        Znode foreign = await _two.CreateAsync($"{Path}/0123456789abcdef0123456789abcdeflock-", default, ephemeral);
        Task<IDistributedLockHandle> waiting = _one.CreateLock(Path).AcquireAsync().AsTask();
        await RecipeWorld.UntilChildrenAsync(_one, Path, 2);

        Assert.Equal(foreign.Path, (await _one.CreateLock(Path).InspectAsync()).Holder!.Path);
        await _two.DeleteAsync(foreign.Path);

        await using IDistributedLockHandle handle = await waiting.WaitAsync(RecipeWorld.Limit);
    }

    [Fact]
    public async Task Inspecting_shows_holder_and_waiters_in_order()
    {
        IDistributedLock first = _one.CreateLock(Path, new() { Identity = "first" });
        await using IDistributedLockHandle handle = await first.AcquireAsync();
        using var cancel = new CancellationTokenSource();
        Task waiting = _two.CreateLock(Path, new() { Identity = "second" }).AcquireAsync(cancellationToken: cancel.Token).AsTask();
        await RecipeWorld.UntilChildrenAsync(_one, Path, 2);

        LockQueue queue = await first.InspectAsync();

        Assert.Equal("first", queue.Holder!.Identity);
        Assert.Equal(_one.Session.Id, queue.Holder.SessionId);
        Assert.Equal(handle.FencingToken, queue.Holder.FencingToken);
        LockContender waiter = Assert.Single(queue.Waiters);
        Assert.Equal(("second", 1), (waiter.Identity, waiter.Position));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Disposing_twice_releases_once_and_properties_throw_afterwards()
    {
        IDistributedLockHandle handle = await _one.CreateLock(Path).AcquireAsync();
        await handle.DisposeAsync();
        await using IDistributedLockHandle next = await _two.CreateLock(Path).AcquireAsync();

        await handle.DisposeAsync();
        handle.Dispose();

        Assert.Throws<ObjectDisposedException>(() => handle.FencingToken);
        Assert.Throws<ObjectDisposedException>(() => handle.HandleLostToken);
        Assert.False(await handle.ConfirmAsync());
        Assert.True(await next.ConfirmAsync());
        Assert.Single(await RecipeWorld.ChildrenAsync(_one, Path));
    }

    [Fact]
    public async Task A_release_does_not_fire_the_lost_token()
    {
        IDistributedLockHandle handle = await _one.CreateLock(Path).AcquireAsync();
        CancellationToken lost = handle.HandleLostToken;

        await handle.DisposeAsync();
        await world.EndSessionAsync(_one);
        await using IDistributedLockHandle next = await _one.CreateLock(Path).AcquireAsync();

        Assert.False(lost.IsCancellationRequested);
    }

    /// <summary>A guard fails on the server, or already in the client if it knows of the loss by then.</summary>
    private static async Task<bool> CommitsAsync(IZnodeTransaction transaction)
    {
        try
        {
            return (await transaction.CommitAsync()).Committed;
        }
        catch (SessionLostException)
        {
            return false;
        }
    }

    [GeneratedRegex("^_c_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-lock-[0-9]{10}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CuratorName();
}

public sealed class LockInMemoryTests() : LockContract(new FakeWorld());
