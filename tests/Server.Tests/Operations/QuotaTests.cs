using System.Text;
using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Operations;

public sealed class QuotaTests
{
    private const string Limits = "/zookeeper/quota/a/zookeeper_limits";
    private const string Usage = "/zookeeper/quota/a/zookeeper_stats";

    private readonly ReplicaDriver _driver = new(Enforcing);
    private readonly TestClient _client;

    public QuotaTests()
    {
        _client = _driver.Connect();
        _client.Made("/a", data: [1, 2, 3]);
        _client.Made("/a/b", data: [1, 2, 3, 4]);
        _client.Made("/a/b/c");
    }

    private static ReplicaOptions Enforcing => new() { TickMilliseconds = 200_000, Rules = new WriteRules { EnforceQuota = true } };

    [Fact]
    public void Usage_is_counted_when_its_znode_is_made_and_kept_up_from_then_on()
    {
        Limit("/a", "count=-1,bytes=-1");
        Assert.Equal("count=3,bytes=7", Text(Usage));
        _client.Made("/a/d", data: [1, 2]);
        Assert.Equal("count=4,bytes=9", Text(Usage));
        _client.SetData("/a/b", [1]);
        Assert.Equal("count=4,bytes=6", Text(Usage));
        _client.SetData("/a/b", null);
        Assert.Equal("count=4,bytes=5", Text(Usage));
        _client.Delete("/a/d");
        _client.Delete("/a/b/c");
        Assert.Equal("count=2,bytes=3", Text(Usage));
        _client.Made("/other", data: [1]);
        _client.Made("/ab", data: [1]);
        Assert.Equal("count=2,bytes=3", Text(Usage));
    }

    [Fact]
    public void Whatever_ends_a_znode_lowers_the_usage()
    {
        Limit("/a", "count=-1,bytes=-1");
        TestClient other = _driver.Connect();
        other.Made("/a/e", CreateMode.Ephemeral, [1, 2]);
        _client.Call(OpCode.CreateContainer, new CreateRequest("/a/k", [5], Acl.Open, CreateMode.Container)).Read<Create2Response>();
        _client.Made("/a/k/x");
        _client.Delete("/a/k/x");
        Assert.Equal("count=5,bytes=10", Text(Usage));
        other.Call(OpCode.CloseSession, default(EmptyRecord));
        Assert.Equal("count=4,bytes=8", Text(Usage));
        _driver.Advance(60_000);
        Assert.Equal("count=3,bytes=7", Text(Usage));
        _client.Multi(new MultiOperation(OpCode.Create, "/a/m", [1], Acl.Open), new MultiOperation(OpCode.Delete, "/a/b/c"));
        Assert.Equal("count=3,bytes=8", Text(Usage));
        _client.Multi(new MultiOperation(OpCode.Create, "/a/n", [1], Acl.Open), new MultiOperation(OpCode.Check, "/none"));
        Assert.Equal("count=3,bytes=8", Text(Usage));
    }

    [Fact]
    public void Usage_moves_no_version_no_time_and_no_watch()
    {
        Limit("/a", "count=-1,bytes=-1");
        ZnodeStat before = _client.Stat(Usage);
        _client.Exists(Usage, watch: true);
        _driver.Now += 500;
        for (int i = 0; i < 10; i++)
            _client.Made($"/a/x{i}");
        Assert.Equal("count=13,bytes=7", Text(Usage));
        Assert.Equal(before with { DataLength = before.DataLength + 1 }, _client.Stat(Usage));
        Assert.Empty(_client.Events());
    }

    // Each case breaks the rule under test and, in setData, one that is checked later.
    [Theory]
    [InlineData("count=3,bytes=-1", ErrorCode.Ok, ErrorCode.Ok, ErrorCode.Ok)]
    [InlineData("count=-1,bytes=7", ErrorCode.Ok, ErrorCode.Ok, ErrorCode.Ok)]
    [InlineData("count=-1,bytes=-1=;countHardLimit=3", ErrorCode.QuotaExceeded, ErrorCode.QuotaExceeded, ErrorCode.Ok)]
    [InlineData("count=-1,bytes=-1=;byteHardLimit=7", ErrorCode.Ok, ErrorCode.QuotaExceeded, ErrorCode.QuotaExceeded)]
    [InlineData("count=-1,bytes=-1=;byteHardLimit=8;countHardLimit=3", ErrorCode.QuotaExceeded, ErrorCode.QuotaExceeded, ErrorCode.Ok)]
    [InlineData("count=1,bytes=1=;byteHardLimit=8;countHardLimit=4", ErrorCode.Ok, ErrorCode.Ok, ErrorCode.Ok)]
    [InlineData("", ErrorCode.Ok, ErrorCode.Ok, ErrorCode.Ok)]
    public void Hard_limits_refuse_and_soft_ones_do_not(string limits, ErrorCode createEmpty, ErrorCode create, ErrorCode set)
    {
        Limit("/a", limits);
        Assert.Equal(set, _client.SetData("/a", [1, 2, 3, 4]).Error);
        if (set == ErrorCode.Ok)
            _client.SetData("/a", [1, 2, 3]);
        Assert.Equal(create, _client.Create("/a/n", [1]).Error);
        if (create == ErrorCode.Ok)
            _client.Delete("/a/n");
        Assert.Equal(createEmpty, _client.Create("/a/e", []).Error);
    }

    [Fact]
    public void A_quota_is_looked_at_before_the_version_and_after_everything_else()
    {
        Limit("/a", "count=0,bytes=0=;byteHardLimit=0;countHardLimit=0");
        Assert.Equal(ErrorCode.QuotaExceeded, _client.SetData("/a", new byte[10], version: 99).Error);
        Assert.Equal(ErrorCode.BadVersion, _client.SetData("/a", [3, 2, 1], version: 99).Error);
        Assert.Equal(ErrorCode.Ok, _client.SetData("/a", [3, 2, 1]).Error);
        Assert.Equal(ErrorCode.NodeExists, _client.Create("/a/b").Error);
        Assert.Equal(ErrorCode.NoNode, _client.Create("/a/none/x").Error);
        Assert.Equal(ErrorCode.BadArguments, _client.Create("/a/").Error);
        Reply refused = _client.Create("/a/x");
        Assert.Equal((ErrorCode.QuotaExceeded, _driver.Replica.LastProcessed.Value), (refused.Error, refused.Zxid));
        Assert.IsType<ErrorTransaction>(_driver.Transactions.Last().Record);
        Assert.Equal(ErrorCode.Ok, _client.Delete("/a/b/c").Error);
    }

    [Fact]
    public void Inside_a_multi_the_part_that_goes_beyond_fails_the_whole()
    {
        Limit("/a", "count=-1,bytes=-1=;countHardLimit=3");
        IReadOnlyList<MultiResult> results = _client.MultiResults(
            new(OpCode.Create, "/free", [], Acl.Open), new(OpCode.Create, "/a/x", [], Acl.Open), new(OpCode.Delete, "/free"));
        Assert.Equal([ErrorCode.Ok, ErrorCode.QuotaExceeded, ErrorCode.RuntimeInconsistency], results.Select(result => result.Error));
        Assert.Equal(ErrorCode.NoNode, _client.Exists("/free").Error);
        Assert.Equal("count=3,bytes=7", Text(Usage));
    }

    [Fact]
    public void What_is_sent_together_is_held_against_committed_usage()
    {
        Limit("/a", "count=-1,bytes=-1=;countHardLimit=4");
        Assert.All(
            _client.MultiResults(new(OpCode.Create, "/a/x", [], Acl.Open), new(OpCode.Create, "/a/y", [], Acl.Open)),
            result => Assert.Equal(ErrorCode.Ok, result.Error));
        Assert.Equal("count=5,bytes=7", Text(Usage));
        Assert.Equal(ErrorCode.QuotaExceeded, _client.Create("/a/z").Error);
    }

    [Fact]
    public void The_nearest_quota_counts()
    {
        Limit("/a", "count=-1,bytes=-1");
        Limit("/a/b", "count=-1,bytes=-1=;countHardLimit=2");
        Assert.Equal(ErrorCode.QuotaExceeded, _client.Create("/a/b/x").Error);
        _client.Made("/a/y");
        Assert.Equal("count=4,bytes=7", Text(Usage));
        _client.SetData("/a/b", [1, 2, 3, 4, 5]);
        Assert.Equal("count=4,bytes=7", Text(Usage));
        Assert.Equal("count=2,bytes=5", Text("/zookeeper/quota/a/b/zookeeper_stats"));
    }

    [Fact]
    public void A_quota_ends_with_its_limits()
    {
        Limit("/a", "count=-1,bytes=-1=;countHardLimit=1");
        _client.Delete(Limits);
        _client.Made("/a/x");
        Assert.Equal("count=3,bytes=7", Text(Usage));
        _client.Delete(Usage);
        Assert.True(_driver.Replica.State.Quotas.IsEmpty);
    }

    [Theory]
    [InlineData("count=100,bytes=7=;zeta=1;alpha=2", "count=101,bytes=9=;alpha=2;zeta=1")]
    [InlineData("bytes=5;;,count=+2", "count=3,bytes=7")]
    [InlineData("count=,bytes=", "count=0,bytes=1")]
    [InlineData("", "count=0,bytes=1")]
    [InlineData("count=x,,=;nonsense", "count=0,bytes=1")]
    [InlineData("count=4,bytes=4=;countHardLimit=9;byteHardLimit=-1", "count=5,bytes=6=;byteHardLimit=-1;countHardLimit=9")]
    public void Usage_that_a_client_has_written_is_taken_as_it_is_and_never_ends_anything(string written, string after)
    {
        Limit("/a", "count=-1,bytes=-1");
        _client.SetData(Usage, Encoding.UTF8.GetBytes(written)).Read<SetDataResponse>();
        _client.Made("/a/x", data: [1, 2]);
        Assert.Equal(after, Text(Usage));
    }

    [Theory]
    [InlineData("/zookeeper/quota/zookeeper_limits")]
    [InlineData("/zookeeper/quota/zookeeper_stats")]
    [InlineData("/zookeeper/zookeeper_limits")]
    [InlineData("/zookeeper/quotax/zookeeper_limits")]
    [InlineData("/zookeeper_limits")]
    public void Limits_in_odd_places_limit_nothing_and_end_nothing(string path)
    {
        if (path.Contains("quotax", StringComparison.Ordinal))
            _client.Made("/zookeeper/quotax");
        _client.Made(path, data: "count=-1,bytes=-1=;countHardLimit=1"u8.ToArray());
        Assert.True(_driver.Replica.State.Quotas.IsEmpty);
        _client.Made("/x");
        Assert.Equal(ErrorCode.Ok, _client.Delete(path).Error);
    }

    [Fact]
    public void A_quota_without_usage_or_without_a_subtree_hurts_nobody()
    {
        _client.Made("/zookeeper/quota/a");
        _client.Made(Limits, data: "count=-1,bytes=-1=;countHardLimit=1"u8.ToArray());
        _client.Made("/a/x");
        _client.Call(OpCode.Create, new CreateRequest(Usage, null, Acl.Open, CreateMode.Persistent)).Read<CreateResponse>();
        Assert.Equal("count=4,bytes=7", Text(Usage));
        Limit("/none", "count=-1,bytes=-1");
        Assert.Equal("count=0,bytes=0", Text("/zookeeper/quota/none/zookeeper_stats"));
        Assert.Equal(0, _driver.Recover().DigestMismatches);
    }

    [Fact]
    public void An_exceeded_quota_is_told_of_once_a_minute()
    {
        Limit("/a", "count=3,bytes=-1");
        _client.Made("/a/x");
        _client.Made("/a/y");
        TraceEvent told = Assert.Single(_driver.Trace, trace => trace.Kind == TraceKind.QuotaExceeded);
        Assert.Equal("/a [current count=4, softCountLimit=3]", told.Detail);
        _driver.Now += 60_000;
        _client.Made("/a/z");
        Assert.Equal(2, _driver.Trace.Count(trace => trace.Kind == TraceKind.QuotaExceeded));
    }

    [Fact]
    public void Without_enforcement_a_hard_limit_is_only_told_of()
    {
        var driver = new ReplicaDriver();
        TestClient client = driver.Connect();
        client.Made("/a");
        Limit(client, "/a", "count=-1,bytes=-1=;byteHardLimit=1");
        Assert.Equal(ErrorCode.Ok, client.SetData("/a", [1, 2]).Error);
        Assert.Equal("/a [current bytes=2, hardByteLimit=1]", Assert.Single(driver.Trace, trace => trace.Kind == TraceKind.QuotaExceeded).Detail);
    }

    [Fact]
    public void A_restart_finds_the_quotas_and_counts_anew()
    {
        Limit("/a", "count=-1,bytes=-1=;countHardLimit=4");
        Limit("/a/b", "count=-1,bytes=-1");
        _client.SetData(Usage, "count=1,bytes=77"u8.ToArray());
        _client.Made("/a/x", data: [9]);
        Assert.Equal("count=2,bytes=78", Text(Usage));

        // Replayed from the log it is what it was; behind a snapshot it is what is there, subtrees with a quota of their own included.
        RecoveredState replayed = _driver.Recover();
        Assert.Equal("count=2,bytes=78", Encoding.UTF8.GetString(replayed.Tree.Find(Usage)!.Value.Data.Span));
        Assert.Equal(Tree.SnapshotBytes.Describe(_driver.Replica.State.Tree), Tree.SnapshotBytes.Describe(replayed.Tree));

        var loaded = new RecoveredState(replayed.Tree, [], replayed.LastZxid);
        var driver = new ReplicaDriver(Enforcing, loaded);
        TestClient client = driver.Connect();
        Assert.Equal("count=4,bytes=8", Text(client, Usage));
        Assert.Equal("count=2,bytes=4", Text(client, "/zookeeper/quota/a/b/zookeeper_stats"));
        Assert.Equal(ErrorCode.QuotaExceeded, client.Create("/a/y").Error);
        Assert.Equal(ErrorCode.Ok, client.Create("/a/b/y").Error);
    }

    private static void Limit(TestClient client, string path, string limits)
    {
        string at = "/zookeeper/quota";
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at += "/" + name;
            if (client.Exists(at).Error == ErrorCode.NoNode)
                client.Made(at);
        }

        client.Made(at + "/zookeeper_limits", data: Encoding.UTF8.GetBytes(limits));
        client.Made(at + "/zookeeper_stats", data: "count=0,bytes=0"u8.ToArray());
    }

    private static string Text(TestClient client, string path) =>
        Encoding.UTF8.GetString(client.GetData(path).Read<GetDataResponse>().Data!);

    private void Limit(string path, string limits) => Limit(_client, path, limits);

    private string Text(string path) => Text(_client, path);
}
