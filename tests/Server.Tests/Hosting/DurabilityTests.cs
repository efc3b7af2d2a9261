using System.Diagnostics;
using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Server.Network;
using Coordination.Server.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

public sealed class DurabilityTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TransportKind.Kestrel, LoopStrategy.Owner, SyncStrategy.Thread)]
    [InlineData(TransportKind.Kestrel, LoopStrategy.Posting, SyncStrategy.Thread)]
    [InlineData(TransportKind.Kestrel, LoopStrategy.Posting, SyncStrategy.InPlace)]
    [InlineData(TransportKind.Polling, LoopStrategy.Posting, SyncStrategy.Thread)]
    [InlineData(TransportKind.Polling, LoopStrategy.Posting, SyncStrategy.InPlace)]
    internal async Task Acknowledged_writes_are_there_after_a_kill_with_every_strategy(TransportKind transport, LoopStrategy loop, SyncStrategy sync)
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path, transport);
        options.Loop = loop;
        options.Sync = sync;
        TestServer killed = await TestServer.StartAsync(options);
        using (RawClient client = await killed.ConnectAsync())
        {
            for (int i = 0; i < 200; i++)
                Assert.Equal(ErrorCode.Ok, (await client.CreateAsync($"/n{i}", [(byte)i])).Header.Error);
            await killed.Host.KillAsync();
            Assert.Null(await client.ReadFrameAsync());
        }

        await using TestServer server = await TestServer.StartAsync(options);
        using RawClient reader = await server.ConnectAsync();
        for (int i = 0; i < 200; i++)
            Assert.Equal((byte[])[(byte)i], (await reader.ReadAsync($"/n{i}"))!);
    }

    [Theory]
    [InlineData(TransportKind.Kestrel, SyncStrategy.Thread)]
    [InlineData(TransportKind.Polling, SyncStrategy.InPlace)]
    internal async Task A_failed_sync_is_never_acknowledged_and_ends_the_replica(TransportKind transport, SyncStrategy sync)
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path, transport);
        options.Sync = sync;
        FailingDisk disk = new();
        await using (TestServer failing = await TestServer.StartAsync(options, disk))
        {
            failing.ExpectsFault = true;
            using RawClient client = await failing.ConnectAsync();
            using RawClient bystander = await failing.ConnectAsync();
            await client.CreateAsync("/before", [1]);
            disk.FailSyncs = true;

            await client.SendAsync(OpCode.Create, RawRequests.Create("/after", [2]));

            Assert.Null(await client.ReadFrameAsync());
            Assert.Null(await bystander.ReadFrameAsync());
            Assert.IsType<DiskSyncException>(await failing.Host.Faulted.WaitAsync(TimeSpan.FromSeconds(20)));
        }

        await using TestServer server = await TestServer.StartAsync(options);
        using RawClient reader = await server.ConnectAsync();
        Assert.Equal([1], await reader.ReadAsync("/before"));
    }

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task Snapshots_are_written_while_requests_are_served_and_old_files_go(TransportKind transport)
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path, transport);
        options.SnapshotEvery = 100;
        int count = 0;
        await using (TestServer server = await TestServer.StartAsync(options))
        {
            using RawClient client = await server.ConnectAsync();
            long start = Stopwatch.GetTimestamp();
            while (server.Log.Count(line => line.StartsWith("401 ", StringComparison.Ordinal)) < 6)
            {
                Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), string.Join('\n', server.Log));
                Assert.Equal(ErrorCode.Ok, (await client.CreateAsync($"/n{count}", [(byte)count])).Header.Error);
                count++;
            }
        }

        string[] files = [.. Directory.EnumerateFiles(_directory.Combine("version-2")).Select(file => Path.GetFileName(file)!)];
        Assert.InRange(files.Count(file => file.StartsWith("snapshot.", StringComparison.Ordinal)), 3, 4);
        Assert.DoesNotContain(files, file => file.StartsWith("tmp-", StringComparison.Ordinal));
        Assert.DoesNotContain("snapshot.0", files);

        await using TestServer again = await TestServer.StartAsync(options);
        using RawClient reader = await again.ConnectAsync();
        for (int i = 0; i < count; i++)
            Assert.Equal((byte[])[(byte)i], (await reader.ReadAsync($"/n{i}"))!);
    }

    [Fact]
    public async Task Two_servers_never_share_a_directory()
    {
        await using TestServer first = await TestServer.StartAsync(TestServer.Options(_directory.Path));
        DataDirectoryLockedException refusal = await Assert.ThrowsAsync<DataDirectoryLockedException>(
            () => TestServer.StartAsync(TestServer.Options(_directory.Path)));
        Assert.Contains($"{Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
    }
}
