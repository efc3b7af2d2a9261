using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;
using Coordination.Server.Tests.Tree;
using Coordination.Server.Tree;
using FsCheck;
using FsCheck.Fluent;

namespace Coordination.Server.Tests.Replication;

public sealed class RecoveryTests
{
    [Fact]
    public void Replaying_all_of_a_log_over_any_later_snapshot_converges()
    {
        Gen<(int, int)> step = from kind in Gen.Choose(0, 11) from target in Gen.Choose(0, 7) select (kind, target);
        Prop.ForAll(step.ListOf(60).ToArbitrary(), Converges).Check(Config.QuickThrowOnFailure.WithMaxTest(150));
    }

    [Fact]
    public void Whatever_is_pipelined_plans_the_digests_that_applying_gives()
    {
        Gen<(int, int)> step = from kind in Gen.Choose(0, 11) from target in Gen.Choose(0, 7) select (kind, target);
        Prop.ForAll(step.ListOf(80).ToArbitrary(), PlannedIsApplied).Check(Config.QuickThrowOnFailure.WithMaxTest(150));
    }

    [Fact]
    public void Sessions_live_on_with_their_full_timeout()
    {
        var driver = new ReplicaDriver();
        TestClient client = driver.Connect(timeout: 8000);
        client.Made("/e", CreateMode.Ephemeral);
        var next = new ReplicaDriver(state: driver.Recover());
        next.Advance(7900);
        TestClient again = next.Accept();
        again.SendConnect(new ConnectRequest(0, 0, 8000, client.SessionId, client.Handshake.Password, false));
        Assert.Equal(client.SessionId, again.ReadConnectResponse().SessionId);
        Assert.Equal(client.SessionId, again.Stat("/e").EphemeralOwner);
        next.Advance(10_001);
        Assert.Null(next.Replica.State.Tree.Find("/e"));
    }

    [Fact]
    public void New_sessions_never_get_the_id_of_a_recovered_one()
    {
        var driver = new ReplicaDriver();
        TestClient first = driver.Connect();
        var next = new ReplicaDriver(driver.Options, driver.Recover());
        Assert.Equal(first.SessionId + 1, next.Connect().SessionId);
    }

    [Fact]
    public void Ephemerals_without_a_session_are_deleted_by_a_logged_transaction()
    {
        var tree = new DataTree();
        tree.Create("/orphan", [], AclTable.OpenList, 0x1234, 1, new Zxid(1), 1, out _);
        tree.Create("/kept", [], AclTable.OpenList, ZnodeOwner.Container, 2, new Zxid(2), 1, out _);
        var driver = new ReplicaDriver(state: new RecoveredState(tree, [], new Zxid(2)));
        Assert.Null(driver.Replica.State.Tree.Find("/orphan"));
        Assert.NotNull(driver.Replica.State.Tree.Find("/kept"));
        Transaction only = Assert.Single(driver.Transactions);
        Assert.Equal(0x1234, only.Header.SessionId);
        Assert.Equal(["/orphan"], Assert.IsType<CloseSessionTransaction>(only.Record).Paths!);
    }

    [Fact]
    public void A_close_without_paths_deletes_what_the_session_owns()
    {
        var driver = new ReplicaDriver();
        TestClient client = driver.Connect();
        client.Made("/e1", CreateMode.Ephemeral);
        client.Made("/e2", CreateMode.Ephemeral);
        RecoveredState state = driver.Recover();
        var close = new Transaction(new TransactionHeader(client.SessionId, 0, state.LastZxid.Next, 1), new CloseSessionTransaction(null), null);
        state.Replay(TransactionCodecBytes(close));
        Assert.Null(state.Tree.Find("/e1"));
        Assert.Null(state.Tree.Find("/e2"));
        Assert.Equal(0, state.Sessions.Count);
        Assert.Equal(close.Header.Zxid.Value, state.Tree.Find("/")!.Value.Stat.Pzxid);
    }

    [Fact]
    public void A_reconfiguration_in_the_log_sets_the_configuration()
    {
        var state = new RecoveredState();
        var record = new SetDataTransaction(OpCode.Reconfig, "/zookeeper/config", "server.1=x"u8.ToArray(), -1);
        state.Replay(TransactionCodecBytes(new Transaction(new TransactionHeader(0, 0, new Zxid(1), 1), record, 999)));
        Znode config = state.Tree.Find("/zookeeper/config")!.Value;
        Assert.Equal((-1, 1L), (config.Stat.Version, config.Stat.Mzxid));
        Assert.Equal(1, state.DigestMismatches);
        Assert.False(state.LastDigestMatched);
    }

    [Fact]
    public void Entries_that_the_snapshot_holds_are_skipped()
    {
        var driver = new ReplicaDriver();
        driver.Connect().Made("/a");
        RecoveredState state = driver.Recover();
        ulong digest = state.Tree.Digest;
        state.Replay(driver.Log[0]);
        state.Replay(driver.Log[1]);
        Assert.Equal((2, digest), (state.Replayed, state.Tree.Digest));
    }

    private static byte[] TransactionCodecBytes(in Transaction transaction) => Operations.TransactionCodecTests.Bytes(transaction);

    private static bool Converges(IList<(int Kind, int Target)> steps)
    {
        var driver = new ReplicaDriver();
        TestClient client = driver.Connect();
        for (int i = 0; i < steps.Count; i++)
            Send(client, steps[i].Kind, steps[i].Target);
        List<string> expected = SnapshotBytes.Describe(driver.Replica.State.Tree);
        Assert.Equal(0, driver.Recover().DigestMismatches);

        // A fuzzy snapshot: the final tree under the name of an earlier zxid, as Apache writes them.
        for (int cut = 0; cut <= driver.Log.Count; cut += Math.Max(1, driver.Log.Count / 6))
        {
            byte[] snapshot = SnapshotBytes.Of(driver.Replica.BeginSnapshot());
            RecoveredState state = SnapshotBytes.Load(snapshot, new Zxid(cut));
            foreach (byte[] entry in driver.Log)
                state.Replay(entry);
            Assert.Equal(Essence(expected), Essence(SnapshotBytes.Describe(state.Tree)));
        }

        return true;

        // Replaying a delete and a create again gives a znode new numbers of children, never fewer znodes or other data.
        static List<string> Essence(List<string> lines) => lines.ConvertAll(line => string.Join(' ', line.Split(' ').Take(3)));
    }

    private static bool PlannedIsApplied(IList<(int Kind, int Target)> steps)
    {
        var driver = new ReplicaDriver();
        TestClient[] clients = [driver.Connect(), driver.Connect()];
        driver.AutoPersist = false;
        for (int i = 0; i < steps.Count; i++)
        {
            Send(clients[i % 2], steps[i].Kind, steps[i].Target);
            if (steps[i].Target == 3)
                driver.Persist();
            else if (steps[i].Target == 5 && driver.Replica.LastProcessed.Value + 2 <= driver.Log.Count)
                driver.Persist(driver.Replica.LastProcessed.Next);
        }

        clients[0].Send(OpCode.CloseSession, default(EmptyRecord));
        driver.Persist();
        RecoveredState recovered = driver.Recover();
        Assert.Equal(0, recovered.DigestMismatches);
        Assert.Equal(SnapshotBytes.Describe(driver.Replica.State.Tree), SnapshotBytes.Describe(recovered.Tree));
        Assert.Equal(0, driver.Replica.State.Tree.Indexes.EphemeralsOf(clients[0].SessionId).Count);
        return true;
    }

    private static void Send(TestClient client, int kind, int target)
    {
        string path = target < 3 ? $"/{target}" : $"/{target % 3}/{target}";
        switch (kind)
        {
            case 0 or 1 or 2:
                client.Send(OpCode.Create, new CreateRequest(path, [(byte)target], Acl.Open, CreateMode.Persistent));
                break;
            case 3:
                client.Send(OpCode.Create2, new CreateRequest(path, [], Acl.ReadOnly, CreateMode.EphemeralSequential));
                break;
            case 4:
                client.Send(OpCode.Create, new CreateRequest(path, null, Acl.Open, CreateMode.Ephemeral));
                break;
            case 5 or 6:
                client.Send(OpCode.SetData, new SetDataRequest(path, [(byte)kind, (byte)target], -1));
                break;
            case 7 or 8:
                client.Send(OpCode.Delete, new DeleteRequest(path, -1));
                break;
            case 9:
                client.Send(OpCode.SetAcl, new SetAclRequest(path, [new(Permissions.All, "world", "anyone"), new(Permissions.Read, "ip", "1.2.3.4")], -1));
                break;
            default:
                client.Send(OpCode.Multi, new MultiRequest([
                    new(OpCode.Create, path, [3], Acl.Open, CreateMode.EphemeralSequential),
                    new(OpCode.Delete, path),
                    new(OpCode.Create, path, [1], Acl.Open, CreateMode.Ephemeral),
                    new(OpCode.SetData, $"/{(target + 1) % 3}", [4], null, Version: kind == 10 ? -1 : 1)]));
                break;
        }
    }
}
