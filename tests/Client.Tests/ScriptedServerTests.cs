using Coordination.Protocol;

namespace Coordination.Client.Tests;

/// <summary>What real servers rarely do: each byte is the test's own.</summary>
public sealed class ScriptedServerTests
{
    private static readonly ZnodeStat SomeStat = new(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reply_out_of_turn_breaks_the_connection_and_the_read_is_sent_again()
    {
        await using var server = new ScriptedServer();
        await using CoordinationClient client = CoordinationClient.Create(server.ConnectionString);
        Task<Znode?> reading = client.TryGetAsync("/x", Cancellation).AsTask();

        using ScriptedServer.Peer first = await server.AcceptSessionAsync();
        (RequestHeader header, _) = await first.ReadRequestAsync();
        await first.ReplyAsync(header.Xid + 1, new GetDataResponse([1], SomeStat), zxid: 40);
        using ScriptedServer.Peer second = await server.AcceptSessionAsync();
        (header, _) = await second.ReadRequestAsync();
        await second.ReplyAsync(header.Xid, new GetDataResponse([2], SomeStat));

        Assert.Equal([2], (await reading)!.Data.ToArray());
        Assert.Equal(77, second.Handshake.SessionId);
        Assert.Equal(0, second.Handshake.LastZxidSeen);
    }

    [Theory]
    [InlineData("ffffffff")]
    [InlineData("7fffffff00000000")]
    [InlineData("00000004deadbeef")]
    [InlineData("00000010ffffffff0000000000000000")]
    public async Task Garbage_breaks_the_connection_and_nothing_else(string hex)
    {
        await using var server = new ScriptedServer();
        await using CoordinationClient client = CoordinationClient.Create(server.ConnectionString);
        Task<Znode?> reading = client.TryGetAsync("/x", Cancellation).AsTask();

        using ScriptedServer.Peer first = await server.AcceptSessionAsync();
        await first.ReadRequestAsync();
        await first.WriteRawAsync(Convert.FromHexString(hex.Length < 32 ? hex : hex + "00000000"));
        using ScriptedServer.Peer second = await server.AcceptSessionAsync();
        (RequestHeader header, _) = await second.ReadRequestAsync();
        await second.ReplyAsync(header.Xid, ErrorCode.NoNode);

        Assert.Null(await reading);
    }

    [Fact]
    public async Task A_refused_session_is_lost_and_a_new_one_is_asked_for_with_the_old_zxid()
    {
        await using var server = new ScriptedServer();
        await using CoordinationClient client = CoordinationClient.Create(server.ConnectionString);
        Task<ZnodeStat?> reading = client.ExistsAsync("/x", Cancellation).AsTask();
        ScriptedServer.Peer first = await server.AcceptSessionAsync(id: 77);
        (RequestHeader header, _) = await first.ReadRequestAsync();
        await first.ReplyAsync(header.Xid, ErrorCode.NoNode, zxid: 42);
        await reading;
        SessionInfo old = client.Session;

        first.Dispose();
        using ScriptedServer.Peer refusing = await server.AcceptSessionAsync(id: 0, timeout: 0);
        using ScriptedServer.Peer granting = await server.AcceptSessionAsync(id: 78);
        SessionInfo next = await client.ConnectAsync(Cancellation);

        Assert.Equal(77, refusing.Handshake.SessionId);
        Assert.Equal(0, granting.Handshake.SessionId);
        Assert.Equal(42, granting.Handshake.LastZxidSeen);
        Assert.True(old.Lost.IsCancellationRequested);
        Assert.Equal(78, next.Id);
        Assert.False(next.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task After_a_break_credentials_come_first_then_watches_then_requests()
    {
        await using var server = new ScriptedServer();
        var options = new CoordinationOptions { ConnectionString = server.ConnectionString };
        options.Credentials.Add(CoordinationCredential.Digest("u", "p"));
        await using var client = new CoordinationClient(options);
        using var views = new Recorder<ZnodeView>(client.Observe("/x"));
        ScriptedServer.Peer first = await server.AcceptSessionAsync();
        (RequestHeader auth, _) = await first.ReadRequestAsync();
        await first.ReplyAsync(auth.Xid, ErrorCode.Ok, zxid: 0);
        (RequestHeader get, _) = await first.ReadRequestAsync();

        // The event overtakes the reply of the read that left the watch: another reading must follow.
        await first.WriteRawAsync(ScriptedServer.Peer.Frame(
            new ReplyHeader(WellKnownXid.Notification, -1, ErrorCode.Ok),
            new WatcherEvent(WatchEventType.NodeDataChanged, EventState.SyncConnected, "/x")));
        await first.ReplyAsync(get.Xid, new GetDataResponse([1], SomeStat), zxid: 5);
        (get, _) = await first.ReadRequestAsync();
        await first.ReplyAsync(get.Xid, new GetDataResponse([2], SomeStat with { Mzxid = 5 }), zxid: 5);
        await views.UntilAsync(view => view.Current?.Data.Span[0] == 2);
        first.Dispose();
        using ScriptedServer.Peer second = await server.AcceptSessionAsync();
        (auth, _) = await second.ReadRequestAsync();
        (RequestHeader set, byte[] body) = await second.ReadRequestAsync();
        (get, _) = await second.ReadRequestAsync();

        Assert.Equal(WellKnownXid.Auth, auth.Xid);
        Assert.Equal(OpCode.SetWatches, set.Type);
        var watches = ScriptedServer.Peer.Parse<SetWatches>(body);
        Assert.Equal(5, watches.RelativeZxid);
        Assert.Equal(["/x"], watches.Data!);
        Assert.Equal(OpCode.GetData, get.Type);
    }

    [Fact]
    public async Task Refused_credentials_close_the_client()
    {
        await using var server = new ScriptedServer();
        await using CoordinationClient client = CoordinationClient.Create(server.ConnectionString);
        Task connecting = client.ConnectAsync(Cancellation).AsTask();
        using ScriptedServer.Peer peer = await server.AcceptSessionAsync();
        await connecting;

        Task authenticating = client.AuthenticateAsync(CoordinationCredential.Digest("u", "p"), Cancellation).AsTask();
        (RequestHeader auth, _) = await peer.ReadRequestAsync();
        await peer.ReplyAsync(auth.Xid, ErrorCode.AuthFailed, zxid: 0);

        await Assert.ThrowsAsync<AuthenticationFailedException>(() => authenticating);
        await Assert.ThrowsAsync<AuthenticationFailedException>(async () => await client.TryGetAsync("/x", Cancellation));
        Assert.True(client.Session.Lost.IsCancellationRequested);
        Task again = client.AuthenticateAsync(CoordinationCredential.Digest("u", "other"), Cancellation).AsTask();
        await Assert.ThrowsAsync<AuthenticationFailedException>(() => again.WaitAsync(TimeSpan.FromSeconds(20), Cancellation));
    }

    [Fact]
    public async Task A_reply_whose_body_is_garbage_leaves_no_caller_waiting_for_ever()
    {
        await using var server = new ScriptedServer();
        await using CoordinationClient client = CoordinationClient.Create(server.ConnectionString);
        Task<Znode?> reading = client.TryGetAsync("/x", Cancellation).AsTask();
        Task<ZnodeStat> writing = client.SetAsync("/y", default, cancellationToken: Cancellation).AsTask();

        using ScriptedServer.Peer first = await server.AcceptSessionAsync();
        (RequestHeader get, _) = await first.ReadRequestAsync();
        await first.ReadRequestAsync();
        await first.ReplyAsync(get.Xid, ErrorCode.Ok);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => writing.WaitAsync(TimeSpan.FromSeconds(20), Cancellation));

        using ScriptedServer.Peer second = await server.AcceptSessionAsync();
        (get, _) = await second.ReadRequestAsync();
        await second.ReplyAsync(get.Xid, new GetDataResponse([2], SomeStat));
        Assert.Equal([2], (await reading.WaitAsync(TimeSpan.FromSeconds(20), Cancellation))!.Data.ToArray());
    }

    [Fact]
    public async Task A_write_whose_answer_is_garbage_has_an_unknown_outcome()
    {
        await using var server = new ScriptedServer();
        await using CoordinationClient client = CoordinationClient.Create(server.ConnectionString);
        Task<ZnodeStat> writing = client.SetAsync("/y", default, cancellationToken: Cancellation).AsTask();

        using ScriptedServer.Peer first = await server.AcceptSessionAsync();
        (RequestHeader set, _) = await first.ReadRequestAsync();
        await first.ReplyAsync(set.Xid, ErrorCode.Ok);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => writing.WaitAsync(TimeSpan.FromSeconds(20), Cancellation));
    }

    [Fact]
    public async Task A_server_without_recursive_watches_is_followed_znode_by_znode()
    {
        await using var server = new ScriptedServer();
        await using CoordinationClient client = CoordinationClient.Create(server.ConnectionString);
        using var changes = new Recorder<TreeChange>(client.ObserveTree("/x"));
        using ScriptedServer.Peer peer = await server.AcceptSessionAsync();
        (RequestHeader add, _) = await peer.ReadRequestAsync();
        await peer.ReplyAsync(add.Xid, ErrorCode.Unimplemented, zxid: -1);

        for (int i = 0; i < 2; i++)
        {
            (RequestHeader read, byte[] body) = await peer.ReadRequestAsync();
            Assert.True(ScriptedServer.Peer.Parse<GetDataRequest>(body).Watch);
            if (read.Type == OpCode.GetData)
                await peer.ReplyAsync(read.Xid, new GetDataResponse([], SomeStat));
            else
                await peer.ReplyAsync(read.Xid, new GetChildren2Response([], SomeStat));
        }

        Assert.Equal(OpCode.AddWatch, add.Type);
        Assert.Equal(TreeChangeKind.Created, (await changes.NextAsync()).Kind);
        Assert.Equal(TreeChangeKind.Initialized, (await changes.NextAsync()).Kind);
    }

    [Fact]
    public async Task A_subscriber_that_throws_loses_only_its_own_subscription()
    {
        await using var server = new ScriptedServer();
        await using CoordinationClient client = CoordinationClient.Create(server.ConnectionString);
        var thrown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable bad = client.Observe("/x").Subscribe(new Throwing(thrown));
        using var good = new Recorder<ZnodeView>(client.Observe("/x"));
        using ScriptedServer.Peer peer = await server.AcceptSessionAsync();
        (RequestHeader get, _) = await peer.ReadRequestAsync();
        await peer.ReplyAsync(get.Xid, new GetDataResponse([1], SomeStat));
        await thrown.Task;
        await good.NextAsync();

        await peer.WriteRawAsync(ScriptedServer.Peer.Frame(
            new ReplyHeader(WellKnownXid.Notification, -1, ErrorCode.Ok),
            new WatcherEvent(WatchEventType.NodeDataChanged, EventState.SyncConnected, "/x")));
        (get, _) = await peer.ReadRequestAsync();
        await peer.ReplyAsync(get.Xid, new GetDataResponse([2], SomeStat with { Mzxid = 5 }));

        Assert.Equal(2, (await good.NextAsync()).Current!.Data.Span[0]);
    }

    private sealed class Throwing(TaskCompletionSource thrown) : IObserver<ZnodeView>
    {
        public void OnNext(ZnodeView value)
        {
            thrown.SetResult();
            throw new InvalidOperationException("This subscriber is broken.");
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
