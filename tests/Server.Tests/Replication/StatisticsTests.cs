using Coordination.Protocol;
using Coordination.Server.Figures;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Replication;

public sealed class StatisticsTests
{
    private readonly ReplicaDriver _driver = new();

    [Fact]
    public void A_fresh_server_shows_Apaches_figures()
    {
        ReplicaStatistics statistics = _driver.Replica.Statistics;
        Assert.Equal((5, 44L, 0, 0, 0), (statistics.NodeCount, statistics.ApproximateDataSize, statistics.WatchCount, statistics.EphemeralCount, statistics.SessionCount));
        Assert.Equal((0L, 0L, 0d), (statistics.Latency.Min, statistics.Latency.Max, statistics.Latency.Average));
    }

    [Fact]
    public void Frames_are_counted_with_handshakes_and_events()
    {
        TestClient client = _driver.Connect();
        client.Made("/a");
        client.GetData("/a", watch: true);
        client.Send(OpCode.SetData, new SetDataRequest("/a", [1], -1));
        ReplicaStatistics statistics = _driver.Replica.Statistics;
        Assert.Equal((4L, 5L), (statistics.PacketsReceived, statistics.PacketsSent));
        Assert.Equal((4L, 5L), (client.Link.Statistics.PacketsReceived, client.Link.Statistics.PacketsSent));
        Assert.Equal(1, statistics.Connections);
        statistics.Reset();
        client.Link.Statistics.Reset();
        Assert.Equal((0L, 0L), (statistics.PacketsReceived, client.Link.Statistics.PacketsSent));
    }

    [Fact]
    public void Latency_runs_from_arrival_to_reply()
    {
        TestClient client = _driver.Connect();
        _driver.AutoPersist = false;
        int xid = client.Send(OpCode.Create, new CreateRequest("/a", [], Acl.Open, CreateMode.Persistent));
        client.Send(OpCode.Ping, default(EmptyRecord));
        _driver.Now += 30;
        _driver.Persist();
        client.Send(OpCode.Ping, default(EmptyRecord));
        // The opening of the session counts too, as at Apache.
        Summary latency = _driver.Replica.Statistics.Latency;
        Assert.Equal((0L, 30L, 15d, 4L), (latency.Min, latency.Max, latency.Average, latency.Count));
        LinkStatistics link = client.Link.Statistics;
        Assert.Equal((OpCode.Ping, xid, 0L, _driver.Now), (link.LastOperation, link.LastXid, link.LastLatency, link.LastReplyAt));
        Assert.Equal(_driver.Replica.LastProcessed.Value, link.LastZxid);
    }

    [Fact]
    public void Credentials_are_packets_and_no_requests()
    {
        TestClient client = _driver.Connect();
        client.Made("/a");
        ReplicaStatistics statistics = _driver.Replica.Statistics;
        LinkStatistics link = client.Link.Statistics;
        (long, long, OpCode?, int, long) before = (statistics.Latency.Count, statistics.ResponseBytes, link.LastOperation, link.LastXid, link.LastZxid);
        client.AddDigest("user:password");
        client.Call(OpCode.Sasl, new SaslToken([]));
        Assert.Equal(before, (statistics.Latency.Count, statistics.ResponseBytes, link.LastOperation, link.LastXid, link.LastZxid));
        Assert.Equal((4L, 4L), (link.PacketsReceived, link.PacketsSent));
    }

    [Fact]
    public void A_link_tells_its_session_and_timeout()
    {
        TestClient client = _driver.Accept("10.1.2.3");
        Assert.Equal((0L, 0), (client.Link.SessionId, client.Link.SessionTimeoutMilliseconds));
        client.SendConnect(new ConnectRequest(0, 0, 7000, 0, null, null));
        Assert.Equal((client.ReadConnectResponse().SessionId, 7000), (client.Link.SessionId, client.Link.SessionTimeoutMilliseconds));
        Assert.Equal([client.Link], _driver.Replica.Links);
    }

    [Fact]
    public void The_outbox_names_each_link_once()
    {
        TestClient client = _driver.Connect();
        _driver.Replica.BeginTurn(new ReplicaTime(_driver.Now, _driver.Wall));
        byte[] ping = [0, 0, 0, 1, 0, 0, 0, 11];
        _driver.Replica.Receive(client.Link, ping);
        _driver.Replica.Receive(client.Link, ping);
        Assert.Equal([client.Link], _driver.Replica.Outbox.Dirty);
        _driver.Replica.Outbox.Clear();
        Assert.False(client.Link.IsDirty);
        Assert.Equal(2, client.Waiting);
    }
}
