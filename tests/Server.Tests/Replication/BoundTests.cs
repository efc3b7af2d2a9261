using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Server.Watches;

namespace Coordination.Server.Tests.Replication;

/// <summary>What a session may leave behind in the server is bounded; each bound is asked for ten times over.</summary>
public sealed class BoundTests
{
    private const int Bound = 100;

    [Fact]
    public void A_watch_more_than_a_session_may_have_is_refused_and_others_are_not_concerned()
    {
        var driver = new ReplicaDriver(new ReplicaOptions { SessionIdSeedMilliseconds = 1, Watches = new WatchLimits(Bound, 10 * Bound) });
        TestClient greedy = driver.Connect();
        TestClient other = driver.Connect();
        for (int i = 0; i < Bound; i++)
            Assert.Equal(ErrorCode.NoNode, greedy.Exists($"/w{i}", watch: true).Error);

        for (int i = Bound; i < 10 * Bound; i++)
            Assert.Equal(ErrorCode.BadArguments, greedy.Exists($"/w{i}", watch: true).Error);
        Assert.Equal(ErrorCode.BadArguments, greedy.GetData("/", watch: true).Error);
        Assert.Equal(ErrorCode.BadArguments, greedy.GetChildren("/", watch: true).Error);
        Assert.Equal(ErrorCode.BadArguments, greedy.AddWatch("/p", AddWatchMode.Persistent).Error);
        Assert.Equal(ErrorCode.BadArguments, greedy.AddWatch("/r", AddWatchMode.PersistentRecursive).Error);
        Assert.Equal(ErrorCode.BadArguments, greedy.Error(OpCode.SetWatches, new SetWatches(0, ["/x"], [], [])));
        Assert.Equal(Bound, driver.Replica.Statistics.WatchCount);

        // What it holds it may ask for again, what it gives back it may spend otherwise, and without a watch everything goes.
        Assert.Equal(ErrorCode.NoNode, greedy.Exists("/w7", watch: true).Error);
        Assert.Equal(ErrorCode.Ok, greedy.Error(OpCode.RemoveWatches, new RemoveWatchesRequest("/w7", WatcherType.Any)));
        Assert.Equal(ErrorCode.Ok, greedy.GetData("/", watch: true).Error);
        Assert.Equal(ErrorCode.Ok, greedy.GetChildren("/").Error);
        Assert.Equal(ErrorCode.Ok, other.GetChildren("/", watch: true).Error);
        Assert.Equal(ErrorCode.Ok, other.AddWatch("/p", AddWatchMode.Persistent).Error);
    }

    [Fact]
    public void A_watch_more_than_the_server_may_have_is_refused_until_somebody_leaves()
    {
        var driver = new ReplicaDriver(new ReplicaOptions { SessionIdSeedMilliseconds = 1, Watches = new WatchLimits(10 * Bound, Bound) });
        TestClient[] clients = [.. Enumerable.Range(0, 10).Select(_ => driver.Connect())];
        for (int i = 0; i < 10 * Bound; i++)
        {
            ErrorCode error = clients[i % 10].Exists($"/w{i}", watch: true).Error;
            Assert.Equal(i < Bound ? ErrorCode.NoNode : ErrorCode.BadArguments, error);
        }

        clients[0].Disconnect();
        Assert.Equal(ErrorCode.NoNode, clients[1].Exists("/again", watch: true).Error);
    }

    [Fact]
    public void Watches_on_long_paths_count_as_many()
    {
        var driver = new ReplicaDriver(new ReplicaOptions { SessionIdSeedMilliseconds = 1, Watches = new WatchLimits(Bound, Bound) });
        TestClient client = driver.Connect();
        string[] paths = [.. Enumerable.Range(0, Bound).Select(static i => $"/{i:D3}" + new string('x', 20 * 256))];

        Assert.Equal(ErrorCode.BadArguments, client.Error(OpCode.SetWatches2, new SetWatches2(0, [], paths[..5], [], [], [])));
        Assert.Equal(ErrorCode.BadArguments, client.Error(OpCode.SetWatches2, new SetWatches2(0, [], [], [], paths[..3], [])));
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < Bound; i++)
                Assert.Equal(i < 4 ? ErrorCode.Ok : ErrorCode.BadArguments, client.AddWatch(paths[i], AddWatchMode.PersistentRecursive).Error);
            Assert.Equal(ErrorCode.Ok, client.AddWatch(paths[0], AddWatchMode.PersistentRecursive).Error);
            for (int i = 0; i < 4; i++)
                Assert.Equal(ErrorCode.Ok, client.Error(OpCode.RemoveWatches, new RemoveWatchesRequest(paths[i], WatcherType.Any)));
        }

        Assert.Equal(ErrorCode.Ok, client.AddWatch(paths[0], AddWatchMode.Persistent).Error);
        client.Disconnect();
        Assert.Equal(ErrorCode.Ok, driver.Connect().AddWatch(paths[1], AddWatchMode.Persistent).Error);
    }

    [Fact]
    public void Watches_are_set_again_all_or_none()
    {
        var driver = new ReplicaDriver(new ReplicaOptions { SessionIdSeedMilliseconds = 1, Watches = new WatchLimits(Bound, Bound) });
        TestClient client = driver.Connect();
        string[] paths = [.. Enumerable.Range(0, Bound).Select(static i => $"/p{i}")];

        Assert.Equal(ErrorCode.BadArguments, client.Error(OpCode.SetWatches2, new SetWatches2(0, [], [], [], paths, [])));
        Assert.Equal(0, driver.Replica.Statistics.WatchCount);
        Assert.Equal(ErrorCode.Ok, client.Error(OpCode.SetWatches2, new SetWatches2(0, [], [], [], [], paths)));
        Assert.Equal(Bound, driver.Replica.Statistics.WatchCount);
    }

    [Fact]
    public void An_ephemeral_whose_session_could_not_be_ended_in_one_frame_is_refused()
    {
        var driver = new ReplicaDriver();
        TestClient client = driver.Connect();
        TestClient other = driver.Connect();
        string name = new('n', 90_000);
        int made = 0;
        for (int i = 0; i < 110; i++)
        {
            ErrorCode error = client.Create($"/{i:D3}{name}", mode: CreateMode.Ephemeral).Error;
            made += error == ErrorCode.Ok ? 1 : 0;
            Assert.Equal(i < 11 ? ErrorCode.Ok : ErrorCode.BadArguments, error);
        }

        Assert.Equal(ErrorCode.Ok, client.Create("/persistent").Error);
        Assert.Equal(ErrorCode.Ok, other.Create($"/other{name}", mode: CreateMode.Ephemeral).Error);

        // A deleted one gives its bytes back, one of a failed multi never took any.
        Assert.Equal(ErrorCode.Ok, client.Delete($"/003{name}").Error);
        client.MultiResults(
            new MultiOperation(OpCode.Create, $"/multi{name}", [], Acl.Open, CreateMode.Ephemeral), new MultiOperation(OpCode.Check, "/none", Version: 1));
        Assert.Equal(ErrorCode.Ok, client.Create($"/again{name}", mode: CreateMode.Ephemeral).Error);
        Assert.Equal(ErrorCode.BadArguments, client.Create($"/more{name}", mode: CreateMode.Ephemeral).Error);

        RecoveredState recovered = driver.Recover();
        client.Send(OpCode.CloseSession, default(EmptyRecord));
        Assert.InRange(driver.Log[^1].Length, made * 90_000, 1 << 20);
        Assert.Equal(1, driver.Replica.Statistics.EphemeralCount);

        // What a start finds counts as well.
        var restarted = new ReplicaDriver(driver.Options with { SessionIdSeedMilliseconds = 2_000_000 }, recovered);
        TestClient back = restarted.Accept();
        back.SendConnect(new ConnectRequest(0, 0, 10_000, client.SessionId, client.Handshake.Password, false));
        back.ReadConnectResponse();
        Assert.Equal(ErrorCode.BadArguments, back.Create($"/more{name}", mode: CreateMode.Ephemeral).Error);
    }
}
