using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Replication;

/// <summary>
/// Long random histories with a disk that is behind: what was planned, what was applied and what a restart replays must be one tree.
/// </summary>
public sealed class RandomHistoryTests
{
    private static readonly string[] Names = ["/a", "/b", "/a/x", "/a/y", "/a/x/1", "/b/x", "/b/x/1"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Plan_tree_and_replay_agree(int seed)
    {
        var random = new Random(seed);
        var driver = new ReplicaDriver(new ReplicaOptions
        {
            TickMilliseconds = 1000,
            SessionIdSeedMilliseconds = 7,
            ContainerCheckIntervalMilliseconds = 3000,
        });
        List<TestClient> clients = [];
        for (int step = 0; step < 4000; step++)
        {
            driver.AutoPersist = random.Next(8) == 0;
            Step(driver, clients, random);
            if (step % 50 == 49)
                Check(driver);
        }

        driver.AutoPersist = true;
        driver.Advance(120_000);
        Check(driver);
        Assert.Equal(0, driver.Replica.Statistics.SessionCount);
        Assert.Equal(0, driver.Replica.Statistics.EphemeralCount);
        Assert.Equal(0, driver.Replica.Statistics.WatchCount);
        Assert.Equal(0, driver.Replica.Statistics.Outstanding);
    }

    private static void Step(ReplicaDriver driver, List<TestClient> clients, Random random)
    {
        clients.RemoveAll(static client => client.Closed != CloseReason.None);
        if (clients.Count < 3)
        {
            TestClient added = driver.Accept();
            added.SendConnect(new ConnectRequest(0, 0, 4000, 0, new byte[16], false));
            driver.Persist();
            added.Handshake = added.ReadConnectResponse();
            clients.Add(added);
        }

        TestClient client = clients[random.Next(clients.Count)];
        switch (random.Next(40))
        {
            case 0:
                client.Send(OpCode.CloseSession, default(EmptyRecord));
                break;
            case 1:
                client.Disconnect();
                clients.Remove(client);
                break;
            case 2:
                driver.Advance(random.Next(3000));
                break;
            case 3:
                ComeBack(driver, clients, client);
                break;
            case < 12:
                client.Send(OpCode.Multi, new MultiRequest([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Operation(random))]));
                break;
            case < 18:
                client.Send(OpCode.Exists, new ExistsRequest(Names[random.Next(Names.Length)], true));
                break;
            default:
                Send(client, Operation(random));
                break;
        }

        client.Link.Output.Clear();
    }

    private static void ComeBack(ReplicaDriver driver, List<TestClient> clients, TestClient client)
    {
        TestClient again = driver.Accept();
        again.SendConnect(new ConnectRequest(0, 0, 4000, client.SessionId, client.Handshake.Password, false));
        driver.Persist();
        again.Handshake = client.Handshake;
        again.Link.Output.Clear();
        clients.Remove(client);
        clients.Add(again);
    }

    private static MultiOperation Operation(Random random)
    {
        string path = Names[random.Next(Names.Length)];
        var mode = (CreateMode)random.Next(5);
        Acl[] acl = random.Next(3) == 0 ? [new Acl(Permissions.All, "world", "anyone"), new Acl((Permissions)random.Next(1, 31), "ip", "10.0.0.1")] : [.. Acl.Open];
        return random.Next(9) switch
        {
            < 4 => new MultiOperation(mode == CreateMode.Container ? OpCode.CreateContainer : OpCode.Create2, path, [(byte)random.Next(4)], acl, mode),
            < 6 => new MultiOperation(OpCode.Delete, path, Version: random.Next(3) - 1),
            6 => new MultiOperation(OpCode.Check, path, Version: random.Next(3) - 1),
            _ => new MultiOperation(OpCode.SetData, path, random.Next(4) == 0 ? null : new byte[random.Next(5)], Version: random.Next(3) - 1),
        };
    }

    private static void Send(TestClient client, MultiOperation operation)
    {
        switch (operation.Type)
        {
            case OpCode.Delete:
                client.Send(OpCode.Delete, new DeleteRequest(operation.Path, operation.Version));
                break;
            case OpCode.SetData:
                client.Send(OpCode.SetData, new SetDataRequest(operation.Path, operation.Data, operation.Version));
                break;
            case OpCode.Check:
                client.Send(OpCode.SetAcl, new SetAclRequest(operation.Path, [new Acl(Permissions.All, "world", "anyone"), new Acl(Permissions.Read, "ip", "10.1.1.1")], operation.Version));
                break;
            default:
                client.Send(operation.Type, new CreateRequest(operation.Path, operation.Data, operation.Acl, operation.Mode));
                break;
        }
    }

    private static void Check(ReplicaDriver driver)
    {
        driver.Persist();
        CommittedState state = driver.Replica.State;
        RecoveredState recovered = driver.Recover();
        Assert.Equal(driver.Replica.LastProcessed, recovered.LastZxid);
        Assert.Equal(state.Tree.Digest, recovered.Tree.Digest);
        Assert.Equal(state.Tree.Count, recovered.Tree.Count);
        Assert.Equal(state.Sessions.Count, recovered.Sessions.Count);
        Assert.Equal(state.Tree.Acls.Count, recovered.Tree.Acls.Count);
        Assert.Equal(state.Tree.ApproximateDataSize, recovered.Tree.ApproximateDataSize);

        // The plan of the last successful transaction is what the tree became.
        Assert.Equal(driver.Transactions.Last(static transaction => transaction.Digest is not null).Digest, state.Tree.Digest);
        foreach (long owner in state.Tree.Indexes.SessionsWithEphemerals())
            Assert.True(state.Sessions.TryGet(owner, out _), $"a ghost of session 0x{owner:x}");
    }
}
