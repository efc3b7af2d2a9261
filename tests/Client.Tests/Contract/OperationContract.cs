using System.Text;
using Coordination.Protocol;

namespace Coordination.Client.Tests;

/// <summary>What every operation does, against any server.</summary>
public abstract class OperationContract(CoordinationServerFixture server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_znode_is_created_read_changed_and_deleted()
    {
        await using CoordinationClient client = server.Connect();
        ZnodePath path = "/" + Guid.NewGuid().ToString("N");

        Znode created = await client.CreateAsync(path, "one"u8.ToArray(), cancellationToken: Cancellation);
        Znode? read = await client.TryGetAsync(path, Cancellation);
        ZnodeStat set = await client.SetAsync(path, "two"u8.ToArray(), 0, Cancellation);
        Znode? changed = await client.TryGetAsync(path, Cancellation);
        bool deleted = await client.DeleteAsync(path, 1, cancellationToken: Cancellation);
        bool deletedAgain = await client.DeleteAsync(path, cancellationToken: Cancellation);

        Assert.Equal(path, created.Path);
        Assert.Equal(created.Stat, read!.Stat);
        Assert.Equal("one", Encoding.UTF8.GetString(read.Data.Span));
        Assert.Equal(1, set.Version);
        Assert.Equal("two", Encoding.UTF8.GetString(changed!.Data.Span));
        Assert.True(deleted);
        Assert.False(deletedAgain);
        Assert.Null(await client.TryGetAsync(path, Cancellation));
        Assert.Null(await client.ExistsAsync(path, Cancellation));
    }

    [Fact]
    public async Task Each_refusal_has_its_exception()
    {
        await using CoordinationClient client = server.Connect();
        ZnodePath path = "/" + Guid.NewGuid().ToString("N");
        await client.CreateAsync(path, cancellationToken: Cancellation);
        await client.CreateAsync(path / "child", cancellationToken: Cancellation);

        await Assert.ThrowsAsync<ZnodeExistsException>(async () => await client.CreateAsync(path, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ZnodeNotFoundException>(async () => await client.CreateAsync(path / "a" / "b", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<VersionMismatchException>(async () => await client.SetAsync(path, default, 7, Cancellation));
        await Assert.ThrowsAsync<ZnodeNotEmptyException>(async () => await client.DeleteAsync(path, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ZnodeNotFoundException>(async () => await client.GetChildrenAsync(path / "none", Cancellation));
        Assert.Null(await client.TrySetAsync(path, default, 7, Cancellation));
    }

    [Fact]
    public async Task Missing_parents_are_created_and_every_kind_of_znode()
    {
        await using CoordinationClient client = server.Connect();
        ZnodePath root = "/" + Guid.NewGuid().ToString("N");
        var options = new CreateOptions { CreateParents = true };

        Znode deep = await client.CreateAsync(root / "a" / "b" / "c", default, options, Cancellation);
        Znode sequential = await client.CreateAsync(root / "s-", default, new() { Kind = CreateKind.PersistentSequential }, Cancellation);
        Znode ephemeral = await client.CreateAsync(root / "e", default, new() { Kind = CreateKind.Ephemeral }, Cancellation);
        Znode both = await client.CreateAsync(root / "es-", default, new() { Kind = CreateKind.EphemeralSequential }, Cancellation);
        Znode container = await client.CreateAsync(root / "k", default, new() { Kind = CreateKind.Container }, Cancellation);

        Assert.Equal(root / "a" / "b" / "c", deep.Path);
        Assert.Equal((root / "s-").Value.Length + 10, sequential.Path.Value.Length);
        Assert.Equal(client.Session.Id, ephemeral.Stat.EphemeralOwner);
        Assert.Equal(client.Session.Id, both.Stat.EphemeralOwner);
        Assert.Equal(root / "k", container.Path);
        ZnodeChildren children = await client.GetChildrenAsync(root, Cancellation);
        Assert.Equal(["a", "e", both.Path.Name, "k", sequential.Path.Name], children.Names);
    }

    [Fact]
    public async Task A_protected_create_carries_curators_prefix()
    {
        await using CoordinationClient client = server.Connect();
        ZnodePath root = "/" + Guid.NewGuid().ToString("N");
        var options = new CreateOptions { Kind = CreateKind.EphemeralSequential, CreateParents = true, SurviveLostReply = true };

        Znode created = await client.CreateAsync(root / "lock-", default, options, Cancellation);

        Assert.Matches("^_c_[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}-lock-[0-9]{10}$", created.Path.Name);
    }

    [Fact]
    public async Task A_chroot_is_invisible()
    {
        string chroot = "/" + Guid.NewGuid().ToString("N") + "/app";
        await using CoordinationClient inside = server.Connect(chroot: chroot);
        await using CoordinationClient outside = server.Connect();

        Znode created = await inside.CreateAsync("/a/b", default, new() { CreateParents = true }, Cancellation);

        Assert.Equal("/a/b", created.Path.Value);
        Assert.NotNull(await outside.TryGetAsync(chroot + "/a/b", Cancellation));
        Assert.Equal(["a"], (await inside.GetChildrenAsync("/", Cancellation)).Names);
    }

    [Fact]
    public async Task A_transaction_is_all_or_nothing()
    {
        await using CoordinationClient client = server.Connect();
        ZnodePath root = "/" + Guid.NewGuid().ToString("N");

        TransactionOutcome good = await client.BeginTransaction()
            .Create(root, "x"u8.ToArray()).Create(root / "a").Set(root, "y"u8.ToArray(), 0).Check(root, 1).Delete(root / "a")
            .CommitAsync(Cancellation);
        TransactionOutcome bad = await client.BeginTransaction()
            .Set(root, "z"u8.ToArray()).Check(root, 7).Delete(root).CommitAsync(Cancellation);

        Assert.True(good.Committed);
        Assert.Equal(root.Value, good.Results[0].Path);
        Assert.False(bad.Committed);
        Assert.Equal(1, bad.FailedIndex);
        Assert.Equal(ErrorCode.BadVersion, bad.Error);
        Assert.Equal("y", Encoding.UTF8.GetString((await client.TryGetAsync(root, Cancellation))!.Data.Span));
    }

    [Fact]
    public async Task Credentials_open_what_they_closed()
    {
        await using CoordinationClient owner = server.Connect();
        await using CoordinationClient stranger = server.Connect();
        ZnodePath path = "/" + Guid.NewGuid().ToString("N");
        await owner.AuthenticateAsync(CoordinationCredential.Digest("u", "p"), Cancellation);
        await owner.CreateAsync(path, default, new() { Acl = Acl.Creator }, Cancellation);

        await Assert.ThrowsAsync<AccessDeniedException>(async () => await stranger.TryGetAsync(path, Cancellation));
        ZnodeAcl acl = await owner.GetAclAsync(path, Cancellation);
        await owner.SetAclAsync(path, Acl.Open, acl.Stat.Aversion, Cancellation);

        Assert.Equal(path, acl.Path);
        Assert.Equal("digest", Assert.Single(acl.Entries).Scheme);
        Assert.NotNull(await stranger.TryGetAsync(path, Cancellation));
    }

    [Fact]
    public async Task Thousands_of_requests_in_flight_are_answered_in_order()
    {
        await using CoordinationClient client = server.Connect();
        ZnodePath path = "/" + Guid.NewGuid().ToString("N");
        await client.CreateAsync(path, cancellationToken: Cancellation);

        Task<ZnodeStat>[] writes = [.. Enumerable.Range(0, 3000).Select(_ => client.SetAsync(path, new byte[100], null, Cancellation).AsTask())];
        ZnodeStat[] stats = await Task.WhenAll(writes);

        Assert.Equal(Enumerable.Range(1, 3000), stats.Select(stat => stat.Version));
    }

    [Fact]
    public async Task Disposing_ends_the_session_and_its_ephemeral_znodes()
    {
        await using CoordinationClient observer = server.Connect();
        CoordinationClient client = server.Connect();
        ZnodePath path = "/" + Guid.NewGuid().ToString("N");
        await client.CreateAsync(path, default, new() { Kind = CreateKind.Ephemeral }, Cancellation);
        CancellationToken lost = client.Session.Lost;

        await client.DisposeAsync();

        await observer.SyncAsync(path, Cancellation);
        Assert.Null(await observer.ExistsAsync(path, Cancellation));
        Assert.True(lost.IsCancellationRequested);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.TryGetAsync(path, Cancellation));
    }
}

public sealed class ApacheOperationContract(ApacheFixture server) : OperationContract(server), IClassFixture<ApacheFixture>;

public sealed class OurOperationContract(OurFixture server) : OperationContract(server), IClassFixture<OurFixture>;
