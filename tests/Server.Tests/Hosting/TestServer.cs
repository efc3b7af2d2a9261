using System.Net;
using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Server.Network;
using Coordination.Server.Storage;
using Coordination.Testing;
using Microsoft.Extensions.Logging;

namespace Coordination.Server.Tests.Hosting;

/// <summary>A server in this process with everything adjustable, and its log at hand.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly LineLogger _logger = new();

    private TestServer(ServerHost host) => Host = host;

    public ServerHost Host { get; private set; }

    public IPEndPoint Endpoint => Host.Endpoint;

    public IReadOnlyCollection<string> Log => _logger.Lines;

    public static CoordinationServerOptions Options(string directory, TransportKind transport = TransportKind.Polling) => new()
    {
        DataDirectory = directory,
        Port = 0,
        TickTime = TimeSpan.FromMilliseconds(200),
        MaxSessionTimeout = TimeSpan.FromMinutes(1),
        LogPreallocation = 64 << 10,
        Transport = transport,
    };

    public static async Task<TestServer> StartAsync(CoordinationServerOptions options, IDisk? disk = null, TimeProvider? time = null)
    {
        TestServer server = new(null!);
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(server._logger));
        ServerSurroundings surroundings = new() { Loggers = loggers, Disk = disk ?? PhysicalDisk.Instance, Time = time ?? TimeProvider.System };
        server.Host = await ServerHost.StartAsync(options, surroundings, TestContext.Current.CancellationToken);
        return server;
    }

    public Task<RawClient> ConnectAsync(int timeoutMilliseconds = 30_000) => RawClient.ConnectAsync(Endpoint, timeoutMilliseconds);

    /// <summary>A replica that failed during a test fails the test, and says why.</summary>
    public async ValueTask DisposeAsync()
    {
        bool hasFailed = Host.Faulted.IsCompleted;
        await Host.DisposeAsync();
        Assert.False(hasFailed && !ExpectsFault, string.Join('\n', Log));
    }

    /// <summary>The test makes the replica fail.</summary>
    public bool ExpectsFault { get; set; }
}

/// <summary>The requests the tests send, in short.</summary>
internal static class RawRequests
{
    public static Task<RawReply> CreateAsync(this RawClient client, string path, byte[] data, CreateMode mode = CreateMode.Persistent) =>
        client.CallAsync(OpCode.Create, Create(path, data, mode));

    public static CreateRequest Create(string path, byte[] data, CreateMode mode = CreateMode.Persistent) =>
        new(path, data, Acl.Open, mode);

    public static async Task<byte[]?> ReadAsync(this RawClient client, string path)
    {
        RawReply reply = await client.CallAsync(OpCode.GetData, new GetDataRequest(path, false));
        return reply.Header.Error == ErrorCode.Ok ? reply.As<GetDataResponse>().Data : null;
    }

    /// <summary>Proves that the server serves: a session of its own, a write and a read.</summary>
    public static async Task ServesOthersAsync(this TestServer server)
    {
        using RawClient other = await server.ConnectAsync();
        string path = $"/alive-{Guid.NewGuid():n}";
        Assert.Equal(ErrorCode.Ok, (await other.CreateAsync(path, [1])).Header.Error);
        Assert.Equal([1], await other.ReadAsync(path));
    }
}
