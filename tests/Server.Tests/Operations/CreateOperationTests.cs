using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Operations;

public sealed class CreateOperationTests
{
    private static readonly IReadOnlyList<Acl> NobodyCreates = [new(Permissions.Read, "world", "anyone")];

    private readonly ReplicaDriver _driver = new();
    private readonly TestClient _client;

    public CreateOperationTests() => _client = _driver.Connect();

    [Fact]
    public void The_stat_of_a_new_znode_is_that_of_its_transaction()
    {
        Reply reply = _client.Create2("/a", [1, 2, 3]);
        Create2Response made = reply.Read<Create2Response>();
        Assert.Equal("/a", made.Path);
        Assert.Equal(new ZnodeStat(reply.Zxid, reply.Zxid, _driver.Wall, _driver.Wall, 0, 0, 0, 0, 3, 0, reply.Zxid), made.Stat);
        Assert.Equal(made.Stat, _client.Stat("/a"));
    }

    [Fact]
    public void A_create_moves_cversion_and_pzxid_of_the_parent_and_nothing_else()
    {
        _client.Made("/p");
        ZnodeStat before = _client.Stat("/p");
        _driver.Now += 50;
        Reply reply = _client.Create("/p/c");
        Assert.Equal(before with { Cversion = 1, NumChildren = 1, Pzxid = reply.Zxid }, _client.Stat("/p"));
    }

    [Theory]
    [InlineData(CreateMode.Ephemeral)]
    [InlineData(CreateMode.EphemeralSequential)]
    public void An_ephemeral_belongs_to_the_session(CreateMode mode)
    {
        Assert.Equal(_client.SessionId, _client.Stat(_client.Made("/e", mode)).EphemeralOwner);
        Assert.Equal(1, _driver.Replica.Statistics.EphemeralCount);
    }

    [Fact]
    public void Null_data_is_stored_as_null()
    {
        _client.Call(OpCode.Create, new CreateRequest("/n", null, Acl.Open, CreateMode.Persistent)).Read<CreateResponse>();
        GetDataResponse read = _client.GetData("/n").Read<GetDataResponse>();
        Assert.Null(read.Data);
        Assert.Equal(0, read.Stat.DataLength);
    }

    // Each case breaks the rule under test and one that is checked later, so that the order shows.
    [Theory]
    [InlineData("bad path", 99, false, ErrorCode.BadArguments)]
    [InlineData("/a", 5, false, ErrorCode.Unimplemented)]
    [InlineData("/a", 6, false, ErrorCode.Unimplemented)]
    [InlineData("nopath", 0, false, ErrorCode.BadArguments)]
    [InlineData("/nul\0", 0, false, ErrorCode.BadArguments)]
    [InlineData("/absent/a", 0, false, ErrorCode.InvalidAcl)]
    [InlineData("/absent/", 0, true, ErrorCode.NoNode)]
    [InlineData("abc/d", 0, true, ErrorCode.NoNode)]
    [InlineData("/locked/", 0, true, ErrorCode.NoAuth)]
    [InlineData("/locked/there", 0, true, ErrorCode.NoAuth)]
    [InlineData("/open/", 0, true, ErrorCode.BadArguments)]
    [InlineData("//", 0, true, ErrorCode.BadArguments)]
    [InlineData("/", 0, true, ErrorCode.NodeExists)]
    [InlineData("/open", 0, true, ErrorCode.NodeExists)]
    [InlineData("/e/there", 0, true, ErrorCode.NoChildrenForEphemerals)]
    [InlineData("", 0, true, ErrorCode.BadArguments)]
    public void The_first_broken_rule_is_reported(string path, int mode, bool validAcl, ErrorCode expected)
    {
        _client.Made("/open");
        _client.Made("/e", CreateMode.Ephemeral);
        _client.Create("/locked", acl: NobodyCreates);
        Zxid before = _driver.Replica.LastProcessed;
        Reply reply = _client.Call(OpCode.Create, new CreateRequest(path, [], validAcl ? Acl.Open : [], (CreateMode)mode));
        Assert.Equal(expected, reply.Error);
        Assert.Equal(before.Next.Value, reply.Zxid);
        Assert.IsType<ErrorTransaction>(_driver.Transactions.Last().Record);
        Assert.Null(_driver.Transactions.Last().Digest);
    }

    [Theory]
    [InlineData(OpCode.CreateContainer, 0, "/c", true)]
    [InlineData(OpCode.CreateContainer, 4, "/c", true)]
    [InlineData(OpCode.CreateContainer, 1, "/c", true)]
    [InlineData(OpCode.CreateContainer, 2, "/c0000000001", true)]
    [InlineData(OpCode.Create2, 4, "/c", false)]
    public void The_code_and_not_the_flag_makes_a_container(OpCode code, int mode, string path, bool container)
    {
        _client.Made("/other");
        Reply reply = _client.Call(code, new CreateRequest("/c", [], Acl.Open, (CreateMode)mode));
        Create2Response made = reply.Read<Create2Response>();
        Assert.Equal(path, made.Path);
        Assert.Equal(0, made.Stat.EphemeralOwner);
        Assert.Equal(container ? 1 : 0, _driver.Replica.State.Tree.Indexes.Containers.Count);
        Assert.Equal(0, _driver.Replica.Statistics.EphemeralCount);
    }

    [Fact]
    public void Sequential_names_count_the_children_ever_created()
    {
        _client.Made("/s");
        Assert.Equal("/s/n0000000000", _client.Made("/s/n", CreateMode.PersistentSequential));
        _client.Made("/s/plain");
        Assert.Equal("/s/m0000000002", _client.Made("/s/m", CreateMode.EphemeralSequential));
        _client.Delete("/s/plain");
        Assert.Equal("/s/n0000000003", _client.Made("/s/n", CreateMode.PersistentSequential));
        Assert.Equal(ErrorCode.NodeExists, _client.Create("/s/n0000000003").Error);
        Assert.Equal("/s/0000000004", _client.Made("/s/", CreateMode.PersistentSequential));
    }

    [Fact]
    public void Pipelined_sequential_creates_get_distinct_numbers()
    {
        _client.Made("/s");
        _driver.AutoPersist = false;
        for (int i = 0; i < 5; i++)
            _client.Send(OpCode.Create, new CreateRequest("/s/n", [], Acl.Open, CreateMode.PersistentSequential));
        Assert.Equal(0, _client.Waiting);
        _driver.Persist();
        for (int i = 0; i < 5; i++)
            Assert.Equal($"/s/n000000000{i}", _client.Next().Read<CreateResponse>().Path);
    }

    [Fact]
    public void An_exhausted_sequence_is_refused_and_was_announced_once()
    {
        _client.Made("/s");
        DataTree tree = _driver.Replica.State.Tree;
        tree.RaiseParent("/s/n", int.MaxValue - 10_000_001, new Zxid(1));
        _client.Made("/s/n", CreateMode.PersistentSequential);
        Assert.Empty(Told(TraceKind.SequenceNearlyExhausted));
        _client.Made("/s/n", CreateMode.PersistentSequential);
        _client.Made("/s/n", CreateMode.EphemeralSequential);
        Assert.Contains(" /s,", Assert.Single(Told(TraceKind.SequenceNearlyExhausted)).Detail, StringComparison.Ordinal);

        tree.RaiseParent("/s/n", int.MaxValue - 1, new Zxid(1));
        Assert.Equal("/s/n2147483646", _client.Made("/s/n", CreateMode.PersistentSequential));
        Assert.Equal(ErrorCode.NodeExists, _client.Create("/s/n", mode: CreateMode.PersistentSequential).Error);
        Assert.Equal("/s/plain", _client.Made("/s/plain"));
        Assert.Equal(int.MaxValue, tree.Find("/s")!.Value.Stat.Cversion);
        Assert.Equal(ErrorCode.NodeExists, _client.Create("/s/n", mode: CreateMode.EphemeralSequential).Error);
        Assert.Single(Told(TraceKind.SequenceNearlyExhausted));
        Assert.Contains(" /s ", Assert.Single(Told(TraceKind.SequenceExhausted)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exhausted_sequence_fails_its_multi()
    {
        _client.Made("/s");
        _driver.Replica.State.Tree.RaiseParent("/s/n", int.MaxValue - 1, new Zxid(1));
        MultiOperation create = new(OpCode.Create, "/s/n", [], Acl.Open, CreateMode.PersistentSequential);
        Assert.Equal([ErrorCode.Ok, ErrorCode.NodeExists], _client.MultiResults(create, create).Select(result => result.Error));
        Assert.Equal("/s/n2147483646", _client.Made("/s/n", CreateMode.PersistentSequential));
    }

    private List<TraceEvent> Told(TraceKind kind) => _driver.Trace.FindAll(trace => trace.Kind == kind);

    [Theory]
    [InlineData("/./a")]
    [InlineData("/../a")]
    [InlineData("/a//b")]
    [InlineData("/\u0001")]
    [InlineData("/\uD83D\uDE00")]
    public void Paths_are_validated_as_by_Apache(string path)
    {
        _client.Made("/a");
        Assert.Contains(_client.Create(path).Error, new[] { ErrorCode.BadArguments, ErrorCode.NoNode });
    }

    [Theory]
    [InlineData("/.a")]
    [InlineData("/...")]
    [InlineData("/ä")]
    [InlineData("/with space")]
    public void Unusual_names_are_fine(string path) => Assert.Equal(path, _client.Made(path));
}
