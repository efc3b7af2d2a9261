using Coordination.Protocol;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Replication;

/// <summary>What happens between a decision and its moment: the disk is slow, and the world goes on.</summary>
public sealed class OvertakenTests
{
    private readonly ReplicaDriver _driver = new();

    [Fact]
    public void A_session_that_comes_back_finds_what_it_wrote_over_its_last_connection()
    {
        TestClient client = _driver.Connect();
        _driver.AutoPersist = false;
        client.Send(OpCode.Create, new CreateRequest("/mine", [], Acl.Open, CreateMode.Ephemeral));
        client.Disconnect();

        TestClient again = ComeBack(client);
        Assert.Equal(0, again.Waiting);
        Assert.True(again.Link.AwaitsSession);

        _driver.Persist();
        Assert.Equal(client.SessionId, again.ReadConnectResponse().SessionId);
        Assert.False(again.Link.AwaitsSession);
        Assert.Equal(ErrorCode.Ok, again.Exists("/mine").Error);
    }

    [Fact]
    public void A_session_that_ends_while_its_client_comes_back_is_refused()
    {
        TestClient client = _driver.Connect();
        _driver.AutoPersist = false;
        client.Send(OpCode.Create, new CreateRequest("/mine", [], Acl.Open, CreateMode.Ephemeral));
        client.Disconnect();
        TestClient again = ComeBack(client);
        _driver.Turn(() => _driver.Replica.ExpireSession(client.SessionId));

        _driver.Persist();
        Assert.NotEqual(CloseReason.None, again.Closed);
        Assert.True(again.Waiting == 0 || again.ReadConnectResponse().SessionId == 0);
        Assert.Equal(0, _driver.Replica.Statistics.EphemeralCount);
    }

    [Fact]
    public void Of_two_connections_that_come_back_for_one_session_the_second_gets_it()
    {
        TestClient client = _driver.Connect();
        _driver.AutoPersist = false;
        client.Send(OpCode.Create, new CreateRequest("/mine", [], Acl.Open, CreateMode.Ephemeral));
        TestClient first = ComeBack(client);
        TestClient second = ComeBack(client);
        Assert.Equal(CloseReason.SessionMovedHere, client.Closed);
        Assert.Equal(CloseReason.SessionMovedHere, first.Closed);

        _driver.Persist();
        Assert.Equal(0, first.Waiting);
        Assert.Equal(client.SessionId, second.ReadConnectResponse().SessionId);
    }

    [Fact]
    public void A_client_that_leaves_while_it_comes_back_leaves_its_session_to_time()
    {
        TestClient client = _driver.Connect();
        _driver.AutoPersist = false;
        client.Send(OpCode.Create, new CreateRequest("/mine", [], Acl.Open, CreateMode.Ephemeral));
        TestClient again = ComeBack(client);
        again.Disconnect();
        _driver.AutoPersist = true;
        _driver.Persist();
        Assert.Equal(0, again.Waiting);

        _driver.Advance(60_000);
        Assert.Equal(0, _driver.Replica.Statistics.SessionCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_reaper_spares_what_has_come_to_stand_in_a_containers_place(bool container)
    {
        TestClient client = _driver.Connect(timeout: 40_000);
        client.Call(OpCode.CreateContainer, new CreateRequest("/parent", [], Acl.Open, CreateMode.Container));
        client.Made("/parent/child");
        client.Delete("/parent/child");

        // The reaper decides in the same turn, before the disk has the client's word.
        _driver.Now += 61_000;
        _driver.Turn(() =>
        {
            Send(OpCode.Delete, new DeleteRequest("/parent", -1));
            if (container)
                Send(OpCode.CreateContainer, new CreateRequest("/parent", [], Acl.Open, CreateMode.Container));
            else
                Send(OpCode.Create, new CreateRequest("/parent", [], Acl.Open, CreateMode.Persistent));
            _driver.Replica.Tick();
        });
        Assert.NotNull(_driver.Replica.State.Tree.Find("/parent"));

        void Send<T>(OpCode type, T record)
            where T : IJuteRecord<T>
        {
            using var buffer = new FrameBuffer();
            var writer = new JuteWriter(buffer);
            new RequestHeader(99, type).Write(ref writer);
            record.Write(ref writer);
            writer.Flush();
            _driver.Replica.Receive(client.Link, buffer.WrittenSpan);
        }
    }

    private TestClient ComeBack(TestClient client)
    {
        TestClient again = _driver.Accept();
        again.SendConnect(new ConnectRequest(0, 0, 10_000, client.SessionId, client.Handshake.Password, false));
        return again;
    }
}
