using Coordination.Protocol;

namespace Coordination.Server.Tests.Operations;

public sealed class WriteOperationTests
{
    private static readonly IReadOnlyList<Acl> ReadOnly = [new(Permissions.Read, "world", "anyone")];

    private readonly ReplicaDriver _driver = new();
    private readonly TestClient _client;

    public WriteOperationTests()
    {
        _client = _driver.Connect();
        _client.Made("/a");
        _client.Made("/a/b");
        _client.Create("/locked", acl: ReadOnly);
    }

    [Fact]
    public void A_delete_moves_cversion_and_pzxid_of_the_parent()
    {
        ZnodeStat before = _client.Stat("/a");
        Reply reply = _client.Delete("/a/b", 0);
        Assert.Empty(reply.Body);
        Assert.Equal(before with { Cversion = 2, NumChildren = 0, Pzxid = reply.Zxid }, _client.Stat("/a"));
    }

    [Theory]
    [InlineData("noslash", -1, ErrorCode.BadArguments)]
    [InlineData("/a\0", -1, ErrorCode.BadArguments)]
    [InlineData("", -1, ErrorCode.BadArguments)]
    [InlineData("/", -1, ErrorCode.BadArguments)]
    [InlineData("/zookeeper", -1, ErrorCode.BadArguments)]
    [InlineData("/zookeeper/quota", -1, ErrorCode.BadArguments)]
    [InlineData("/zookeeper/config", -1, ErrorCode.BadArguments)]
    [InlineData("/absent/x", -1, ErrorCode.NoNode)]
    [InlineData("/locked/x", -1, ErrorCode.NoAuth)]
    [InlineData("/a/x", 7, ErrorCode.NoNode)]
    [InlineData("/a/", -1, ErrorCode.NoNode)]
    [InlineData("/a", 7, ErrorCode.BadVersion)]
    [InlineData("/a", -2, ErrorCode.BadVersion)]
    [InlineData("/a", 0, ErrorCode.NotEmpty)]
    public void A_delete_reports_the_first_broken_rule(string path, int version, ErrorCode expected)
    {
        Zxid before = _driver.Replica.LastProcessed;
        Reply reply = _client.Delete(path, version);
        Assert.Equal(expected, reply.Error);
        Assert.Equal(before.Next.Value, reply.Zxid);
        Assert.Equal(ErrorCode.Ok, _client.Exists("/a/b").Error);
    }

    [Fact]
    public void Setting_data_raises_version_mzxid_and_mtime_only()
    {
        ZnodeStat before = _client.Stat("/a");
        _driver.Now += 77;
        Reply reply = _client.SetData("/a", [9, 9], 0);
        ZnodeStat after = reply.Read<SetDataResponse>().Stat;
        Assert.Equal(before with { Version = 1, Mzxid = reply.Zxid, Mtime = _driver.Wall, DataLength = 2 }, after);
        Assert.Equal(after, _client.Stat("/a"));
    }

    [Theory]
    [InlineData("noslash", -1, ErrorCode.BadArguments)]
    [InlineData("/a/", -1, ErrorCode.BadArguments)]
    [InlineData("", -1, ErrorCode.BadArguments)]
    [InlineData("/absent", 5, ErrorCode.NoNode)]
    [InlineData("/locked", 5, ErrorCode.NoAuth)]
    [InlineData("/a", 5, ErrorCode.BadVersion)]
    [InlineData("/a", -2, ErrorCode.BadVersion)]
    public void A_set_reports_the_first_broken_rule(string path, int version, ErrorCode expected) =>
        Assert.Equal(expected, _client.SetData(path, [1], version).Error);

    [Fact]
    public void Null_data_can_be_set()
    {
        _client.SetData("/a", null).Read<SetDataResponse>();
        Assert.Null(_client.GetData("/a").Read<GetDataResponse>().Data);
    }

    [Fact]
    public void Setting_an_access_list_raises_aversion_only()
    {
        ZnodeStat before = _client.Stat("/a");
        Reply reply = _client.Call(OpCode.SetAcl, new SetAclRequest("/a", [new(Permissions.Read | Permissions.Admin, "world", "anyone")], 0));
        Assert.Equal(before with { Aversion = 1 }, reply.Read<SetAclResponse>().Stat);
        GetAclResponse read = _client.Call(OpCode.GetAcl, new GetAclRequest("/a")).Read<GetAclResponse>();
        Assert.Equal([new Acl(Permissions.Read | Permissions.Admin, "world", "anyone")], read.Acl!);
        Assert.Equal(1, read.Stat.Aversion);
        Assert.Equal(ErrorCode.NoAuth, _client.SetData("/a", []).Error);
    }

    [Theory]
    [InlineData("noslash", false, -1, ErrorCode.BadArguments)]
    [InlineData("/absent", false, -1, ErrorCode.InvalidAcl)]
    [InlineData("/absent", true, 5, ErrorCode.NoNode)]
    [InlineData("/locked", true, 5, ErrorCode.NoAuth)]
    [InlineData("/a", true, 5, ErrorCode.BadVersion)]
    public void Setting_an_access_list_reports_the_first_broken_rule(string path, bool validAcl, int version, ErrorCode expected) =>
        Assert.Equal(expected, _client.Error(OpCode.SetAcl, new SetAclRequest(path, validAcl ? Acl.Open : [], version)));

    [Fact]
    public void Failed_writes_take_consecutive_zxids()
    {
        long first = _client.Delete("/absent").Zxid;
        long second = _client.SetData("/absent", []).Zxid;
        Assert.Equal(first + 1, second);
        Assert.Equal(second, _client.Exists("/absent").Zxid);
    }

    [Fact]
    public void A_sync_echoes_any_path() =>
        Assert.Equal("no path", _client.Call(OpCode.Sync, new SyncRequest("no path")).Read<SyncResponse>().Path);

    [Fact]
    public void The_reserved_znodes_are_ordinary_otherwise()
    {
        Assert.Equal(ErrorCode.Ok, _client.SetData("/zookeeper", [1]).Error);
        Assert.Equal("/zookeeper/quota/x", _client.Made("/zookeeper/quota/x"));
        Assert.Equal(ErrorCode.NoAuth, _client.SetData("/zookeeper/config", [1]).Error);
    }
}
