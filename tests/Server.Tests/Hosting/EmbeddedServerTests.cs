using System.Net;
using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Coordination.Server.Tests.Hosting;

public sealed class EmbeddedServerTests
{
    [Fact]
    public async Task It_serves_on_a_free_port_and_leaves_no_directory_behind()
    {
        string directory;
        await using (EmbeddedServer server = await EmbeddedServer.StartAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            directory = server.DataDirectory;
            using RawClient client = await RawClient.ConnectAsync(IPEndPoint.Parse(server.ConnectionString));
            Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/a", [])).Header.Error);
            Assert.True(Directory.Exists(directory));
        }

        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task A_session_can_be_expired_and_takes_its_ephemerals_along()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        using RawClient doomed = await RawClient.ConnectAsync(IPEndPoint.Parse(server.ConnectionString));
        using RawClient witness = await RawClient.ConnectAsync(IPEndPoint.Parse(server.ConnectionString));
        await doomed.CreateAsync("/e", [], CreateMode.Ephemeral);

        Assert.True(await server.ExpireSessionAsync(doomed.Session.SessionId, TestContext.Current.CancellationToken));

        Assert.Null(await doomed.ReadFrameAsync());
        Assert.Null(await witness.ReadAsync("/e"));
        Assert.False(await server.ExpireSessionAsync(doomed.Session.SessionId, TestContext.Current.CancellationToken));
        using RawClient back = await RawClient.ConnectAsync(
            IPEndPoint.Parse(server.ConnectionString), 10_000, doomed.Session.SessionId, doomed.Session.Password);
        Assert.Equal(0, back.Session.SessionId);
    }

    [Fact]
    public async Task A_silent_session_expires_after_its_timeout_and_a_pinging_one_does_not()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        IPEndPoint endpoint = IPEndPoint.Parse(server.ConnectionString);
        using RawClient silent = await RawClient.ConnectAsync(endpoint, 600);
        using RawClient pinging = await RawClient.ConnectAsync(endpoint, 5000);
        Task<byte[]> cut = silent.ReadToEndAsync();
        while (!cut.IsCompleted)
            await pinging.CallAsync(OpCode.Ping, default(EmptyRecord));

        Assert.Equal(ErrorCode.Ok, (await pinging.CreateAsync("/alive", [])).Header.Error);
    }

    [Fact]
    public async Task Sessions_and_data_survive_a_kill_and_a_restart_on_the_same_port()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        IPEndPoint endpoint = IPEndPoint.Parse(server.ConnectionString);
        ConnectResponse session;
        using (RawClient client = await RawClient.ConnectAsync(endpoint, 30_000))
        {
            session = client.Session;
            await client.CreateAsync("/e", [5], CreateMode.Ephemeral);
            await server.KillAsync();
            Assert.Null(await client.ReadFrameAsync());
        }

        Assert.True(server.Faulted.IsCompleted);
        await server.RestartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(endpoint, IPEndPoint.Parse(server.ConnectionString));
        using RawClient again = await RawClient.ConnectAsync(endpoint, 30_000, session.SessionId, session.Password);
        Assert.Equal(session.SessionId, again.Session.SessionId);
        Assert.Equal([5], await again.ReadAsync("/e"));
        Assert.False(server.Faulted.IsCompleted);
    }

    [Fact]
    public async Task A_blocked_thread_pool_does_not_stop_the_server()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has the polling transport.");
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        IPEndPoint endpoint = IPEndPoint.Parse(server.ConnectionString);

        // Never disposed: the last of the blocked may look at it after the test.
        ManualResetEventSlim release = new();
        ThreadPool.GetMinThreads(out int workers, out _);
        for (int i = 0; i < workers + 64; i++)
            ThreadPool.UnsafeQueueUserWorkItem(_ => release.Wait(), null);
        try
        {
            // A thread of its own, and blocking calls: nothing here waits for the pool either.
            byte[] answer = new byte[4];
            Thread asking = new(() =>
            {
                using System.Net.Sockets.Socket socket = new(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                socket.Connect(endpoint);
                socket.ReceiveTimeout = 20_000;
                socket.Send("ruok"u8);
                for (int got = 0; got < answer.Length;)
                    got += socket.Receive(answer, got, answer.Length - got, System.Net.Sockets.SocketFlags.None);
            });
            asking.Start();
            Assert.True(asking.Join(TimeSpan.FromSeconds(20)));
            Assert.Equal("imok"u8.ToArray(), answer);
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public async Task A_host_starts_it_first_finds_its_address_and_stops_when_it_fails()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddEmbeddedCoordinationServer(options => options.TickTime = TimeSpan.FromMilliseconds(100));
        using IHost host = builder.Build();
        ICoordinationEndpoint endpoint = host.Services.GetRequiredService<ICoordinationEndpoint>();
        Assert.Throws<InvalidOperationException>(() => endpoint.ConnectionString);

        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.True(endpoint.Ready.IsCompletedSuccessfully);
        using (RawClient client = await RawClient.ConnectAsync(IPEndPoint.Parse(endpoint.ConnectionString)))
            Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/a", [])).Header.Error);

        TaskCompletionSource stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => stopping.TrySetResult());
        await ((HostedEmbeddedServer)endpoint).Server!.KillAsync();
        await stopping.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_standalone_server_runs_in_any_host()
    {
        using TempDirectory directory = new();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddCoordinationServer(options =>
        {
            options.DataDirectory = directory.Path;
            options.Port = 0;
        });
        using IHost host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        IPEndPoint endpoint = host.Services.GetRequiredService<HostedCoordinationServer>().Server!.Endpoint;
        using RawClient client = await RawClient.ConnectAsync(endpoint);
        Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/a", [])).Header.Error);
        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.Null(await client.ReadFrameAsync());
    }

    [Fact]
    public async Task Adding_servers_twice_starts_each_once()
    {
        using TempDirectory directory = new();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddCoordinationServer(options => options.DataDirectory = directory.Path);
        builder.Services.AddCoordinationServer(options => options.Port = 0);
        builder.Services.AddEmbeddedCoordinationServer();
        builder.Services.AddEmbeddedCoordinationServer();
        using IHost host = builder.Build();

        await host.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, host.Services.GetServices<IHostedService>().Count());
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_container_disposed_synchronously_stops_its_servers()
    {
        ServiceCollection services = new();
        services.AddLogging();
        services.AddSingleton<IHostApplicationLifetime>(new NoLifetime());
        services.AddEmbeddedCoordinationServer();
        ServiceProvider provider = services.BuildServiceProvider();
        var hosted = (HostedEmbeddedServer)provider.GetRequiredService<ICoordinationEndpoint>();
        await hosted.StartingAsync(TestContext.Current.CancellationToken);
        using RawClient client = await RawClient.ConnectAsync(IPEndPoint.Parse(hosted.ConnectionString));

        provider.Dispose();

        Assert.Null(await client.ReadFrameAsync());
    }

    [Fact]
    public async Task The_connection_string_is_the_address_that_is_listened_on()
    {
        await using EmbeddedServer loopback = await EmbeddedServer.StartAsync(
            new() { Configure = static o => o.ListenAddress = IPAddress.IPv6Loopback }, TestContext.Current.CancellationToken);
        await using EmbeddedServer everywhere = await EmbeddedServer.StartAsync(
            new() { Configure = static o => o.ListenAddress = IPAddress.Any }, TestContext.Current.CancellationToken);

        Assert.Equal($"[::1]:{loopback.Port}", loopback.ConnectionString);
        Assert.Equal($"127.0.0.1:{everywhere.Port}", everywhere.ConnectionString);
        using RawClient client = await RawClient.ConnectAsync(IPEndPoint.Parse(loopback.ConnectionString));
    }

    [Fact]
    public async Task A_directory_in_use_is_an_IOException_that_names_it()
    {
        using TempDirectory directory = new();
        await using EmbeddedServer first = await EmbeddedServer.StartAsync(
            new() { DataDirectory = directory.Path }, TestContext.Current.CancellationToken);

        IOException refused = await Assert.ThrowsAsync<IOException>(async () =>
            await EmbeddedServer.StartAsync(new() { DataDirectory = directory.Path }, TestContext.Current.CancellationToken));

        Assert.Contains($"'{directory.Path}' is in use", refused.Message, StringComparison.Ordinal);
    }

    private sealed class NoLifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication()
        {
        }
    }

    [Fact]
    public async Task A_stopped_server_answers_its_callers()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        await server.StopAsync(TestContext.Current.CancellationToken);
        Task asking = server.ExpireSessionAsync(1, TestContext.Current.CancellationToken).AsTask();

        await Assert.ThrowsAsync<InvalidOperationException>(() => asking.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        await server.RestartAsync(TestContext.Current.CancellationToken);
        Assert.False(await server.ExpireSessionAsync(1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Stop_kill_and_dispose_at_once_end_in_one_end()
    {
        for (int round = 0; round < 6; round++)
        {
            EmbeddedServer server = await EmbeddedServer.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
            using RawClient client = await RawClient.ConnectAsync(System.Net.IPEndPoint.Parse(server.ConnectionString));
            Task[] ends =
            [
                Task.Run(async () => await server.StopAsync()),
                Task.Run(async () => await server.DisposeAsync()),
                Task.Run(async () => await server.KillAsync()),
                Task.Run(async () => await server.DisposeAsync()),
            ];
            await Task.WhenAll(ends).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.False(Directory.Exists(server.DataDirectory));
        }
    }
}
