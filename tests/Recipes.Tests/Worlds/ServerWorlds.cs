using System.Collections.Concurrent;
using System.Net;
using Coordination.Client;
using Coordination.Protocol;
using Coordination.Server;
using Coordination.Testing;

namespace Coordination.Recipes.Tests;

/// <summary>Our server inside the test's process, one per test.</summary>
internal sealed class EmbeddedWorld : RecipeWorld
{
    private readonly List<CoordinationClient> _clients = [];
    private EmbeddedServer? _server;

    public override async Task<ICoordinationClient> ConnectAsync()
    {
        _server ??= await EmbeddedServer.StartAsync();
        var client = CoordinationClient.Create(_server.ConnectionString, static o => o.SessionTimeout = TimeSpan.FromSeconds(10));
        _clients.Add(client);
        await client.ConnectAsync();
        return client;
    }

    public override async Task EndSessionAsync(ICoordinationClient client) => Assert.True(await _server!.ExpireSessionAsync(client.Session.Id));

    public override async ValueTask DisposeAsync()
    {
        foreach (CoordinationClient client in _clients)
            await client.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

/// <summary>One Apache server for all tests of a class.</summary>
public sealed class ApacheFixture : IAsyncLifetime
{
    private int _worlds;

    /// <summary>The server; null where Apache is not installed.</summary>
    public ApacheServer? Server { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (Peers.Has(Peer.Apache))
            Server = await ApacheServer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
    }

    /// <summary>A chroot that no other test uses.</summary>
    /// <returns>Its path.</returns>
    public string NextChroot() => $"/test-{Interlocked.Increment(ref _worlds)}";
}

/// <summary>
/// A chroot of Apache's server. Clients come through a proxy that learns their passwords, so that a session can be ended from outside:
/// by taking it over and closing it.
/// </summary>
internal sealed class ApacheWorld(ApacheFixture fixture) : RecipeWorld
{
    private readonly List<CoordinationClient> _clients = [];
    private readonly ConcurrentDictionary<long, byte[]> _passwords = new();
    private readonly string _chroot = fixture.NextChroot();
    private FaultProxy? _proxy;

    public override async Task<ICoordinationClient> ConnectAsync()
    {
        Peers.Require(Peer.Apache);
        if (_proxy is null)
        {
            await using var bare = CoordinationClient.Create(fixture.Server!.ConnectionString);
            await bare.CreateAsync(_chroot);
            _proxy = FaultProxy.Start(fixture.Server.ConnectionString);
            _proxy.Filter = Learn;
        }

        var client = CoordinationClient.Create(_proxy.ConnectionString + _chroot, static o => o.SessionTimeout = TimeSpan.FromSeconds(10));
        _clients.Add(client);
        await client.ConnectAsync();
        return client;
    }

    public override async Task EndSessionAsync(ICoordinationClient client)
    {
        long id = client.Session.Id;
        while (true)
        {
            try
            {
                using RawClient thief = await RawClient.ConnectAsync(IPEndPoint.Parse(fixture.Server!.ConnectionString), 10_000, id, _passwords[id]);
                if (thief.Session.SessionId == 0)
                    return;
                await thief.CallAsync(OpCode.CloseSession, default(EmptyRecord));
            }
            catch (IOException)
            {
                // Closed without an answer, or the client took its session back: the next handshake tells.
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (CoordinationClient client in _clients)
            await client.DisposeAsync();
        if (_proxy is not null)
            await _proxy.DisposeAsync();
    }

    private FrameVerdict Learn(ProxiedFrame frame)
    {
        if (frame is { Direction: FrameDirection.ToClient, Number: 1 })
        {
            ConnectResponse response = RawClient.ReadRecord<ConnectResponse>(frame.Body.Span);
            _passwords[response.SessionId] = response.Password!;
        }

        return FrameVerdict.Forward;
    }
}
