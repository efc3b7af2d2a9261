using Coordination.Protocol;
using Coordination.Server.Operations;

namespace Coordination.Server.Tests.Operations;

public sealed class MultiOperationTests
{
    private readonly ReplicaDriver _driver = new();
    private readonly TestClient _client;

    public MultiOperationTests() => _client = _driver.Connect();

    [Fact]
    public void All_parts_share_one_zxid_and_see_each_other()
    {
        Reply reply = _client.Multi(
            Create("/m"),
            Create("/m/s", CreateMode.PersistentSequential),
            Create("/m/s", CreateMode.PersistentSequential),
            new(OpCode.SetData, "/m", [1], Version: 0),
            new(OpCode.Check, "/m", Version: 1),
            new(OpCode.Delete, "/m/s0000000000"));
        IReadOnlyList<MultiResult> results = reply.Read<MultiResponse>().Results;
        Assert.Equal([OpCode.Create, OpCode.Create, OpCode.Create, OpCode.SetData, OpCode.Check, OpCode.Delete], results.Select(r => r.Type));
        Assert.Equal(["/m", "/m/s0000000000", "/m/s0000000001"], results.Take(3).Select(r => r.Path!));
        Assert.Equal(2, results[3].Stat.NumChildren);
        ZnodeStat stat = _client.Stat("/m");
        Assert.Equal((reply.Zxid, reply.Zxid, reply.Zxid, 1, 3), (stat.Czxid, stat.Mzxid, stat.Pzxid, stat.NumChildren, stat.Cversion));
    }

    [Theory]
    [InlineData(OpCode.Create, CreateMode.Persistent, OpCode.Create)]
    [InlineData(OpCode.Create2, CreateMode.Persistent, OpCode.Create2)]
    [InlineData(OpCode.CreateContainer, CreateMode.Container, OpCode.Create2)]
    [InlineData(OpCode.Create, CreateMode.Container, OpCode.Create2)]
    public void The_type_of_a_result_tells_its_body(OpCode code, CreateMode mode, OpCode expected)
    {
        MultiResult result = _client.MultiResults(new MultiOperation(code, "/r", [], Acl.Open, mode)).Single();
        Assert.Equal(expected, result.Type);
        Assert.Equal("/r", result.Path);
        if (expected == OpCode.Create2)
            Assert.Equal(_client.Stat("/r"), result.Stat);
        Assert.Equal(mode == CreateMode.Container ? 1 : 0, _driver.Replica.State.Tree.Indexes.Containers.Count);
    }

    [Fact]
    public void The_stat_of_a_part_is_that_right_after_it()
    {
        IReadOnlyList<MultiResult> results = _client.MultiResults(
            new(OpCode.Create2, "/r", [1], Acl.Open), new(OpCode.SetData, "/r", [1, 2]), new(OpCode.SetData, "/r", [1, 2, 3]));
        Assert.Equal([(0, 1), (1, 2), (2, 3)], results.Select(result => (result.Stat.Version, result.Stat.DataLength)));
    }

    [Fact]
    public void A_failing_part_undoes_everything_but_the_zxid()
    {
        _client.Made("/p");
        List<string> before = Tree.SnapshotBytes.Describe(_driver.Replica.State.Tree);
        Reply reply = _client.Multi(
            Create("/p/n", CreateMode.PersistentSequential), new(OpCode.SetData, "/p", [1]), new(OpCode.Check, "/p", Version: 7), new(OpCode.Delete, "/p"));
        Assert.Equal(ErrorCode.Ok, reply.Error);
        IReadOnlyList<MultiResult> results = reply.Read<MultiResponse>().Results;
        Assert.All(results, result => Assert.Equal(OpCode.Error, result.Type));
        Assert.Equal([ErrorCode.Ok, ErrorCode.Ok, ErrorCode.BadVersion, ErrorCode.RuntimeInconsistency], results.Select(result => result.Error));
        Assert.Equal(before, Tree.SnapshotBytes.Describe(_driver.Replica.State.Tree));
        Assert.Equal(reply.Zxid, _driver.Replica.LastProcessed.Value);
        Assert.Equal("/p/n0000000000", _client.Made("/p/n", CreateMode.PersistentSequential));
    }

    [Fact]
    public void The_body_of_a_failure_is_Apaches_to_the_byte()
    {
        Reply reply = _client.Multi(Create("/x"), new(OpCode.Check, "/", Version: 9), new(OpCode.Delete, "/x"));
        Assert.Equal(
            "FFFFFFFF0000000000" + "00000000" + "FFFFFFFF00FFFFFF99" + "FFFFFF99" + "FFFFFFFF00FFFFFFFE" + "FFFFFFFE" + "FFFFFFFF01FFFFFFFF",
            Convert.ToHexString(reply.Body));
    }

    [Fact]
    public void A_failed_multi_is_logged_as_Apache_logs_it()
    {
        _client.Multi(Create("/x"), new(OpCode.Check, "/absent", Version: 1), new(OpCode.Delete, "/x"));
        var multi = Assert.IsType<MultiTransaction>(_driver.Transactions.Last().Record);
        Assert.True(multi.Failed);
        Assert.Equal([OpCode.Create, OpCode.Error, OpCode.Error], multi.Records.Select(record => record.Type));
        Assert.Equal(0, _driver.Recover().DigestMismatches);
    }

    [Fact]
    public void A_rolled_back_multi_does_not_disturb_what_is_pipelined_around_it()
    {
        _client.Made("/p");
        _driver.AutoPersist = false;
        _client.Send(OpCode.Create, new CreateRequest("/p/a", [], Acl.Open, CreateMode.EphemeralSequential));
        _client.Send(OpCode.Multi, new MultiRequest([Create("/p/b", CreateMode.EphemeralSequential), new(OpCode.Delete, "/p/a0000000000"), new(OpCode.Check, "/no", Version: 0)]));
        _client.Send(OpCode.Create, new CreateRequest("/p/c", [], Acl.Open, CreateMode.EphemeralSequential));
        _client.Send(OpCode.CloseSession, default(EmptyRecord));
        _driver.Persist();
        Assert.Equal("/p/a0000000000", _client.Next().Read<CreateResponse>().Path);
        _client.Next();
        Assert.Equal("/p/c0000000001", _client.Next().Read<CreateResponse>().Path);
        var close = Assert.IsType<CloseSessionTransaction>(_driver.Transactions.Last().Record);
        Assert.Equal(["/p/a0000000000", "/p/c0000000001"], close.Paths!);
        Assert.Equal(0, _driver.Recover().DigestMismatches);
    }

    [Fact]
    public void An_empty_multi_takes_a_zxid()
    {
        Zxid before = _driver.Replica.LastProcessed;
        Reply reply = _client.Multi();
        Assert.Empty(reply.Read<MultiResponse>().Results);
        Assert.Equal(before.Next.Value, reply.Zxid);
    }

    [Theory]
    [InlineData("read")]
    [InlineData("unknown")]
    [InlineData("flag")]
    [InlineData("cut")]
    public void A_multi_that_makes_no_sense_takes_a_zxid_and_changes_nothing(string kind)
    {
        Zxid before = _driver.Replica.LastProcessed;
        int xid = kind switch
        {
            "read" => _client.Send(OpCode.Multi, new MultiRequest([new(OpCode.GetData, "/")])),
            "unknown" => _client.Send(OpCode.Multi, new MultiHeader((OpCode)77, false, -1)),
            "flag" => _client.Send(OpCode.Multi, new MultiRequest([Create("/ok"), Create("/bad", (CreateMode)42)])),
            _ => _client.Send(OpCode.Multi, new MultiHeader(OpCode.Delete, false, -1)),
        };
        Reply reply = _client.Next();
        Assert.Equal(new ReplyHeader(xid, before.Next.Value, ErrorCode.MarshallingError), reply.Header);
        Assert.Empty(reply.Body);
        Assert.Equal(ErrorCode.NoNode, _client.Exists("/ok").Error);
    }

    [Theory]
    [InlineData("noslash", ErrorCode.BadArguments)]
    [InlineData("/a/", ErrorCode.BadArguments)]
    [InlineData("/absent", ErrorCode.NoNode)]
    [InlineData("/hidden", ErrorCode.NoAuth)]
    [InlineData("/a", ErrorCode.BadVersion)]
    public void A_check_reports_the_first_broken_rule(string path, ErrorCode expected)
    {
        _client.Made("/a");
        _client.Create("/hidden", acl: [new(Permissions.Write, "world", "anyone")]);
        Assert.Equal(expected, _client.MultiResults(new MultiOperation(OpCode.Check, path, Version: 4)).Single().Error);
    }

    [Fact]
    public void A_time_to_live_inside_a_multi_fails_that_part_where_it_is_switched_off() => Assert.Equal(
        ErrorCode.Unimplemented,
        _client.MultiResults(new MultiOperation(OpCode.CreateTtl, "/t", [], Acl.Open, CreateMode.PersistentWithTtl, TimeToLive: 5)).Single().Error);

    [Fact]
    public void A_null_access_list_inside_a_multi_fails_the_whole() => Assert.Equal(
        ErrorCode.MarshallingError, _client.Multi(Create("/a"), new MultiOperation(OpCode.Create, "/b", [])).Error);

    [Fact]
    public void Watches_fire_part_by_part_before_the_reply()
    {
        _client.Made("/w");
        _client.Made("/w/c");
        _client.AddWatch("/w", AddWatchMode.Persistent);
        _client.AddWatch("/", AddWatchMode.PersistentRecursive);
        _client.Send(OpCode.Multi, new MultiRequest([new(OpCode.SetData, "/w", []), new(OpCode.Delete, "/w/c"), new(OpCode.Delete, "/w")]));
        (WatchEventType, string)[] expected =
        [
            (WatchEventType.NodeDataChanged, "/w"), (WatchEventType.NodeDeleted, "/w/c"), (WatchEventType.NodeChildrenChanged, "/w"), (WatchEventType.NodeDeleted, "/w"),
        ];
        foreach ((WatchEventType, string) one in expected)
        {
            Reply next = _client.Next();
            Assert.Equal(_driver.Replica.LastProcessed.Value, next.Zxid);
            WatcherEvent read = next.Event();
            Assert.Equal(one, (read.Type, read.Path));
        }

        Assert.False(_client.Next().IsEvent);
    }

    private static MultiOperation Create(string path, CreateMode mode = CreateMode.Persistent) => new(OpCode.Create, path, [], Acl.Open, mode);
}
