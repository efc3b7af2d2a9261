using Coordination.Server;
using Coordination.Testing;

namespace Coordination.Client.Tests;

/// <summary>A running server for the contract suite. Which one is the fixture's only difference.</summary>
public abstract class CoordinationServerFixture : IAsyncLifetime
{
    /// <summary>Where clients connect.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>Starts it; skips the tests where it is not installed.</summary>
    public abstract ValueTask InitializeAsync();

    /// <summary>Stops it.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>The watches that the server holds for all clients: it must be zero once nobody listens.</summary>
    public async Task<int> CountWatchesAsync()
    {
        string[] ends = ConnectionString.Split(':');
        string answer = await FourLetterWord.AskAsync(int.Parse(ends[1]), "mntr", TestContext.Current.CancellationToken);
        string line = answer.Split('\n').Single(text => text.StartsWith("zk_watch_count", StringComparison.Ordinal));
        return int.Parse(line.Split('\t')[1]);
    }

    /// <summary>A client of this server.</summary>
    public CoordinationClient Connect(TimeSpan? sessionTimeout = null, string chroot = "") => CoordinationClient.Create(
        ConnectionString + chroot,
        options => options.SessionTimeout = sessionTimeout ?? TimeSpan.FromSeconds(10));
}

/// <summary>Apache ZooKeeper as Debian packages it.</summary>
public sealed class ApacheFixture : CoordinationServerFixture
{
    private ApacheServer? _server;

    public override string ConnectionString
    {
        get
        {
            Peers.Require(Peer.Apache);
            return _server!.ConnectionString;
        }
    }

    public override async ValueTask InitializeAsync()
    {
        // Absent: every test says so by itself when it asks for the address.
        if (Peers.Has(Peer.Apache))
            _server = await ApacheServer.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

/// <summary>Our own server, inside the process of the test.</summary>
public sealed class OurFixture : CoordinationServerFixture
{
    private EmbeddedServer? _server;

    public override string ConnectionString => _server!.ConnectionString;

    public override async ValueTask InitializeAsync() => _server = await EmbeddedServer.StartAsync();

    public override async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
