using Coordination.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Coordination.Client.Tests;

/// <summary>A client out of a container.</summary>
public sealed class DependencyInjectionTests(OurFixture server) : IClassFixture<OurFixture>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_client_is_one_and_adding_it_twice_is_harmless()
    {
        var services = new ServiceCollection();
        services.AddCoordination(server.ConnectionString);
        services.AddCoordination(options => options.SessionTimeout = TimeSpan.FromSeconds(7));
        await using ServiceProvider provider = services.BuildServiceProvider();

        var client = provider.GetRequiredService<ICoordinationClient>();
        SessionInfo session = await client.ConnectAsync(Cancellation);

        Assert.Single(provider.GetServices<ICoordinationClient>());
        Assert.Equal(TimeSpan.FromSeconds(7), session.Timeout);
    }

    [Fact]
    public async Task A_container_disposed_synchronously_closes_the_client()
    {
        var services = new ServiceCollection();
        services.AddCoordination(server.ConnectionString);
        ServiceProvider provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<ICoordinationClient>();

        provider.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.TryGetAsync("/x", Cancellation));
    }

    [Fact]
    public async Task Options_are_bound_from_configuration_and_refused_at_start()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Zk:ConnectionString"] = "h:0",
            ["Zk:SessionTimeout"] = "00:00:00.010",
            ["Zk:LostSafetyMargin"] = "00:00:05",
            ["Zk:Credentials:0:Data"] = "u:p",
        });
        builder.Services.AddCoordination(builder.Configuration.GetSection("Zk"));
        using IHost host = builder.Build();

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Cancellation));

        Assert.Equal(3, error.Failures.Count());
    }

    [Fact]
    public async Task Without_a_connection_string_the_start_says_so()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddCoordination();
        using IHost host = builder.Build();

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Cancellation));

        Assert.Contains("no server is registered", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_keyed_client_uses_the_keyed_endpoint_once_it_is_ready()
    {
        var endpoint = new Endpoint(server.ConnectionString);
        var services = new ServiceCollection();
        services.AddKeyedSingleton<ICoordinationEndpoint>("own", endpoint);
        services.AddKeyedCoordination("own");
        await using ServiceProvider provider = services.BuildServiceProvider();
        var client = provider.GetRequiredKeyedService<ICoordinationClient>("own");

        Task<SessionInfo> connecting = client.ConnectAsync(Cancellation).AsTask();
        Assert.False(connecting.IsCompleted);
        endpoint.Start();

        Assert.NotEqual(0, (await connecting).Id);
        Assert.Null(provider.GetService<ICoordinationClient>());
    }

    [Fact]
    public async Task The_host_can_wait_for_the_connection_and_health_follows_it()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddCoordination(options =>
        {
            options.ConnectionString = server.ConnectionString;
            options.WaitForConnectionAtStart = true;
        }).AddHealthCheck().ConfigureRetry(static _ => { });
        using IHost host = builder.Build();

        await host.StartAsync(Cancellation);
        long session = host.Services.GetRequiredService<ICoordinationClient>().Session.Id;
        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);
        await host.StopAsync(Cancellation);

        Assert.NotEqual(0, session);
        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.Equal($"0x{session:x}", report.Entries["coordination"].Data["session"]);
    }

    [Fact]
    public async Task Each_client_has_a_health_check_of_its_own_however_often_it_is_added()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddCoordination(server.ConnectionString).AddHealthCheck().AddHealthCheck();
        services.AddKeyedCoordination("audit", options => options.ConnectionString = server.ConnectionString).AddHealthCheck();
        await using ServiceProvider provider = services.BuildServiceProvider();

        HealthReport report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation);

        Assert.Equal(["coordination", "coordination:audit"], report.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(HealthStatus.Healthy, report.Status);
    }

    private sealed class Endpoint(string connectionString) : ICoordinationEndpoint
    {
        private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ready => _ready.Task;

        public string ConnectionString => _ready.Task.IsCompleted ? connectionString : throw new InvalidOperationException();

        public void Start() => _ready.SetResult();
    }
}
