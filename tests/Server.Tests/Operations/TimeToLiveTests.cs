using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Operations;

public sealed class TimeToLiveTests
{
    private const long Longest = (1L << 40) - 1;

    private readonly ReplicaDriver _driver = new(new ReplicaOptions
    {
        TickMilliseconds = 200_000,
        SessionIdSeedMilliseconds = 1_000_000,
        Rules = new WriteRules { ExtendedTypes = true },
    });

    private readonly TestClient _client;

    public TimeToLiveTests() => _client = _driver.Connect(int.MaxValue);

    // Each case breaks the rule under test and one that is checked later, so that the order shows.
    [Theory]
    [InlineData(OpCode.CreateTtl, "nopath", 7, 1, ErrorCode.BadArguments)]
    [InlineData(OpCode.CreateTtl, "nopath", 5, 1, ErrorCode.Unimplemented)]
    [InlineData(OpCode.CreateTtl, "nopath", 6, 0, ErrorCode.Unimplemented)]
    [InlineData(OpCode.CreateTtl, "nopath", 0, 1, ErrorCode.BadArguments)]
    [InlineData(OpCode.Create, "nopath", 5, 0, ErrorCode.Unimplemented)]
    [InlineData(OpCode.Create2, "nopath", 6, 0, ErrorCode.Unimplemented)]
    [InlineData(OpCode.CreateContainer, "nopath", 5, 0, ErrorCode.Unimplemented)]
    public void Switched_off_it_is_not_implemented(OpCode code, string path, int mode, long timeToLive, ErrorCode expected)
    {
        TestClient client = new ReplicaDriver().Connect();
        Assert.Equal(expected, Create(client, code, path, mode, timeToLive).Error);
        Assert.Equal("/after", client.Made("/after"));
    }

    [Theory]
    [InlineData(OpCode.CreateTtl, 5, 0)]
    [InlineData(OpCode.CreateTtl, 5, -1)]
    [InlineData(OpCode.CreateTtl, 6, long.MinValue)]
    [InlineData(OpCode.CreateTtl, 5, Longest + 1)]
    [InlineData(OpCode.CreateTtl, 6, long.MaxValue)]
    [InlineData(OpCode.CreateTtl, 0, 0)]
    [InlineData(OpCode.CreateTtl, 1, 1)]
    [InlineData(OpCode.CreateTtl, 4, 1000)]
    [InlineData(OpCode.CreateTtl, 0, -1)]
    [InlineData(OpCode.CreateTtl, 1, -1)]
    [InlineData(OpCode.CreateTtl, 4, -1)]
    [InlineData(OpCode.CreateTtl, 3, -7)]
    [InlineData(OpCode.CreateTtl, 99, 1)]
    [InlineData(OpCode.Create, 5, 0)]
    [InlineData(OpCode.Create2, 6, 0)]
    [InlineData(OpCode.CreateContainer, 5, 0)]
    public void A_time_that_does_not_fit_the_mode_is_refused_and_takes_a_zxid(OpCode code, int mode, long timeToLive)
    {
        Zxid before = _driver.Replica.LastProcessed;
        Reply reply = Create(_client, code, "/absent/t", mode, timeToLive);
        Assert.Equal((ErrorCode.BadArguments, before.Next.Value), (reply.Error, reply.Zxid));
        Assert.IsType<ErrorTransaction>(_driver.Transactions.Last().Record);
        Assert.Equal("/after", _client.Made("/after"));
    }

    [Theory]
    [InlineData(5, 1, "/t")]
    [InlineData(5, Longest, "/t")]
    [InlineData(6, 60_000, "/t0000000000")]
    public void The_time_is_kept_and_hidden(int mode, long timeToLive, string path)
    {
        Create2Response made = Create(_client, OpCode.CreateTtl, "/t", mode, timeToLive).Read<Create2Response>();
        Assert.Equal(path, made.Path);
        Assert.Equal(0, made.Stat.EphemeralOwner);
        Assert.Equal(made.Stat, _client.Stat(path));
        Assert.Equal(ZnodeOwner.WithTimeToLive(timeToLive), _driver.Replica.State.Tree.Find(path)!.Value.Stat.EphemeralOwner);
        Assert.Equal(0, _driver.Replica.Statistics.EphemeralCount);

        var logged = Assert.IsType<CreateTransaction>(_driver.Transactions.Last().Record);
        Assert.Equal((OpCode.CreateTtl, timeToLive), (logged.Type, logged.TimeToLive));
        RecoveredState recovered = _driver.Recover();
        Assert.Equal(0, recovered.DigestMismatches);
        Assert.Equal(1, recovered.Tree.Indexes.TimesToLive.Count);
    }

    [Fact]
    public void It_counts_from_the_last_set_and_not_while_there_are_children()
    {
        Create(_client, OpCode.CreateTtl, "/set", 5, 90_000).Read<Create2Response>();
        Create(_client, OpCode.CreateTtl, "/parent", 5, 1000).Read<Create2Response>();
        Create(_client, OpCode.CreateTtl, "/short", 5, 1000).Read<Create2Response>();
        _client.Made("/parent/child");
        _client.Exists("/short", watch: true);
        _driver.Advance(59_000);
        _client.SetData("/set", [1]);
        Assert.NotNull(Find("/short"));

        _driver.Advance(1000);
        Assert.Null(Find("/short"));
        Assert.Equal([(WatchEventType.NodeDeleted, "/short")], _client.Events());
        Transaction last = _driver.Transactions.Last();
        Assert.Equal((OpCode.DeleteContainer, 0L, 0), (last.Record.Type, last.Header.SessionId, last.Header.Cxid));

        _driver.Advance(60_000);
        Assert.NotNull(Find("/set"));
        _client.Delete("/parent/child");
        _driver.Advance(60_000);
        _driver.Advance(10);
        Assert.Null(Find("/set"));
        Assert.Null(Find("/parent"));
        Assert.Equal(0, _driver.Recover().DigestMismatches);
    }

    [Fact]
    public void A_znode_that_was_set_since_the_reaper_looked_stays()
    {
        Create(_client, OpCode.CreateTtl, "/t", 5, 1000).Read<Create2Response>();
        _driver.AutoPersist = false;
        _driver.Now += 60_000;
        _driver.Turn(() => { });
        _client.Send(OpCode.SetData, new SetDataRequest("/t", [1], -1));
        _driver.Turn(_driver.Replica.Tick);
        _driver.Persist();
        Assert.NotNull(Find("/t"));
        Assert.IsType<ErrorTransaction>(_driver.Transactions.Last().Record);
    }

    [Theory]
    [InlineData(OpCode.CreateTtl, 5, 1000, OpCode.Create2, ErrorCode.Ok)]
    [InlineData(OpCode.CreateTtl, 6, 1000, OpCode.Create2, ErrorCode.Ok)]
    [InlineData(OpCode.CreateTtl, 0, 1000, OpCode.Create, ErrorCode.Ok)]
    [InlineData(OpCode.CreateTtl, 4, -1, OpCode.Create2, ErrorCode.Ok)]
    [InlineData(OpCode.CreateTtl, 5, 0, OpCode.Error, ErrorCode.BadArguments)]
    [InlineData(OpCode.CreateTtl, 99, 1000, OpCode.Error, ErrorCode.BadArguments)]
    public void Inside_a_multi_the_flags_decide(OpCode code, int mode, long timeToLive, OpCode result, ErrorCode error)
    {
        MultiResult only = _client.MultiResults(
            new MultiOperation(code, "/m", [], Acl.Open, (CreateMode)mode, TimeToLive: timeToLive)).Single();
        Assert.Equal((result, error), (only.Type, only.Error));
        Assert.Equal(mode >= 5 && error == ErrorCode.Ok ? 1 : 0, _driver.Replica.State.Tree.Indexes.TimesToLive.Count);
        Assert.Equal(mode == 4 ? 1 : 0, _driver.Replica.State.Tree.Indexes.Containers.Count);
    }

    [Theory]
    [InlineData(OpCode.Create)]
    [InlineData(OpCode.Create2)]
    [InlineData(OpCode.CreateContainer)]
    public void Inside_a_multi_the_flags_alone_make_no_sense(OpCode code) =>
        Assert.Equal(ErrorCode.MarshallingError, _client.Multi(
            new MultiOperation(code, "/m", [], Acl.Open, CreateMode.PersistentWithTtl)).Error);

    [Fact]
    public void A_kind_of_another_server_is_not_taken_for_a_time_to_live()
    {
        const long SessionOfServer255 = unchecked((long)0xFF00010000000001);
        Assert.True(ZnodeOwner.IsSession(SessionOfServer255));
        Assert.False(ZnodeOwner.IsTimeToLive(SessionOfServer255));
        Assert.False(ZnodeOwner.IsTimeToLive(-1));
    }

    private static Reply Create(TestClient client, OpCode code, string path, int mode, long timeToLive) => code == OpCode.CreateTtl
        ? client.Call(code, new CreateTtlRequest(path, [], Acl.Open, (CreateMode)mode, timeToLive))
        : client.Call(code, new CreateRequest(path, [], Acl.Open, (CreateMode)mode));

    private Znode? Find(string path) => _driver.Replica.State.Tree.Find(path);
}
