using System.Text;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Client.Tests;

/// <summary>What the streams show, against any server.</summary>
public abstract class WatchContract(CoordinationServerFixture server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Observe_follows_a_znode_through_creation_change_and_deletion()
    {
        await using CoordinationClient client = server.Connect();
        await using CoordinationClient other = server.Connect();
        ZnodePath path = NewPath();
        using var views = new Recorder<ZnodeView>(client.Observe(path));

        Assert.Null((await views.NextAsync()).Current);
        await other.CreateAsync(path, "1"u8.ToArray(), cancellationToken: Cancellation);
        Assert.Equal("1", Text(await views.UntilAsync(view => view.Current is not null)));
        await other.SetAsync(path, "2"u8.ToArray(), cancellationToken: Cancellation);
        Assert.Equal("2", Text(await views.NextAsync()));
        await other.DeleteAsync(path, cancellationToken: Cancellation);
        ZnodeView gone = await views.NextAsync();
        Assert.Null(gone.Current);
        Assert.Equal(Freshness.Live, gone.Freshness);
    }

    [Fact]
    public async Task A_znode_deleted_and_created_anew_is_shown_as_both()
    {
        await using CoordinationClient client = server.Connect();
        ZnodePath path = NewPath();
        await client.CreateAsync(path, cancellationToken: Cancellation);
        using var views = new Recorder<ZnodeView>(client.Observe(path));
        long before = (await views.NextAsync()).Current!.Stat.Czxid;

        await client.BeginTransaction().Delete(path).Create(path).CommitAsync(Cancellation);

        Assert.Null((await views.NextAsync()).Current);
        Assert.NotEqual(before, (await views.NextAsync()).Current!.Stat.Czxid);
    }

    [Fact]
    public async Task ObserveChildren_follows_the_list_even_before_the_parent_exists()
    {
        await using CoordinationClient client = server.Connect();
        ZnodePath path = NewPath();
        using var views = new Recorder<ChildrenView>(client.ObserveChildren(path));

        Assert.Null((await views.NextAsync()).Current);
        await client.CreateAsync(path / "b", default, new() { CreateParents = true }, Cancellation);
        await client.CreateAsync(path / "a", cancellationToken: Cancellation);
        ChildrenView both = await views.UntilAsync(view => view.Current is { Names.Count: 2 });
        Assert.Equal(["a", "b"], both.Current!.Names);
        await client.DeleteAsync(path / "a", cancellationToken: Cancellation);
        await views.UntilAsync(view => view.Current is { Names: ["b"] });
        await client.DeleteAsync(path / "b", cancellationToken: Cancellation);
        await client.DeleteAsync(path, cancellationToken: Cancellation);
        await views.UntilAsync(view => view.Current is null);
    }

    [Fact]
    public async Task ObserveTree_shows_what_is_there_and_then_every_change_with_before_and_after()
    {
        await using CoordinationClient client = server.Connect();
        ZnodePath root = NewPath();
        await client.CreateAsync(root / "a" / "b", "1"u8.ToArray(), new() { CreateParents = true }, Cancellation);
        using var changes = new Recorder<TreeChange>(client.ObserveTree(root));

        Assert.Equal((TreeChangeKind.Created, root), Shown(await changes.NextAsync()));
        Assert.Equal((TreeChangeKind.Created, root / "a"), Shown(await changes.NextAsync()));
        Assert.Equal((TreeChangeKind.Created, root / "a" / "b"), Shown(await changes.NextAsync()));
        Assert.Equal((TreeChangeKind.Initialized, root), Shown(await changes.NextAsync()));
        await client.SetAsync(root / "a" / "b", "2"u8.ToArray(), cancellationToken: Cancellation);
        TreeChange updated = await changes.NextAsync();
        Assert.Equal(TreeChangeKind.Updated, updated.Kind);
        Assert.Equal("1", Encoding.UTF8.GetString(updated.Before!.Data.Span));
        Assert.Equal("2", Encoding.UTF8.GetString(updated.After!.Data.Span));
        await client.CreateAsync(root / "a" / "c", cancellationToken: Cancellation);
        Assert.Equal((TreeChangeKind.Created, root / "a" / "c"), Shown(await changes.NextAsync()));
        await client.DeleteAsync(root / "a" / "c", cancellationToken: Cancellation);
        Assert.Equal((TreeChangeKind.Deleted, root / "a" / "c"), Shown(await changes.NextAsync()));
    }

    [Fact]
    public async Task Streams_of_one_path_and_a_recursive_one_on_it_all_see_every_change()
    {
        await using CoordinationClient client = server.Connect();
        ZnodePath root = NewPath();
        await client.CreateAsync(root, "0"u8.ToArray(), cancellationToken: Cancellation);
        using var znode = new Recorder<ZnodeView>(client.Observe(root));
        using var children = new Recorder<ChildrenView>(client.ObserveChildren(root));
        await znode.NextAsync();
        await children.NextAsync();
        var tree = new Recorder<TreeChange>(client.ObserveTree(root));
        await tree.UntilAsync(change => change.Kind == TreeChangeKind.Initialized);

        for (int round = 1; round <= 5; round++)
        {
            string text = round.ToString();
            await client.SetAsync(root, Encoding.UTF8.GetBytes(text), cancellationToken: Cancellation);
            await client.CreateAsync(root / ("c" + text), cancellationToken: Cancellation);
            await znode.UntilAsync(view => Text(view) == text);
            await children.UntilAsync(view => view.Current!.Names.Contains("c" + text));
            await tree.UntilAsync(change => change is { Kind: TreeChangeKind.Created } && change.Path == root / ("c" + text));
            if (round == 3)
            {
                // From here on the one-shot watches must carry alone again.
                tree.Dispose();
                tree = new(client.ObserveTree(root / "c3"));
                await client.CreateAsync(root / "c3" / "x", cancellationToken: Cancellation);
                await tree.UntilAsync(change => change.Path == root / "c3" / "x");
                tree.Dispose();
                tree = new(client.ObserveTree(root));
            }
        }

        tree.Dispose();
        await client.SetAsync(root, "end"u8.ToArray(), cancellationToken: Cancellation);
        await znode.UntilAsync(view => Text(view) == "end");
        await client.CreateAsync(root / "end", cancellationToken: Cancellation);
        await children.UntilAsync(view => view.Current!.Names.Contains("end"));
    }

    [Fact]
    public async Task A_reconnect_shows_suspended_and_then_the_true_state()
    {
        await using var proxy = FaultProxy.Start(server.ConnectionString);
        await using CoordinationClient client = CoordinationClient.Create(proxy.ConnectionString, o => o.SessionTimeout = TimeSpan.FromSeconds(10));
        await using CoordinationClient other = server.Connect();
        ZnodePath root = NewPath();
        await client.CreateAsync(root, "1"u8.ToArray(), cancellationToken: Cancellation);
        long session = client.Session.Id;
        using var znode = new Recorder<ZnodeView>(client.Observe(root));
        using var children = new Recorder<ChildrenView>(client.ObserveChildren(root));
        using var tree = new Recorder<TreeChange>(client.ObserveTree(root));
        await znode.NextAsync();
        await children.NextAsync();
        await tree.UntilAsync(change => change.Kind == TreeChangeKind.Initialized);

        proxy.RefusesConnections = true;
        proxy.CutAll();
        Assert.Equal(Freshness.Suspended, (await znode.NextAsync()).Freshness);
        Assert.Equal(Freshness.Suspended, (await children.NextAsync()).Freshness);
        Assert.Equal(TreeChangeKind.Suspended, (await tree.NextAsync()).Kind);
        await other.SetAsync(root, "2"u8.ToArray(), cancellationToken: Cancellation);
        await other.CreateAsync(root / "new", cancellationToken: Cancellation);
        proxy.RefusesConnections = false;

        ZnodeView resynced = await znode.NextAsync();
        Assert.Equal((Freshness.Resynced, "2"), (resynced.Freshness, Text(resynced)));
        ChildrenView list = await children.NextAsync();
        Assert.Equal(Freshness.Resynced, list.Freshness);
        Assert.Equal(["new"], list.Current!.Names);
        Assert.Equal((TreeChangeKind.Updated, root), Shown(await tree.NextAsync()));
        Assert.Equal((TreeChangeKind.Created, root / "new"), Shown(await tree.NextAsync()));
        Assert.Equal(TreeChangeKind.Resynced, (await tree.NextAsync()).Kind);
        await other.SetAsync(root, "3"u8.ToArray(), cancellationToken: Cancellation);
        Assert.Equal("3", Text(await znode.NextAsync()));
        Assert.Equal((TreeChangeKind.Updated, root), Shown(await tree.NextAsync()));
        Assert.Equal(session, client.Session.Id);
    }

    [Fact]
    public async Task The_pulled_twin_shows_the_same()
    {
        await using CoordinationClient client = server.Connect();
        ZnodePath path = NewPath();
        await client.CreateAsync(path, "1"u8.ToArray(), cancellationToken: Cancellation);
        var seen = new List<string>();

        await foreach (ZnodeView view in client.WatchAsync(path, Cancellation))
        {
            seen.Add(Text(view) ?? "-");
            if (seen.Count == 1)
                await client.SetAsync(path, "2"u8.ToArray(), cancellationToken: Cancellation);
            else if (seen.Count == 2)
                await client.DeleteAsync(path, cancellationToken: Cancellation);
            else
                break;
        }

        Assert.Equal(["1", "2", "-"], seen);
    }

    [Fact]
    public async Task Waiting_for_a_deletion_ends_with_it_and_at_once_if_it_is_gone()
    {
        await using CoordinationClient client = server.Connect();
        ZnodePath path = NewPath();
        await client.WaitUntilDeletedAsync(path, Cancellation);
        await client.CreateAsync(path, cancellationToken: Cancellation);

        Task waiting = client.WaitUntilDeletedAsync(path, Cancellation).AsTask();
        await client.SetAsync(path, "touched"u8.ToArray(), cancellationToken: Cancellation);
        Assert.False(waiting.IsCompleted);
        await client.DeleteAsync(path, cancellationToken: Cancellation);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
    }

    [Fact]
    public async Task Reading_what_is_forbidden_is_an_error_of_the_stream()
    {
        await using CoordinationClient owner = server.Connect();
        await using CoordinationClient stranger = server.Connect();
        ZnodePath path = NewPath();
        await owner.AuthenticateAsync(CoordinationCredential.Digest("u", "p"), Cancellation);
        await owner.CreateAsync(path, default, new() { Acl = Acl.Creator }, Cancellation);

        using var views = new Recorder<ZnodeView>(stranger.Observe(path));

        await Assert.ThrowsAsync<AccessDeniedException>(() => views.Completion.WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
    }

    [Fact]
    public async Task Disposing_the_client_completes_its_streams()
    {
        CoordinationClient client = server.Connect();
        using var views = new Recorder<ZnodeView>(client.Observe(NewPath()));
        using var changes = new Recorder<TreeChange>(client.ObserveTree(NewPath()));
        using var states = new Recorder<SessionChange>(client.SessionChanges);
        await views.NextAsync();
        await changes.NextAsync();

        await client.DisposeAsync();

        await states.UntilAsync(change => change.State == SessionState.Closed);
        await Task.WhenAll(views.Completion, changes.Completion, states.Completion).WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
    }

    private static ZnodePath NewPath() => "/" + Guid.NewGuid().ToString("N");

    private static string? Text(ZnodeView view) => view.Current is { } znode ? Encoding.UTF8.GetString(znode.Data.Span) : null;

    private static (TreeChangeKind Kind, ZnodePath Path) Shown(TreeChange change) => (change.Kind, change.Path);
}

public sealed class ApacheWatchContract(ApacheFixture server) : WatchContract(server), IClassFixture<ApacheFixture>;

public sealed class OurWatchContract(OurFixture server) : WatchContract(server), IClassFixture<OurFixture>;
