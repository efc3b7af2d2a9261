using System.Reactive.Linq;
using System.Reactive.Threading.Tasks;
using Coordination.Client;
using Coordination.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Coordination.Recipes.Tests;

/// <summary>Recipes wired into a host, against our server.</summary>
public sealed class HostingTests
{
    [Fact]
    public async Task A_lock_provider_is_there_without_a_line_of_its_own_and_locks_below_its_base()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync();
        await using ServiceProvider services = Services(s => s.AddCoordination(server.ConnectionString).AddServiceDirectory());
        var locks = services.GetRequiredService<IDistributedLockProvider>();

        await using IDistributedLockHandle? handle = await locks.CreateLock("orders/../7").TryAcquireAsync(TimeSpan.FromSeconds(20));

        await using IDistributedLockHandle? exact = await locks.CreateLockAt("/orders/7").TryAcquireAsync(TimeSpan.FromSeconds(20));

        Assert.StartsWith("/locks/orders/%2E%2E/7/_c_", handle!.HolderPath!.Value.Value, StringComparison.Ordinal);
        Assert.StartsWith("/orders/7/_c_", exact!.HolderPath!.Value.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keyed_recipes_use_the_client_of_their_key()
    {
        await using EmbeddedServer own = await EmbeddedServer.StartAsync();
        await using EmbeddedServer shared = await EmbeddedServer.StartAsync();
        await using ServiceProvider services = Services(s =>
        {
            s.AddCoordination(own.ConnectionString).AddLocks("/own");
            s.AddKeyedCoordination("shared", o => o.ConnectionString = shared.ConnectionString).AddLocks("/shared").AddServiceDirectory();
        });

        await using IDistributedLockHandle first = await services.GetRequiredService<IDistributedLockProvider>().CreateLock("x").AcquireAsync();
        await using IDistributedLockHandle second = await services.GetRequiredKeyedService<IDistributedLockProvider>("shared").CreateLock("x").AcquireAsync();

        Assert.StartsWith("/own/x/", first.HolderPath!.Value.Value, StringComparison.Ordinal);
        Assert.StartsWith("/shared/x/", second.HolderPath!.Value.Value, StringComparison.Ordinal);
        Assert.NotNull(services.GetRequiredKeyedService<IServiceDirectory>("shared"));
    }

    [Fact]
    public async Task An_elected_service_runs_survives_its_own_exceptions_and_resigns_at_shutdown()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync();
        await using var observer = CoordinationClient.Create(server.ConnectionString);
        var runs = new Runs();
        using IHost host = Host(b =>
        {
            b.Services.AddSingleton(runs);
            b.Services.AddCoordination(server.ConnectionString)
                .AddElectedService<FailsOnce>("/leaders/job", static o => o.RestartDelay = TimeSpan.FromMilliseconds(10));
        });

        await host.StartAsync();
        await runs.Second.Task.WaitAsync(RecipeWorld.Limit);
        Assert.Single(await RecipeWorld.ChildrenAsync(observer, "/leaders/job"));
        await host.StopAsync();

        Assert.True(runs.StoppedInOrder);
        Assert.Empty(await RecipeWorld.ChildrenAsync(observer, "/leaders/job"));
        Assert.True(runs.Tokens[1] > runs.Tokens[0]);
    }

    [Fact]
    public async Task A_service_is_registered_after_the_start_and_withdrawn_before_anything_stops()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync();
        await using var observer = CoordinationClient.Create(server.ConnectionString);
        IServiceDirectory directory = observer.CreateServiceDirectory();
        var late = new WithdrawalProbe(directory);
        using IHost host = Host(b =>
        {
            b.Services.AddHostedService(_ => late);
            b.Services.AddCoordination(server.ConnectionString).AddServiceRegistration("orders", static o =>
            {
                o.Endpoint = static _ => new Uri("http://0.0.0.0:5000");
                o.Address = "10.1.2.3";
                o.Payload = ServicePayload.FromText("v1");
            });
        });

        await host.StartAsync();
        var registration = host.Services.GetRequiredKeyedService<IServiceRegistration>("orders");
        await registration.Status.FirstAsync(static s => s.State == RegistrationState.Registered).Timeout(RecipeWorld.Limit).ToTask();
        ServiceInstance instance = Assert.Single(await directory.GetInstancesAsync("orders"));
        await host.StopAsync();

        Assert.Equal(("10.1.2.3", (int?)5000, "\"v1\""), (instance.Address, instance.Port, instance.Payload!.Json));
        Assert.Equal(0, late.InstancesAtStop);
    }

    [Fact]
    public async Task What_is_added_twice_runs_once_and_each_client_has_its_own()
    {
        await using EmbeddedServer own = await EmbeddedServer.StartAsync();
        await using EmbeddedServer shared = await EmbeddedServer.StartAsync();
        using IHost host = Host(b =>
        {
            foreach (ICoordinationBuilder client in (ICoordinationBuilder[])
                [b.Services.AddCoordination(own.ConnectionString), b.Services.AddKeyedCoordination("shared", o => o.ConnectionString = shared.ConnectionString)])
            {
                client.AddElectedService<Idle>("/leaders/job").AddElectedService<Idle>("/leaders/job");
                client.AddServiceRegistration("orders", static o => o.Port = 1).AddServiceRegistration("orders");
            }
        });

        await host.StartAsync();

        Assert.Equal(2, host.Services.GetServices<IHostedService>().OfType<Idle>().Distinct().Count());
        foreach ((string prefix, EmbeddedServer server) in ((string, EmbeddedServer)[])[("", own), ("shared:", shared)])
        {
            await using var observer = CoordinationClient.Create(server.ConnectionString);
            await host.Services.GetRequiredKeyedService<IServiceRegistration>($"{prefix}orders").Status
                .FirstAsync(static s => s.State == RegistrationState.Registered).Timeout(RecipeWorld.Limit).ToTask();
            Assert.Single(await observer.CreateServiceDirectory().GetInstancesAsync("orders"));
            Idle elected = host.Services.GetRequiredKeyedService<Idle>($"{prefix}/leaders/job");
            Assert.Single(host.Services.GetServices<IHostedService>(), s => s == elected);
        }

        await host.StopAsync();
    }

    [Fact]
    public async Task A_container_disposed_synchronously_resigns()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync();
        await using var observer = CoordinationClient.Create(server.ConnectionString);
        var services = new ServiceCollection();
        services.AddCoordination(server.ConnectionString).AddElectedService<Idle>("/leaders/job");
        ServiceProvider provider = services.BuildServiceProvider();
        Idle idle = provider.GetRequiredService<Idle>();
        await idle.StartAsync(CancellationToken.None);
        await idle.Latch.Changes.FirstAsync(static c => c.State == LeadershipState.Leading).Timeout(RecipeWorld.Limit).ToTask();
        string contender = Assert.Single(await RecipeWorld.ChildrenAsync(observer, "/leaders/job"));

        provider.Dispose();

        await observer.WaitUntilDeletedAsync($"/leaders/job/{contender}").AsTask().WaitAsync(RecipeWorld.Limit);
    }

    [Theory]
    [InlineData("http://localhost:5000", "loopback is no address for others")]
    [InlineData("http://127.0.0.1:5000", "loopback is no address for others")]
    [InlineData("http://example:0", "port 0 is no port")]
    [InlineData(null, "no port at all")]
    public void What_no_caller_could_use_is_refused(string? listening, string why)
    {
        Exception refused = Assert.Throws<InvalidOperationException>(() => ServiceEndpoint.Describe(
            "s", "i", new(), listening is null ? null : new Uri(listening), DateTimeOffset.UtcNow));

        Assert.False(string.IsNullOrEmpty(refused.Message), why);
    }

    [Fact]
    public void A_wildcard_becomes_an_address_of_this_machine()
    {
        ServiceInstance instance = ServiceEndpoint.Describe("s", "i", new(), new Uri("https://[::]:5001"), DateTimeOffset.UtcNow);

        Assert.NotEqual("::", instance.Address);
        Assert.False(string.IsNullOrEmpty(instance.Address));
        Assert.Equal(((int?)null, (int?)5001), (instance.Port, instance.SslPort));
    }

    private static ServiceProvider Services(Action<IServiceCollection> configure)
    {
        var services = new ServiceCollection();
        configure(services);
        return services.BuildServiceProvider();
    }

    private static IHost Host(Action<HostApplicationBuilder> configure)
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        configure(builder);
        return builder.Build();
    }

    private sealed class Runs
    {
        public TaskCompletionSource Second { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<long> Tokens { get; } = [];

        public bool StoppedInOrder { get; set; }
    }

    private sealed class Idle : ElectedBackgroundService
    {
        protected override Task ExecuteAsync(LeaderTerm term, CancellationToken stoppingToken) => Task.Delay(Timeout.InfiniteTimeSpan, stoppingToken);
    }

    private sealed class FailsOnce(Runs runs) : ElectedBackgroundService
    {
        protected override async Task ExecuteAsync(LeaderTerm term, CancellationToken stoppingToken)
        {
            runs.Tokens.Add(term.FencingToken);
            if (runs.Tokens.Count == 1)
                throw new InvalidOperationException("The first run fails.");

            runs.Second.TrySetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, stoppingToken);
            }
            finally
            {
                // Still leading while the body winds up: the resignation comes after it.
                runs.StoppedInOrder = await term.ConfirmAsync(CancellationToken.None);
            }
        }
    }

    private sealed class WithdrawalProbe(IServiceDirectory directory) : IHostedService
    {
        public int InstancesAtStop { get; private set; } = -1;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken) =>
            InstancesAtStop = (await directory.GetInstancesAsync("orders", cancellationToken)).Count;
    }
}
