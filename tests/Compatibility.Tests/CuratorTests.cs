using System.Reactive.Linq;
using System.Reactive.Threading.Tasks;
using Coordination.Client;
using Coordination.Recipes;
using Coordination.Server;
using Coordination.Testing;

namespace Coordination.Compatibility.Tests;

/// <summary>Curator and kazoo share znodes with our recipes, both ways, on Apache's server and on ours.</summary>
public sealed class CuratorTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Curators_mutex_and_our_lock_exclude_each_other(bool apache)
    {
        Peers.Require(Peer.Curator);
        await using Server server = await Server.StartAsync(apache);
        await ExcludeEachOtherAsync(server, "/locks/shared", () => Curator(server, "lock", "/locks/shared"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_kazoo_lock_with_Curators_names_and_our_lock_exclude_each_other(bool apache)
    {
        Peers.Require(Peer.Kazoo);
        await using Server server = await Server.StartAsync(apache);
        string script = Path.Combine(AppContext.BaseDirectory, "Clients", "kazoo_lock.py");
        await ExcludeEachOtherAsync(
            server, "/locks/shared", () => RunningProcess.Start(Peers.Python, [script, server.ConnectionString, "/locks/shared"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Curators_latch_and_ours_hold_one_election(bool apache)
    {
        Peers.Require(Peer.Curator);
        await using Server server = await Server.StartAsync(apache);
        await using ILeaderLatch ours = server.Client.CreateLeaderLatch("/leaders/shared", "dotnet");
        LeaderTerm first = await ours.WaitForLeadershipAsync();
        await using RunningProcess java = Curator(server, "latch", "/leaders/shared", "java");
        await HearAsync(java, "started");
        await BothQueueAsync(server, "/leaders/shared");

        Assert.Equal([("dotnet", true), ("java", false)], (await ours.GetParticipantsAsync()).Select(static p => (p.Id, p.IsLeader)));
        Assert.DoesNotContain("leader", java.Output, StringComparison.Ordinal);
        await first.DisposeAsync();
        await HearAsync(java, "leader java");
        Task<LeaderTerm> second = ours.WaitForLeadershipAsync().AsTask();
        await BothQueueAsync(server, "/leaders/shared");
        Assert.False(second.IsCompleted);
        await java.WriteInputAsync("\n");

        await using LeaderTerm term = await second.WaitAsync(Limit);
        Assert.True(await term.ConfirmAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Curators_discovery_finds_our_instances_and_we_find_its(bool apache)
    {
        Peers.Require(Peer.Curator);
        await using Server server = await Server.StartAsync(apache);
        IServiceDirectory directory = server.Client.CreateServiceDirectory();
        await using IServiceRegistration ours = server.Client.RegisterService(new()
        {
            Name = "stock",
            Id = "dotnet",
            Address = "10.0.0.1",
            Port = 80,
            Payload = ServicePayload.FromText("from .NET"),
            UriSpec = UriSpec.Parse("{scheme}://{address}:{port}"),
        });
        await ours.Status.FirstAsync(static s => s.State == RegistrationState.Registered).Timeout(Limit).ToTask();

        await using RunningProcess query = Curator(server, "query", "/services", "stock");
        await HearAsync(query, "found stock dotnet 10.0.0.1 80 DYNAMIC http://10.0.0.1:80 from .NET");
        await using RunningProcess java = Curator(server, "register", "/services", "stock", "java");
        await HearAsync(java, "registered");
        ServiceInstance theirs = (await directory.GetInstancesAsync("stock")).Single(static i => i.Id == "java");
        await java.WriteInputAsync("\n");
        await HearAsync(java, "unregistered");

        Assert.Equal(("10.9.8.7", (int?)8080, (int?)8443), (theirs.Address, theirs.Port, theirs.SslPort));
        Assert.Equal("\"from Java\"", theirs.Payload!.Json);
        Assert.Equal("https://10.9.8.7:8443/", theirs.ToUri()!.AbsoluteUri);
        Assert.Equal(["dotnet"], (await directory.GetInstancesAsync("stock")).Select(static i => i.Id));
    }

    /// <summary>We hold and the peer waits; the peer holds and we wait. Each hands over by releasing.</summary>
    private static async Task ExcludeEachOtherAsync(Server server, string path, Func<RunningProcess> startPeer)
    {
        IDistributedLock ours = server.Client.CreateLock(path);
        IDistributedLockHandle held = await ours.AcquireAsync();
        await using RunningProcess peer = startPeer();
        await HearAsync(peer, "at-once false");
        await BothQueueAsync(server, path);
        Assert.DoesNotContain("acquired", peer.Output, StringComparison.Ordinal);

        await held.DisposeAsync();
        await HearAsync(peer, "acquired");
        Assert.Null(await ours.TryAcquireAsync());
        Task<IDistributedLockHandle> waiting = ours.AcquireAsync().AsTask();
        await BothQueueAsync(server, path);
        Assert.False(waiting.IsCompleted);
        await peer.WriteInputAsync("\n");

        await using IDistributedLockHandle handle = await waiting.WaitAsync(Limit);
        Assert.True(await handle.ConfirmAsync());
    }

    private static RunningProcess Curator(Server server, params string[] arguments) => RunningProcess.Start(
        Peers.Java,
        [
            "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp", Peers.CuratorClassPath, Path.Combine(AppContext.BaseDirectory, "java", "CuratorPeer.java"), server.ConnectionString, .. arguments,
        ]);

    private static Task<string> HearAsync(RunningProcess peer, string line) =>
        peer.WaitForLineAsync(text => text.Equals("> " + line, StringComparison.Ordinal), Limit, TestContext.Current.CancellationToken);

    private static async Task BothQueueAsync(Server server, string path)
    {
        using var limit = new CancellationTokenSource(Limit);
        await foreach (ChildrenView view in server.Client.WatchChildrenAsync(path, limit.Token))
        {
            if (view.Current is { Names.Count: 2 })
                return;
        }
    }

    /// <summary>Apache's server or ours, and a client of it.</summary>
    private sealed class Server(IAsyncDisposable server, string connectionString) : IAsyncDisposable
    {
        public string ConnectionString { get; } = connectionString;

        public CoordinationClient Client { get; } = CoordinationClient.Create(connectionString);

        public static async Task<Server> StartAsync(bool apache)
        {
            if (apache)
            {
                ApacheServer theirs = await ApacheServer.StartAsync();
                return new(theirs, theirs.ConnectionString);
            }

            EmbeddedServer ours = await EmbeddedServer.StartAsync();
            return new(ours, ours.ConnectionString);
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await server.DisposeAsync();
        }
    }
}
