using Coordination.Protocol;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Replication.Ensemble;

/// <summary>Clients over changes of leader, and servers that come back with what nobody else has.</summary>
public sealed class EnsembleFailoverTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Clients_of_the_followers_stay_when_the_leader_dies(int seed)
    {
        EnsembleWorld world = new(seed);
        Member dead = world.Leader;
        TestClient[] clients = [.. world.Followers.Select(static member => member.Connect())];
        clients[0].Made("/mine", CreateMode.Ephemeral);
        world.Settle();
        world.Crash(dead);
        world.Settle();
        for (int i = 0; i < clients.Length; i++)
        {
            Assert.Equal(CloseReason.None, clients[i].Closed);
            Assert.Equal($"/after-{i}", clients[i].Made($"/after-{i}"));
        }

        Assert.Equal(clients[0].SessionId, clients[1].Stat("/mine").EphemeralOwner);
        dead.Start();
        world.Settle();
        Assert.Equal(ErrorCode.Ok, dead.Connect().Exists("/after-1").Error);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Who_has_a_write_on_its_way_is_cut_off_and_what_was_acknowledged_stays(int seed)
    {
        EnsembleWorld world = new(seed);
        Member dead = world.Leader;
        List<(TestClient Client, List<string> Sent)> clients = [];
        foreach (Member member in world.Followers)
        {
            for (int i = 0; i < 3; i++)
                clients.Add((member.Connect(), []));
        }

        TestClient idle = world.Followers[0].Connect();
        Random chance = new(seed);
        for (int i = 0; i < 40; i++)
        {
            (TestClient client, List<string> sent) = clients[chance.Next(clients.Count)];
            sent.Add($"/w{i}");
            client.Send(OpCode.Create, new CreateRequest($"/w{i}", [], Acl.Open, CreateMode.Persistent));
            for (int steps = chance.Next(8); steps > 0; steps--)
                world.Step();
        }

        bool isDead = clients.Any(pair => pair.Client.Waiting < pair.Sent.Count);
        Assert.True(isDead, "something is on its way");
        world.Crash(dead);
        world.Settle();
        Assert.Equal(CloseReason.None, idle.Closed);
        TestClient reader = world.Leader.Connect();
        foreach ((TestClient client, List<string> sent) in clients)
        {
            int answered = client.Waiting;
            Assert.Equal(answered == sent.Count ? CloseReason.None : CloseReason.OutcomeUnknown, client.Closed);
            for (int i = 0; i < answered; i++)
            {
                Assert.Equal(ErrorCode.Ok, client.Next().Error);
                Assert.Equal(ErrorCode.Ok, reader.Exists(sent[i]).Error);
            }
        }
    }

    [Fact]
    public void A_leader_without_a_quorum_acknowledges_nothing_and_sends_its_clients_away_in_time()
    {
        EnsembleWorld world = new();
        Member alone = world.Leader;
        TestClient idle = alone.Connect();
        TestClient writing = alone.Connect();
        TestClient syncing = alone.Connect();
        idle.Made("/a");
        world.Isolate(alone);
        long cutAt = world.Now;
        writing.Send(OpCode.SetData, new SetDataRequest("/a", [1], -1));
        syncing.Send(OpCode.Sync, new SyncRequest("/a"));
        world.Until(() => writing.Closed != CloseReason.None, "the leader has given up");
        Assert.Equal(CloseReason.OutcomeUnknown, writing.Closed);
        Assert.Equal(CloseReason.OutcomeUnknown, syncing.Closed);
        Assert.Equal(CloseReason.None, idle.Closed);
        world.Until(() => idle.Closed != CloseReason.None, "the idle client is sent away");
        Assert.Equal(CloseReason.NotServing, idle.Closed);
        Assert.Equal(0, writing.Waiting + syncing.Waiting + idle.Waiting);
        Assert.InRange(world.Now - cutAt, 0, world.ZabOptionsOf(1).SyncMilliseconds + 400);

        TestClient late = alone.Accept();
        late.SendConnect(new ConnectRequest(0, 0, 10_000, 0, new byte[16], false));
        Assert.Equal(CloseReason.NotServing, late.Closed);
        world.Heal();
        world.Settle();
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Leadership_is_handed_over_under_clients_that_stay(int seed)
    {
        EnsembleWorld world = new(seed);
        TestClient[] clients = [.. world.Members.Select(static member => member.Connect())];
        for (int round = 0; round < 4; round++)
        {
            Member successor = world.Followers[round % 2];
            world.Leader.Turn(replica => replica.Ensemble!.HandOverTo(successor.Sid));
            world.Until(() => successor.IsLeading, "the successor leads");
            foreach (TestClient client in clients)
                Assert.Equal($"/{round}-{client.SessionId >> 56}", client.Made($"/{round}-{client.SessionId >> 56}"));
            world.Settle();
        }
    }

    [Fact]
    public void A_handshake_waits_for_the_leader_to_come()
    {
        EnsembleWorld world = new();
        Member follower = world.Followers[0];
        world.Crash(world.Leader);
        world.Until(() => !follower.Replica!.IsServing, "the loss is noticed");
        TestClient client = follower.Accept();
        client.SendConnect(new ConnectRequest(0, 0, 30_000, 0, new byte[16], false));
        Assert.Equal(0, client.Waiting);
        client.Handshake = client.ReadConnectResponse();
        Assert.Equal("/a", client.Made("/a"));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void What_a_deposed_leader_alone_has_logged_is_gone_when_it_comes_back(int seed)
    {
        EnsembleWorld world = new(seed);
        Member deposed = world.Leader;
        TestClient lost = deposed.Connect();
        lost.Made("/kept");
        world.Settle();
        world.Isolate(deposed);
        lost.Send(OpCode.Create, new CreateRequest("/lost", [], Acl.Open, CreateMode.Persistent));
        Member[] others = [.. world.Members.Where(member => member != deposed)];
        world.Until(() => others.Count(static member => member.IsLeading) == 1 && !deposed.IsLeading && !deposed.Disk.HasWork, "another leads");
        Assert.Contains(deposed.Disk.Log, entry => entry.Zxid > others[0].Disk.Log[^1].Zxid || entry.Zxid.Epoch < others[0].Replica!.Status.Epoch);

        // Its tree holds the lost write now, as it holds all of its log; it may not be served before that is gone.
        world.Crash(deposed);
        TestClient survivor = others.Single(static member => member.IsLeading).Connect();
        survivor.Made("/new");
        deposed.Start();
        Assert.NotNull(deposed.Replica!.State.Tree.Find("/lost"));
        world.Heal();
        world.Settle();
        TestClient reader = deposed.Connect();
        Assert.Equal(["kept", "new", "zookeeper"], reader.Children("/").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Clients_of_a_server_whose_tree_is_replaced_come_back_and_are_told_what_they_missed()
    {
        EnsembleWorld world = new();
        Member away = world.Followers[0];
        TestClient watching = away.Connect();
        TestClient writing = world.Leader.Connect();
        writing.Made("/a");
        watching.Call(OpCode.Sync, new SyncRequest("/"));
        long seen = watching.GetData("/a", watch: true).Zxid;
        world.Isolate(away);
        world.Until(() => !away.Replica!.IsServing, "it has noticed");
        for (int i = 0; i < 5; i++)
            Assert.Equal(ErrorCode.Ok, writing.SetData("/a", new byte[2000]).Error);
        world.Heal();
        world.Until(() => watching.Closed != CloseReason.None, "the tree is replaced");
        Assert.Equal(CloseReason.StateReplaced, watching.Closed);
        world.Settle();

        TestClient again = away.Reattach(watching, seen);
        Assert.Equal(watching.SessionId, again.SessionId);
        again.Send(OpCode.SetWatches, new SetWatches(seen, ["/a"], [], []), xid: WellKnownXid.SetWatches);
        Assert.Equal((WatchEventType.NodeDataChanged, "/a"), again.NextEvent());
        Assert.Equal(ErrorCode.Ok, again.Next().Error);
    }
}
