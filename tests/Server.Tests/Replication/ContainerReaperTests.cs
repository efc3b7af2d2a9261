using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Replication;

public sealed class ContainerReaperTests
{
    private readonly ReplicaDriver _driver = new(new ReplicaOptions { TickMilliseconds = 200_000, ContainerMaxPerMinute = 600 });
    private readonly TestClient _client;

    public ContainerReaperTests() => _client = _driver.Connect(int.MaxValue);

    [Fact]
    public void A_container_goes_after_its_last_child_and_not_before_its_first()
    {
        Container("/never");
        Container("/full");
        Container("/empty");
        _client.Made("/full/c");
        _client.Made("/empty/c");
        _client.Delete("/empty/c");
        _client.Exists("/empty", watch: true);
        _driver.Advance(59_000);
        Assert.NotNull(Find("/empty"));
        _driver.Advance(2000);
        Assert.Null(Find("/empty"));
        Assert.NotNull(Find("/never"));
        Assert.NotNull(Find("/full"));
        Assert.Equal([(WatchEventType.NodeDeleted, "/empty")], _client.Events());
        Transaction last = _driver.Transactions.Last();
        Assert.Equal((OpCode.DeleteContainer, 0L), (last.Record.Type, last.Header.SessionId));
        Assert.Contains(_driver.Trace, trace => trace is { Kind: TraceKind.ContainerReaped, Detail: "/empty" });
    }

    [Fact]
    public void A_container_that_gets_a_child_meanwhile_stays()
    {
        Container("/c");
        _client.Made("/c/x");
        _client.Delete("/c/x");
        _driver.AutoPersist = false;
        _client.Send(OpCode.Create, new CreateRequest("/c/y", [], Acl.Open, CreateMode.Persistent));
        _driver.Advance(61_000);
        _driver.Persist();
        Assert.NotNull(Find("/c/y"));
        Assert.Equal(ErrorCode.NotEmpty, Assert.IsType<ErrorTransaction>(_driver.Transactions.Last().Record).Code);
    }

    [Fact]
    public void Containers_go_one_by_one_at_an_even_pace()
    {
        for (int i = 0; i < 10; i++)
        {
            Container($"/c{i}");
            _client.Made($"/c{i}/x");
            _client.Delete($"/c{i}/x");
        }

        _driver.Now = _driver.Replica.NextTickAt;
        for (int left = 9; left >= 0; left--)
        {
            _driver.Turn(_driver.Replica.Tick);
            Assert.Equal(left, _driver.Replica.State.Tree.Indexes.Containers.Count);
            Assert.True(left == 0 || _driver.Replica.NextTickAt == _driver.Now + 100);
            _driver.Now += 100;
        }
    }

    [Fact]
    public void A_crowd_that_is_due_is_looked_for_in_slices_while_it_changes()
    {
        const int Crowd = 30_000;
        var tree = new DataTree();
        for (int i = 0; i < Crowd; i++)
            tree.Create($"/t{i}", [], AclTable.OpenList, ZnodeOwner.WithTimeToLive(1), 1, new Zxid(i + 1), 0, out _);
        var driver = new ReplicaDriver(
            new ReplicaOptions { TickMilliseconds = 200_000, ContainerMaxPerMinute = 60_000 }, new RecoveredState(tree, [], new Zxid(Crowd)));
        TestClient client = driver.Connect(int.MaxValue);
        driver.Now += 60_001;
        driver.Turn(driver.Replica.Tick);
        Assert.Equal(driver.Now, driver.Replica.NextTickAt);

        // Where the look stands, and before and behind it.
        foreach (int gone in (int[])[4095, 4096, 4097, 10, Crowd - 1])
            Assert.Equal(ErrorCode.Ok, client.Delete($"/t{gone}").Error);
        int slices = 1;
        for (; driver.Replica.NextTickAt == driver.Now; slices++)
            driver.Turn(driver.Replica.Tick);
        Assert.InRange(slices, 3, 4);
        Assert.InRange(tree.Indexes.TimesToLive.Count, Crowd - 8, Crowd - 5);

        for (int i = 0; i < 2 * Crowd && tree.Indexes.TimesToLive.Count > 0; i++)
        {
            driver.Now = Math.Max(driver.Now, driver.Replica.NextTickAt);
            driver.Turn(driver.Replica.Tick);
        }

        Assert.Equal(0, tree.Indexes.TimesToLive.Count);
    }

    [Fact]
    public void A_znode_of_Apaches_with_a_time_to_live_goes_when_it_is_outlived()
    {
        var tree = new DataTree();
        tree.Create("/t", [], AclTable.OpenList, ZnodeOwner.WithTimeToLive(90_000), 1, new Zxid(1), 0, out _);
        var driver = new ReplicaDriver(state: new RecoveredState(tree, [], new Zxid(1)));
        tree.SetData("/t", [], 1, new Zxid(1), driver.Wall);
        driver.Advance(60_001);
        Assert.NotNull(tree.Find("/t"));
        driver.Advance(60_001);
        Assert.Null(tree.Find("/t"));
    }

    [Fact]
    public void A_container_that_was_never_used_goes_after_its_time_where_that_is_configured()
    {
        var driver = new ReplicaDriver(new ReplicaOptions { TickMilliseconds = 200_000, ContainerMaxNeverUsedMilliseconds = 90_000 });
        TestClient client = driver.Connect(int.MaxValue);
        client.Call(OpCode.CreateContainer, new CreateRequest("/never", [], Acl.Open, CreateMode.Container)).Read<Create2Response>();
        client.Call(OpCode.CreateContainer, new CreateRequest("/set", [], Acl.Open, CreateMode.Container)).Read<Create2Response>();
        driver.Advance(60_001);
        client.SetData("/set", [1]);
        driver.Advance(60_001);
        Assert.Null(driver.Replica.State.Tree.Find("/never"));
        Assert.NotNull(driver.Replica.State.Tree.Find("/set"));
    }

    private Znode? Find(string path) => _driver.Replica.State.Tree.Find(path);

    private void Container(string path) =>
        _client.Call(OpCode.CreateContainer, new CreateRequest(path, [], Acl.Open, CreateMode.Container)).Read<Create2Response>();
}
