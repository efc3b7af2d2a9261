using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Tests.Replication;

public sealed class OrderingTests
{
    private readonly ReplicaDriver _driver = new();
    private readonly TestClient _client;
    private readonly TestClient _other;

    public OrderingTests()
    {
        _client = _driver.Connect();
        _other = _driver.Connect();
        _client.Made("/a");
        _driver.AutoPersist = false;
    }

    [Theory]
    [InlineData(OpCode.GetData)]
    [InlineData(OpCode.Exists)]
    [InlineData(OpCode.GetChildren)]
    [InlineData(OpCode.Sync)]
    [InlineData(OpCode.Ping)]
    public void A_read_waits_for_the_sessions_own_write(OpCode code)
    {
        _client.Send(OpCode.SetData, new SetDataRequest("/a", [1], -1));
        _client.Send(code, new GetDataRequest("/a", false));
        Assert.Equal(0, _client.Waiting);
        Assert.Equal(2, _client.Link.Outstanding);
        Assert.Equal(2, _driver.Replica.Statistics.Outstanding);
        _driver.Persist();
        Assert.Equal(2, _client.Waiting);
        Assert.Equal(0, _client.Link.Outstanding);
        Assert.Equal(0, _driver.Replica.Statistics.Outstanding);
        long zxid = _client.Next().Zxid;
        Assert.Equal(zxid, _client.Next().Zxid);
    }

    [Fact]
    public void Reads_of_other_sessions_do_not_wait_and_see_nothing_uncommitted()
    {
        _client.Send(OpCode.SetData, new SetDataRequest("/a", [1], -1));
        Assert.Equal(0, _other.GetData("/a").Read<GetDataResponse>().Stat.Version);
        _driver.Persist();
        Assert.Equal(1, _other.GetData("/a").Read<GetDataResponse>().Stat.Version);
    }

    [Fact]
    public void Replies_come_in_the_order_of_requests()
    {
        var sent = new List<int>();
        for (int i = 0; i < 10; i++)
        {
            sent.Add(_client.Send(OpCode.SetData, new SetDataRequest("/a", [(byte)i], i)));
            sent.Add(_client.Send(OpCode.GetData, new GetDataRequest("/a", false)));
            sent.Add(_client.Send(OpCode.Delete, new DeleteRequest("/absent", -1)));
            sent.Add(_client.Send(OpCode.Exists, new ExistsRequest("/absent", false)));
        }

        while (_driver.Replica.LastProcessed.Value < _driver.Log.Count)
            _driver.Persist(_driver.Replica.LastProcessed.Next);
        for (int i = 0; i < sent.Count; i++)
        {
            Reply reply = _client.Next();
            Assert.Equal(sent[i], reply.Header.Xid);
            if (i % 4 == 1)
                Assert.Equal([(byte)(i / 4)], reply.Read<GetDataResponse>().Data!);
        }
    }

    [Fact]
    public void Each_read_sees_exactly_the_writes_before_it()
    {
        _client.Send(OpCode.SetData, new SetDataRequest("/a", [1], -1));
        _client.Send(OpCode.GetData, new GetDataRequest("/a", false));
        _client.Send(OpCode.SetData, new SetDataRequest("/a", [2], -1));
        _client.Send(OpCode.GetData, new GetDataRequest("/a", false));
        _driver.Persist();
        _client.Next();
        Assert.Equal([1], _client.Next().Read<GetDataResponse>().Data!);
        _client.Next();
        Assert.Equal([2], _client.Next().Read<GetDataResponse>().Data!);
    }

    [Fact]
    public void Pipelined_writes_are_judged_against_what_is_on_its_way()
    {
        _client.Send(OpCode.Create, new CreateRequest("/p", [], Acl.Open, CreateMode.Persistent));
        _other.Send(OpCode.Create, new CreateRequest("/p/c", [], Acl.Open, CreateMode.Persistent));
        _client.Send(OpCode.Delete, new DeleteRequest("/p", -1));
        _other.Send(OpCode.Delete, new DeleteRequest("/p/c", -1));
        _client.Send(OpCode.Delete, new DeleteRequest("/p", -1));
        _driver.Persist();
        Assert.Equal([ErrorCode.Ok, ErrorCode.NotEmpty, ErrorCode.Ok], [_client.Next().Error, _client.Next().Error, _client.Next().Error]);
        Assert.Equal([ErrorCode.Ok, ErrorCode.Ok], [_other.Next().Error, _other.Next().Error]);
        Assert.Equal(0, _driver.Recover().DigestMismatches);
    }

    [Fact]
    public void A_refusal_waits_for_its_turn_too()
    {
        int first = _client.Send(OpCode.SetData, new SetDataRequest("/a", [1], -1));
        int cut = _client.Send(OpCode.Create, default(EmptyRecord));
        int refused = _client.Send(OpCode.DeleteContainer, default(EmptyRecord));
        int unknown = _client.Send((OpCode)500, default(EmptyRecord));
        int late = _client.Send(OpCode.Exists, new ExistsRequest("/", false));
        Assert.Equal(0, _client.Waiting);
        _driver.Persist();
        long zxid = _driver.Replica.LastProcessed.Value;
        Assert.Equal(new ReplyHeader(first, zxid, ErrorCode.Ok), _client.Next().Header);
        Assert.Equal(new ReplyHeader(cut, zxid, ErrorCode.MarshallingError), _client.Next().Header);
        Assert.Equal(new ReplyHeader(refused, zxid, ErrorCode.Unimplemented), _client.Next().Header);
        Assert.Equal(new ReplyHeader(unknown, -1, ErrorCode.Unimplemented), _client.Next().Header);
        Assert.Equal(0, _client.Waiting);
        Assert.Equal(late, unknown + 1);
        Assert.Equal(0, _client.Link.Outstanding);
    }

    [Fact]
    public void Credentials_overtake_what_waits_and_count_from_their_arrival()
    {
        _client.Send(OpCode.Create, new CreateRequest("/mine", [], Acl.Creator, CreateMode.Persistent));
        int auth = _client.Send(OpCode.Auth, new AuthPacket(0, "digest", "u:p"u8.ToArray()));
        _client.Send(OpCode.Create, new CreateRequest("/mine", [], Acl.Creator, CreateMode.Persistent));
        Assert.Equal(auth, _client.Next().Header.Xid);
        _driver.Persist();
        Assert.Equal([ErrorCode.InvalidAcl, ErrorCode.Ok], [_client.Next().Error, _client.Next().Error]);
    }

    [Fact]
    public void What_a_lost_connection_has_asked_for_is_carried_out_without_a_reply()
    {
        _client.Send(OpCode.SetData, new SetDataRequest("/a", [5], -1));
        _client.Send(OpCode.GetData, new GetDataRequest("/a", false));
        _client.Disconnect();
        _driver.Persist();
        Assert.Equal(0, _client.Waiting);
        Assert.Equal([5], _other.GetData("/a").Read<GetDataResponse>().Data!);
        Assert.Equal(0, _driver.Replica.Statistics.Outstanding);
    }

    [Fact]
    public void The_disk_cannot_confirm_what_was_never_proposed() =>
        Assert.Throws<InvariantException>(() => _driver.Persist(new Zxid(_driver.Log.Count + 1)));
}
