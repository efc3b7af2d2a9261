using Coordination.Protocol;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Replication;

/// <summary>Reads that waited behind a write are answered in shares, and what comes behind them waits for them.</summary>
public sealed class WaitingAnswerTests : IAnswerShare
{
    private readonly ReplicaDriver _driver = new();
    private readonly TestClient _client;
    private readonly TestClient _other;
    private int _share = int.MaxValue;

    public WaitingAnswerTests()
    {
        _client = _driver.Connect();
        _other = _driver.Connect();
        _client.Made("/a");
        _driver.AutoPersist = false;
        _driver.Replica.AnswerShare = this;
    }

    bool IAnswerShare.TryTake(ClientLink link, int length) => _share-- > 0;

    [Fact]
    public void Answers_come_in_shares_and_in_order_and_show_nothing_that_was_written_behind_them()
    {
        List<int> sent = [_client.Send(OpCode.SetData, new SetDataRequest("/a", [1], -1))];
        for (int i = 0; i < 5; i++)
            sent.Add(_client.Send(OpCode.GetData, new GetDataRequest("/a", false)));
        sent.Add(_client.Send(OpCode.SetData, new SetDataRequest("/a", [2], -1)));
        sent.Add(_client.Send(OpCode.GetData, new GetDataRequest("/a", false)));

        _share = 2;
        _driver.Persist();
        Assert.True(_driver.Replica.HasWaitingAnswers);
        Assert.Equal(3, _client.Waiting);
        Assert.Equal(5, _client.Link.Outstanding);
        Assert.Equal(2, Turns(2));
        Assert.False(_driver.Replica.HasWaitingAnswers);
        Assert.Equal(0, _driver.Replica.Statistics.Outstanding);

        List<(int Xid, byte? Data)> replies = [];
        while (_client.Waiting > 0)
        {
            Reply reply = _client.Next();
            bool isRead = reply.Body.Length > 0 && reply.Header.Xid != sent[0] && reply.Header.Xid != sent[6];
            replies.Add((reply.Header.Xid, isRead ? reply.Read<GetDataResponse>().Data![0] : null));
        }

        Assert.Equal(sent, replies.Select(static reply => reply.Xid));
        Assert.Equal([null, 1, 1, 1, 1, 1, null, 2], replies.Select(static reply => reply.Data));
    }

    [Fact]
    public void A_request_that_comes_while_answers_are_left_stands_behind_them()
    {
        _client.Send(OpCode.SetData, new SetDataRequest("/a", [1], -1));
        int first = _client.Send(OpCode.Exists, new ExistsRequest("/a", false));
        _share = 0;
        _driver.Persist();
        _client.Next();
        int second = _client.Send(OpCode.Exists, new ExistsRequest("/a", false));
        Assert.Equal(0, _client.Waiting);
        Assert.Equal(2, Turns(1));
        Assert.Equal([first, second], [_client.Next().Header.Xid, _client.Next().Header.Xid]);
    }

    [Fact]
    public void Nobody_is_held_up_by_answers_left_to_a_connection_that_has_gone()
    {
        _client.Send(OpCode.SetData, new SetDataRequest("/a", [1], -1));
        _client.Send(OpCode.Exists, new ExistsRequest("/a", false));
        _client.Send(OpCode.SetData, new SetDataRequest("/a", [2], -1));
        int behind = _other.Send(OpCode.SetData, new SetDataRequest("/a", [3], -1));
        _share = 0;
        _driver.Persist();
        Assert.Equal(0, _other.Waiting);
        _client.Disconnect();
        Assert.Equal(1, Turns(0));
        Assert.Equal(behind, _other.Next().Header.Xid);
        Assert.Equal(0, _driver.Replica.Statistics.WaitingBytes);
    }

    [Fact]
    public void Counting_a_large_subtree_ends_a_turn()
    {
        _driver.AutoPersist = true;
        for (int i = 0; i < 11; i++)
            _client.Multi([.. Enumerable.Range(0, 1000).Select(n => new MultiOperation(OpCode.Create, $"/a/{i}-{n}", [], Acl.Open))]);
        while (_client.Waiting > 0)
            _client.Next();
        _client.Made("/zookeeper/quota/a");
        _driver.AutoPersist = false;
        const string usage = "/zookeeper/quota/a/zookeeper_stats";
        for (int i = 0; i < 3; i++)
        {
            _client.Send(OpCode.Create, new CreateRequest(usage, [], Acl.Open, CreateMode.Persistent));
            _client.Send(OpCode.Delete, new DeleteRequest(usage, -1));
        }

        _driver.Persist();
        Assert.Equal(1, _client.Waiting);
        Assert.Equal(3, Turns(int.MaxValue));
        Assert.Equal(6, _client.Waiting);
    }

    /// <summary>As many turns as it takes, each with a share.</summary>
    private int Turns(int share)
    {
        int turns = 0;
        for (; _driver.Replica.HasWaitingAnswers; turns++)
        {
            Assert.InRange(turns, 0, 100);
            _share = share;
            _driver.Turn(_driver.Replica.AnswerWaiting);
        }

        return turns;
    }
}
