using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Sessions;

public sealed class SessionLifeTests
{
    private readonly ReplicaDriver _driver = new();

    [Fact]
    public void A_silent_session_expires_after_its_timeout_and_before_one_tick_more()
    {
        TestClient client = _driver.Connect(4000);
        client.Made("/e", CreateMode.Ephemeral);
        _driver.Advance(3999);
        Assert.NotNull(_driver.Replica.State.Tree.Find("/e"));
        _driver.Advance(2001);
        Assert.Null(_driver.Replica.State.Tree.Find("/e"));
        Assert.Equal(CloseReason.SessionExpired, client.Closed);
        Assert.Equal(0, client.Waiting);
    }

    [Fact]
    public void Any_request_keeps_a_session_alive()
    {
        TestClient client = _driver.Connect(4000);
        for (int i = 0; i < 5; i++)
        {
            _driver.Advance(3900);
            client.Send(OpCode.Ping, default(EmptyRecord));
            Assert.Equal(WellKnownXid.Ping, client.Next().Header.Xid);
        }
    }

    [Fact]
    public void The_replica_says_when_it_wants_to_be_woken()
    {
        TestClient client = _driver.Connect(4000);
        long deadline = _driver.Replica.NextTickAt;
        Assert.InRange(deadline, _driver.Now + 4000, _driver.Now + 6000);
        _driver.Now = deadline;
        _driver.Turn(_driver.Replica.Tick);
        Assert.Equal(CloseReason.SessionExpired, client.Closed);
    }

    [Fact]
    public void A_close_deletes_the_ephemerals_under_one_zxid_then_answers_then_ends_the_connection()
    {
        TestClient client = _driver.Connect();
        TestClient other = _driver.Connect();
        client.Made("/p");
        client.Made("/p/e1", CreateMode.Ephemeral);
        client.Made("/p/e2", CreateMode.Ephemeral);
        other.GetChildren("/p", watch: true);
        other.Exists("/p/e1", watch: true);
        Reply reply = client.Call(OpCode.CloseSession, default(EmptyRecord));
        Assert.Equal(_driver.Replica.LastProcessed.Value, reply.Zxid);
        Assert.Equal(CloseReason.SessionClosed, client.Closed);
        Assert.Equal([(WatchEventType.NodeDeleted, "/p/e1"), (WatchEventType.NodeChildrenChanged, "/p")], other.Events());
        Assert.Equal(reply.Zxid, other.Stat("/p").Pzxid);
        Assert.Empty(other.Children("/p"));
    }

    [Fact]
    public void Ephemerals_on_their_way_go_with_the_session()
    {
        TestClient client = _driver.Connect();
        client.Made("/gone", CreateMode.Ephemeral);
        client.Made("/deleted", CreateMode.Ephemeral);
        _driver.AutoPersist = false;
        client.Send(OpCode.Create, new CreateRequest("/coming", [], Acl.Open, CreateMode.Ephemeral));
        client.Send(OpCode.Delete, new DeleteRequest("/deleted", -1));
        client.Send(OpCode.CloseSession, default(EmptyRecord));
        _driver.Persist();
        Assert.Equal(["/gone", "/coming"], Assert.IsType<CloseSessionTransaction>(_driver.Transactions.Last().Record).Paths!);
        Assert.Equal(0, _driver.Replica.Statistics.EphemeralCount);
    }

    [Fact]
    public void A_path_that_went_to_another_session_stays()
    {
        TestClient first = _driver.Connect();
        TestClient second = _driver.Connect();
        first.Made("/e", CreateMode.Ephemeral);
        _driver.AutoPersist = false;
        first.Send(OpCode.Delete, new DeleteRequest("/e", -1));
        second.Send(OpCode.Create, new CreateRequest("/e", [], Acl.Open, CreateMode.Ephemeral));
        first.Send(OpCode.CloseSession, default(EmptyRecord));
        _driver.Persist();
        _driver.AutoPersist = true;
        second.Next();
        Assert.Equal(second.SessionId, second.Stat("/e").EphemeralOwner);
    }

    [Fact]
    public void Requests_behind_the_close_get_no_answer()
    {
        TestClient client = _driver.Connect();
        _driver.AutoPersist = false;
        client.Send(OpCode.CloseSession, default(EmptyRecord));
        client.Send(OpCode.Create, new CreateRequest("/late", [], Acl.Open, CreateMode.Persistent));
        client.Send(OpCode.Exists, new ExistsRequest("/", false));
        _driver.Persist();
        Assert.Equal(1, client.Waiting);
        Assert.Null(_driver.Replica.State.Tree.Find("/late"));
    }

    [Fact]
    public void A_lost_connection_leaves_session_and_ephemerals_until_the_timeout()
    {
        TestClient client = _driver.Connect(4000);
        client.Made("/e", CreateMode.Ephemeral);
        client.Disconnect();
        Assert.NotNull(_driver.Replica.State.Tree.Find("/e"));
        Assert.Empty(_driver.Replica.Links);
        _driver.Advance(6001);
        Assert.Null(_driver.Replica.State.Tree.Find("/e"));
    }

    [Fact]
    public void A_session_can_be_ended_by_order_once()
    {
        TestClient client = _driver.Connect();
        client.Made("/e", CreateMode.Ephemeral);
        _driver.Turn(() => Assert.True(_driver.Replica.ExpireSession(client.SessionId)));
        Assert.Null(_driver.Replica.State.Tree.Find("/e"));
        Assert.Equal(CloseReason.SessionExpired, client.Closed);
        _driver.Turn(() => Assert.False(_driver.Replica.ExpireSession(client.SessionId)));
        _driver.Turn(() => Assert.False(_driver.Replica.ExpireSession(4711)));
        Assert.Contains(_driver.Trace, trace => trace.Kind == TraceKind.SessionExpired && trace.Id == client.SessionId);
    }

    [Fact]
    public void A_closed_session_does_not_expire_as_well()
    {
        TestClient client = _driver.Connect(4000);
        _driver.AutoPersist = false;
        client.Send(OpCode.CloseSession, default(EmptyRecord));
        _driver.Advance(60_000);
        _driver.Persist();
        Assert.Equal(1, _driver.Transactions.Count(transaction => transaction.Record is CloseSessionTransaction));
    }
}
