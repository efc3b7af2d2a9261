using Coordination.Protocol;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Replication.Ensemble;

/// <summary>Clients of a leader and of its followers, while nothing fails.</summary>
public sealed class EnsembleServiceTests
{
    public static TheoryData<int> Seeds => [1, 2, 3, 4, 5, 6, 7, 8];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_write_at_a_follower_is_read_at_once_on_its_connection(int seed)
    {
        EnsembleWorld world = new(seed);
        foreach (Member member in world.Members)
        {
            TestClient client = member.Connect();
            Assert.Equal(member.Sid, client.SessionId >> 56);
            string path = client.Made($"/of-{member.Sid}");
            Assert.Empty(client.GetData(path).Read<GetDataResponse>().Data!);
        }

        world.Settle();
        foreach (Member member in world.Members)
            Assert.Equal(["of-1", "of-2", "of-3", "zookeeper"], member.Connect().Children("/").Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Replies_come_in_the_order_of_the_requests(int seed)
    {
        EnsembleWorld world = new(seed);
        TestClient[] clients = [.. world.Members.Select(static member => member.Connect())];
        foreach (TestClient client in clients)
            client.Made($"/n{client.SessionId >> 56}");

        Random chance = new(seed);
        Dictionary<TestClient, List<(int Xid, int Version)>> sent = [];
        foreach (TestClient client in clients)
            sent[client] = [];
        for (int i = 0; i < 120; i++)
        {
            TestClient client = clients[chance.Next(clients.Length)];
            string path = $"/n{client.SessionId >> 56}";
            int version = sent[client].Count == 0 ? 0 : sent[client][^1].Version;
            switch (chance.Next(4))
            {
                case 0:
                    sent[client].Add((client.Send(OpCode.SetData, new SetDataRequest(path, [1], -1)), version + 1));
                    break;
                case 1:
                    sent[client].Add((client.Send(OpCode.Exists, new ExistsRequest(path, false)), version));
                    break;
                case 2:
                    sent[client].Add((client.Send(OpCode.Sync, new SyncRequest(path)), version));
                    break;
                default:
                    sent[client].Add((client.Send(OpCode.SetData, new SetDataRequest(path, [1], 1_000_000)), version));
                    break;
            }

            for (int steps = chance.Next(12); steps > 0; steps--)
                world.Step();
        }

        foreach (TestClient client in clients)
        {
            long seen = 0;
            foreach ((int xid, int version) in sent[client])
            {
                Reply reply = client.Next();
                Assert.Equal(xid, reply.Header.Xid);
                Assert.True(reply.Zxid >= seen, "what a client is told never goes back");
                seen = reply.Zxid;
                if (reply is { Error: ErrorCode.Ok, Body.Length: ZnodeStat.Size })
                    Assert.Equal(version, reply.Read<SetDataResponse>().Stat.Version);
            }
        }

        world.Settle();
    }

    [Fact]
    public void Refusals_of_the_leader_reach_the_client_of_a_follower()
    {
        EnsembleWorld world = new();
        TestClient client = world.Followers[0].Connect();
        client.Made("/a");
        Assert.Equal(ErrorCode.NodeExists, client.Create("/a").Error);
        Assert.Equal(ErrorCode.NoNode, client.Delete("/absent").Error);
        Assert.Equal(ErrorCode.BadVersion, client.SetData("/a", [], 7).Error);
        Reply multi = client.Multi(new MultiOperation(OpCode.Delete, "/a"), new MultiOperation(OpCode.Delete, "/absent"));
        Assert.Equal([ErrorCode.Ok, ErrorCode.NoNode], multi.Read<MultiResponse>().Results.Select(static result => result.Error));
        Assert.Equal(ErrorCode.Ok, client.Exists("/a").Error);
    }

    [Fact]
    public void A_request_that_cannot_be_decoded_becomes_a_transaction_too()
    {
        EnsembleWorld world = new();
        TestClient client = world.Followers[0].Connect();
        Assert.Equal(ErrorCode.MarshallingError, client.Error(OpCode.SetData, default(EmptyRecord)));
        Assert.Equal("/next", client.Made("/next"));
    }

    [Fact]
    public void Identities_travel_with_the_request()
    {
        EnsembleWorld world = new();
        Member follower = world.Followers[0];
        TestClient owner = follower.Connect();
        Assert.Equal(ErrorCode.Ok, owner.AddDigest("alice:secret").Error);
        Acl[] own = [new Acl(Permissions.All, "auth", "")];
        Assert.Equal(ErrorCode.Ok, owner.Create("/private", acl: own).Error);
        Assert.Equal(ErrorCode.Ok, owner.SetData("/private", [1]).Error);

        TestClient stranger = world.Followers[1].Connect();
        world.Settle();
        Assert.Equal(ErrorCode.NoAuth, stranger.SetData("/private", [2]).Error);
        Assert.Equal(ErrorCode.Ok, stranger.AddDigest("alice:secret").Error);
        Assert.Equal(ErrorCode.Ok, stranger.SetData("/private", [2]).Error);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void An_event_comes_before_any_reply_that_shows_the_change(int seed)
    {
        EnsembleWorld world = new(seed);
        TestClient watching = world.Followers[0].Connect();
        TestClient writing = world.Followers[1].Connect();
        writing.Made("/a");
        watching.Call(OpCode.Sync, new SyncRequest("/"));
        Assert.Equal(ErrorCode.Ok, watching.GetData("/a", watch: true).Error);
        writing.Send(OpCode.SetData, new SetDataRequest("/a", [7], -1));
        bool isTold = false;
        while (true)
        {
            watching.Send(OpCode.GetData, new GetDataRequest("/a", false));
            Reply next = watching.Next();
            if (next.IsEvent)
            {
                Assert.Equal(WatchEventType.NodeDataChanged, next.Event().Type);
                isTold = true;
                next = watching.Next();
            }

            if (next.Read<GetDataResponse>().Data!.Length == 1)
                break;
            world.Step();
        }

        Assert.True(isTold);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_sync_at_a_follower_shows_what_was_acknowledged_elsewhere(int seed)
    {
        EnsembleWorld world = new(seed);
        TestClient writing = world.Leader.Connect();
        writing.Made("/a");
        TestClient[] reading = [.. world.Followers.Select(static member => member.Connect())];
        for (int i = 1; i <= 10; i++)
        {
            Assert.Equal(ErrorCode.Ok, writing.SetData("/a", [1]).Error);
            foreach (TestClient client in reading)
            {
                client.Send(OpCode.Sync, new SyncRequest("/a"));
                client.Send(OpCode.Exists, new ExistsRequest("/a", false));
                Assert.Equal("/a", client.Next().Read<SyncResponse>().Path);
                Assert.Equal(i, client.Next().Read<ExistsResponse>().Stat.Version);
            }
        }
    }

    [Fact]
    public void An_observer_serves_clients_like_a_follower()
    {
        EnsembleWorld world = new(seed: 3, observers: 1);
        TestClient client = world[4].Connect();
        Assert.Equal("/a", client.Made("/a", CreateMode.Ephemeral));
        Assert.Equal(ErrorCode.Ok, client.Call(OpCode.Sync, new SyncRequest("/")).Error);
        Assert.Equal(client.SessionId, client.Stat("/a").EphemeralOwner);
        world.Settle();
    }
}
