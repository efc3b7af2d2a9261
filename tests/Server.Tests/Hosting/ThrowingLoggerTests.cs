using System.Net;
using System.Net.Sockets;
using Coordination.Server.Hosting;
using Coordination.Server.Tests.Security;
using Coordination.Testing;
using Microsoft.Extensions.Logging;

namespace Coordination.Server.Tests.Hosting;

/// <summary>The process is the host's: what its own logger throws ends the replica, never the process.</summary>
public sealed class ThrowingLoggerTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_logger_that_throws_stops_the_replica_and_not_the_process(bool throughTls)
    {
        using TestAuthority authority = new();
        CoordinationServerOptions options = TestServer.Options(_directory.Combine("data"));
        options.MaxConnectionsPerAddress = 1;
        if (throughTls)
        {
            options.Tls.Port = 0;
            options.Tls.Certificate = authority.Issue("CN=server", use: TestAuthority.ServerUse);
            options.Tls.TrustedRoots.Add(authority.Root);
        }

        await using ServerHost host = await StartAsync(options, new ThrowingLogger());
        using (RawClient first = await RawClient.ConnectAsync(host.Endpoint, 30_000))
        using (TcpClient second = new())
        {
            await DialAsync(second, throughTls ? host.SecureEndpoint! : host.Endpoint);
            Exception reason = await host.Faulted.WaitAsync(Limit, TestContext.Current.CancellationToken);
            Assert.Contains(ThrowingLogger.Complaint, reason.ToString(), StringComparison.Ordinal);
            Assert.Null(await first.ReadFrameAsync());
        }

        await host.StopAsync(CancellationToken.None).WaitAsync(Limit, TestContext.Current.CancellationToken);
        await using TestServer next = await TestServer.StartAsync(TestServer.Options(_directory.Combine("data")));
        await next.ServesOthersAsync();
    }

    private static async Task DialAsync(TcpClient client, IPEndPoint endpoint)
    {
        try
        {
            await client.ConnectAsync(endpoint, TestContext.Current.CancellationToken);
        }
        catch (SocketException)
        {
            // Turned away before it was told that it is connected.
        }
    }

    private static Task<ServerHost> StartAsync(CoordinationServerOptions options, ThrowingLogger logger) =>
        ServerHost.StartAsync(options, new ServerSurroundings { Loggers = logger }, TestContext.Current.CancellationToken);

    /// <summary>Takes information, and throws at anything worse.</summary>
    private sealed class ThrowingLogger : ILoggerFactory, ILogger
    {
        public const string Complaint = "the host's logger is broken";

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
                throw new InvalidOperationException(Complaint);
        }

        public void Dispose()
        {
        }
    }
}
