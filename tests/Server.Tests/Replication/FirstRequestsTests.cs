using Coordination.Protocol;

namespace Coordination.Server.Tests.Replication;

public sealed class FirstRequestsTests
{
    private readonly ReplicaDriver _driver = new();

    [Fact]
    public void A_client_creates_reads_sets_lists_and_deletes()
    {
        TestClient client = _driver.Connect();
        Assert.Equal("/a", client.Made("/a", data: "one"u8.ToArray()));
        Assert.Equal("/a/b", client.Made("/a/b"));
        GetDataResponse read = client.GetData("/a").Read<GetDataResponse>();
        Assert.Equal("one"u8.ToArray(), read.Data);
        Assert.Equal(1, read.Stat.NumChildren);
        Assert.Equal(1, client.SetData("/a", "two"u8.ToArray()).Read<SetDataResponse>().Stat.Version);
        Assert.Equal(["b"], client.Children("/a"));
        Assert.Equal(ErrorCode.NotEmpty, client.Delete("/a").Error);
        Assert.Equal(ErrorCode.Ok, client.Delete("/a/b").Error);
        Assert.Equal(ErrorCode.Ok, client.Delete("/a").Error);
        Assert.Equal(ErrorCode.NoNode, client.Exists("/a").Error);
    }

    [Fact]
    public void A_ping_is_answered_with_its_own_xid_and_the_last_zxid()
    {
        TestClient client = _driver.Connect();
        client.Send(OpCode.Ping, default(EmptyRecord), xid: 77);
        Reply reply = client.Next();
        Assert.Equal(new ReplyHeader(WellKnownXid.Ping, _driver.Replica.LastProcessed.Value, ErrorCode.Ok), reply.Header);
        Assert.Empty(reply.Body);
    }

    [Fact]
    public void What_was_logged_recovers_the_same_tree_and_sessions()
    {
        TestClient client = _driver.Connect();
        client.Made("/a");
        client.Made("/a/e", CreateMode.Ephemeral);
        client.Made("/a/s", CreateMode.PersistentSequential);
        client.SetData("/a", [1, 2, 3]);
        var recovered = _driver.Recover();
        Assert.Equal(_driver.Replica.LastProcessed, recovered.LastZxid);
        Assert.Equal(_driver.Replica.State.Tree.Digest, recovered.Tree.Digest);
        Assert.Equal(0, recovered.DigestMismatches);
        Assert.True(recovered.Sessions.TryGet(client.SessionId, out _));
    }
}
