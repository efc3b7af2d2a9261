using Coordination.Protocol;

namespace Coordination.Server.Tests.Operations;

public sealed class ReadOperationTests
{
    private readonly ReplicaDriver _driver = new();
    private readonly TestClient _client;

    public ReadOperationTests()
    {
        _client = _driver.Connect();
        _client.Made("/a", data: [1, 2]);
        _client.Made("/a/x");
        _client.Made("/a/y");
        _client.Create("/hidden", acl: [new(Permissions.Write | Permissions.Create, "world", "anyone")]);
    }

    public static TheoryData<OpCode> Reads => [OpCode.GetData, OpCode.GetChildren, OpCode.GetChildren2, OpCode.GetAllChildrenNumber, OpCode.GetAcl];

    [Theory]
    [MemberData(nameof(Reads))]
    public void A_read_reports_absence_then_missing_rights(OpCode code)
    {
        Assert.Equal(ErrorCode.NoNode, _client.Error(code, new GetDataRequest("/absent", false)));
        Assert.Equal(ErrorCode.NoNode, _client.Error(code, new GetDataRequest("garbage", false)));
        Assert.Equal(ErrorCode.NoNode, _client.Error(code, new GetDataRequest("/a/", false)));
        Assert.Equal(ErrorCode.NoAuth, _client.Error(code, new GetDataRequest("/hidden", false)));
    }

    [Theory]
    [MemberData(nameof(Reads))]
    public void The_empty_path_addresses_the_root(OpCode code) =>
        Assert.Equal(ErrorCode.Ok, _client.Call(code, new GetDataRequest("", false)).Error);

    [Fact]
    public void Exists_reports_a_nul_then_missing_rights_then_absence()
    {
        Assert.Equal(ErrorCode.BadArguments, _client.Exists("/a\0").Error);
        Assert.Equal(ErrorCode.NoAuth, _client.Exists("/hidden").Error);
        Assert.Equal(ErrorCode.NoNode, _client.Exists("/absent").Error);
        Assert.Equal(ErrorCode.NoNode, _client.Exists("/a/").Error);
    }

    [Fact]
    public void Children_are_listed_by_name_with_or_without_the_stat()
    {
        Assert.Equal(["x", "y"], _client.Children("/a"));
        GetChildren2Response both = _client.Call(OpCode.GetChildren2, new GetChildrenRequest("/a", false)).Read<GetChildren2Response>();
        Assert.Equal(["x", "y"], both.Children!);
        Assert.Equal(_client.Stat("/a"), both.Stat);
        Assert.Equal(["zookeeper", "a", "hidden"], _client.Children("/"));
    }

    [Theory]
    [InlineData("/", 7)]
    [InlineData("/a", 2)]
    [InlineData("/a/x", 0)]
    public void All_descendants_are_counted(string path, int expected) => Assert.Equal(
        expected,
        _client.Call(OpCode.GetAllChildrenNumber, new GetAllChildrenNumberRequest(path)).Read<GetAllChildrenNumberResponse>().Total);

    [Theory]
    [InlineData(null, 2)]
    [InlineData("", 2)]
    [InlineData("  ", 2)]
    [InlineData("/", 2)]
    [InlineData("/a/e", 1)]
    [InlineData("/e", 1)]
    [InlineData("/nothing", 0)]
    [InlineData("/a/", 1)]
    [InlineData("/a/e1", 1)]
    [InlineData("/a/e12", 0)]
    [InlineData("/b/e", 0)]
    [InlineData("a", 0)]
    [InlineData("/ae", 0)]
    public void Ephemerals_of_the_session_are_listed_by_a_plain_prefix(string? prefix, int expected)
    {
        _client.Made("/a/e1", CreateMode.Ephemeral);
        _client.Made("/e2", CreateMode.Ephemeral);
        _driver.Connect().Made("/foreign", CreateMode.Ephemeral);
        Assert.Equal(expected, _client.Call(OpCode.GetEphemerals, new GetEphemeralsRequest(prefix)).Read<GetEphemeralsResponse>().Paths!.Count);
    }

    [Fact]
    public void Who_am_i_shows_users_and_no_secrets()
    {
        _client.AddDigest("bob:secret");
        WhoAmIResponse me = _client.Call(OpCode.WhoAmI, default(EmptyRecord)).Read<WhoAmIResponse>();
        Assert.Equal([new ClientInfo("ip", "127.0.0.1"), new ClientInfo("digest", "bob")], me.Identities!);
    }

    [Fact]
    public void A_read_bears_the_last_zxid_and_takes_none()
    {
        Zxid last = _driver.Replica.LastProcessed;
        Assert.Equal(last.Value, _client.GetData("/a").Zxid);
        Assert.Equal(last.Value, _client.Exists("/absent").Zxid);
        Assert.Equal(last, _driver.Replica.LastProcessed);
    }

    [Fact]
    public void A_multiread_answers_each_part_for_itself_and_leaves_no_watch()
    {
        MultiOperation[] reads =
        [
            new(OpCode.GetData, "/a"), new(OpCode.GetData, "/absent"), new(OpCode.GetChildren, "/a"), new(OpCode.GetChildren, "/hidden"),
        ];
        Reply reply = _client.Call(OpCode.MultiRead, new MultiRequest(reads));
        IReadOnlyList<MultiResult> results = reply.Read<MultiResponse>().Results;
        Assert.Equal([1, 2], results[0].Data!);
        Assert.Equal(_client.Stat("/a"), results[0].Stat);
        Assert.Equal(ErrorCode.NoNode, results[1].Error);
        Assert.Equal(["x", "y"], results[2].Children!);
        Assert.Equal(ErrorCode.NoAuth, results[3].Error);
        Assert.Equal(0, _driver.Replica.Statistics.WatchCount);
    }

    [Fact]
    public void A_multiread_with_a_write_is_refused_without_a_zxid()
    {
        Zxid last = _driver.Replica.LastProcessed;
        Assert.Equal(ErrorCode.MarshallingError, _client.Error(OpCode.MultiRead, new MultiRequest([new(OpCode.Delete, "/a/x")])));
        Assert.Equal(last, _driver.Replica.LastProcessed);
        Assert.Empty(_client.Call(OpCode.MultiRead, new MultiRequest([])).Read<MultiResponse>().Results);
    }
}
