using System.Collections.Concurrent;
using System.Reactive.Linq;
using System.Reactive.Threading.Tasks;
using Coordination.Client;
using Coordination.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Coordination.Recipes.Tests;

/// <summary>A server and its clients in one host: the sessions end before the server does.</summary>
public sealed class EmbeddedHostTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coordination-").FullName;
    private readonly Warnings _warnings = new();

    public void Dispose()
    {
        _warnings.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_host_that_stops_ends_its_sessions_before_its_server_whatever_the_order(bool serverFirst, bool concurrently)
    {
        using IHost host = BuildHost(serverFirst, concurrently);
        await host.StartAsync();
        await UseAsync(host.Services);

        // Stopped and not yet disposed: some hosts never are.
        await host.StopAsync();

        Assert.Empty(_warnings.Lines);
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_host_that_is_disposed_without_a_stop_ends_its_sessions_all_the_same(bool synchronously)
    {
        IHost host = BuildHost(serverFirst: false, concurrently: false);
        await host.StartAsync();
        await UseAsync(host.Services);
        var server = (IAsyncDisposable)host.Services.GetRequiredService<Protocol.ICoordinationEndpoint>();

        if (synchronously)
            host.Dispose();
        else
            await ((IAsyncDisposable)host).DisposeAsync();

        // A synchronous disposal only begins the end; asking again waits for it.
        await server.DisposeAsync();
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_client_that_closed_long_ago_does_not_hold_up_the_stop()
    {
        using IHost host = BuildHost(serverFirst: true, concurrently: false);
        await host.StartAsync();
        await UseAsync(host.Services);
        await host.Services.GetRequiredService<CoordinationClient>().DisposeAsync();

        await host.StopAsync();

        await AssertNothingIsLeftAsync();
    }

    private static async Task UseAsync(IServiceProvider services)
    {
        var client = services.GetRequiredService<ICoordinationClient>();
        await client.CreateAsync("/here", default, new() { Kind = CreateKind.Ephemeral });
        await services.GetRequiredService<Idle>().Latch.Changes
            .FirstAsync(static change => change.State == LeadershipState.Leading).Timeout(RecipeWorld.Limit).ToTask();
        await services.GetRequiredKeyedService<IServiceRegistration>("orders").Status
            .FirstAsync(static status => status.State == RegistrationState.Registered).Timeout(RecipeWorld.Limit).ToTask();

        // Out of the stream that told: a host disposed synchronously inside a subscriber would wait for that subscriber.
        await Task.Yield();
    }

    private async Task AssertNothingIsLeftAsync()
    {
        // The sessions' timeouts are far away: what is gone was taken along by a session that ended in order.
        await using EmbeddedServer again = await EmbeddedServer.StartAsync(new() { DataDirectory = _directory });
        await using var observer = CoordinationClient.Create(again.ConnectionString);
        Assert.Null(await observer.ExistsAsync("/here"));
        Assert.Empty(await RecipeWorld.ChildrenAsync(observer, "/leaders/job"));
        Assert.Empty(await observer.CreateServiceDirectory().GetInstancesAsync("orders"));
    }

    private IHost BuildHost(bool serverFirst, bool concurrently)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.Configure<HostOptions>(options => options.ServicesStopConcurrently = concurrently);
        builder.Logging.AddProvider(_warnings);
        if (serverFirst)
            builder.Services.AddEmbeddedCoordinationServer(options => options.DataDirectory = _directory);
        builder.Services.AddCoordination()
            .AddElectedService<Idle>("/leaders/job")
            .AddServiceRegistration("orders", static options => (options.Address, options.Port) = ("10.1.2.3", 1));
        if (!serverFirst)
            builder.Services.AddEmbeddedCoordinationServer(options => options.DataDirectory = _directory);
        return builder.Build();
    }

    private sealed class Idle : ElectedBackgroundService
    {
        protected override Task ExecuteAsync(LeaderTerm term, CancellationToken stoppingToken) => Task.Delay(Timeout.InfiniteTimeSpan, stoppingToken);
    }

    private sealed class Warnings : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Lines.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
