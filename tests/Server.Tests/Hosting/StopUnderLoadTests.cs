using System.Buffers.Binary;
using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Server.Network;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>
/// Stops and kills in the middle of everything: pipelined requests, connections that come and go, snapshots one after the other, and a disk
/// whose speed makes the log change threads. What was acknowledged is there, in order, and every stop ends.
/// </summary>
public sealed class StopUnderLoadTests : IDisposable
{
    private const int Writers = 6;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly TempDirectory _directory = new();
    private readonly int[] _acknowledged = new int[Writers];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TransportKind.Kestrel, LoopStrategy.Owner, SyncStrategy.InPlace)]
    [InlineData(TransportKind.Kestrel, LoopStrategy.Posting, SyncStrategy.InPlace)]
    [InlineData(TransportKind.Kestrel, LoopStrategy.Posting, SyncStrategy.Thread)]
    [InlineData(TransportKind.Polling, LoopStrategy.Posting, SyncStrategy.InPlace)]
    [InlineData(TransportKind.Polling, LoopStrategy.Posting, SyncStrategy.Thread)]
    internal async Task Whatever_was_acknowledged_survives_stops_and_kills_under_load(TransportKind transport, LoopStrategy loop, SyncStrategy sync)
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path, transport);
        options.Loop = loop;
        options.Sync = sync;
        options.SnapshotEvery = 40;
        int syncs = 0;
        FailingDisk disk = new() { Delay = () => Interlocked.Increment(ref syncs) / 30 % 2 == 0 ? 0 : 4 };
        for (int round = 0; round < 5; round++)
        {
            TestServer server = await TestServer.StartAsync(options, disk).WaitAsync(Limit);
            await VerifyAsync(server);
            Task[] writers = [.. Enumerable.Range(0, Writers).Select(number => Task.Run(() => WriteAsync(server, number)))];
            await Task.Delay(150 + (round * 70), TestContext.Current.CancellationToken);
            if (round % 2 == 0)
                await server.Host.StopAsync(CancellationToken.None).WaitAsync(Limit);
            else
                await server.Host.KillAsync().WaitAsync(Limit);
            Assert.True(round % 2 != 0 == server.Host.Faulted.IsCompleted, string.Join("\n", server.Log));
            await Task.WhenAll(writers).WaitAsync(Limit);
        }

        await using TestServer last = await TestServer.StartAsync(options, disk).WaitAsync(Limit);
        await VerifyAsync(last);
        Assert.All(_acknowledged, static count => Assert.True(count > 0, "a writer never got a word"));
    }

    /// <summary>The log goes to others, and is disposed of, while time still passes: an expiry then must not come into its way.</summary>
    [Theory]
    [InlineData(TransportKind.Kestrel, LoopStrategy.Owner)]
    [InlineData(TransportKind.Polling, LoopStrategy.Posting)]
    internal async Task A_stop_is_no_failure_though_sessions_expire_all_the_time(TransportKind transport, LoopStrategy loop)
    {
        for (int round = 0; round < 15; round++)
        {
            using TempDirectory directory = new();
            CoordinationServerOptions options = TestServer.Options(directory.Path, transport);
            options.TickTime = TimeSpan.FromMilliseconds(1);
            options.Loop = loop;
            options.Sync = SyncStrategy.Thread;
            TestServer server = await TestServer.StartAsync(options).WaitAsync(Limit);
            for (int i = 0; i < 60; i++)
            {
                using RawClient client = await server.ConnectAsync(30 + i);
                await client.SendAsync(OpCode.Create, RawRequests.Create($"/e{i}", [], CreateMode.Ephemeral));
            }

            await server.Host.StopAsync(CancellationToken.None).WaitAsync(Limit);
            Assert.False(server.Host.Faulted.IsCompleted, string.Join("\n", server.Log));
        }
    }

    [Fact]
    public async Task Whoever_loses_patience_with_a_stop_has_it_at_once_and_in_order()
    {
        FailingDisk disk = new() { Delay = static () => 20 };
        TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path), disk).WaitAsync(Limit);
        using RawClient client = await server.ConnectAsync();
        for (int i = 0; i < 50; i++)
            await client.SendAsync(OpCode.Create, RawRequests.Create($"/n{i}", []));
        await server.Host.StopAsync(new CancellationToken(canceled: true)).WaitAsync(Limit);
        Assert.False(server.Host.Faulted.IsCompleted, string.Join("\n", server.Log));
        await using TestServer again = await TestServer.StartAsync(TestServer.Options(_directory.Path)).WaitAsync(Limit);
        await again.ServesOthersAsync();
    }

    private async Task VerifyAsync(TestServer server)
    {
        using RawClient reader = await server.ConnectAsync();
        for (int number = 0; number < Writers; number++)
        {
            byte[]? data = await reader.ReadAsync($"/w{number}");
            int found = data is null ? 0 : BinaryPrimitives.ReadInt32BigEndian(data);
            Assert.True(found >= _acknowledged[number], $"writer {number}: {_acknowledged[number]} was acknowledged, {found} is there");
            _acknowledged[number] = found;
        }
    }

    private async Task WriteAsync(TestServer server, int number)
    {
        string path = $"/w{number}";
        try
        {
            while (!server.Host.Faulted.IsCompleted)
            {
                using RawClient client = await server.ConnectAsync();
                if (_acknowledged[number] == 0)
                    await client.CreateAsync(path, new byte[4]);
                for (int burst = 0; burst < 5; burst++)
                    await BurstAsync(client, path, number);

                // The connection goes with requests on their way.
                using FrameBuffer bytes = Burst(path, _acknowledged[number]);
                await client.SendBytesAsync(bytes.WrittenMemory);
            }
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            // The server is gone.
        }
    }

    /// <summary>Writes and reads in turn, all of them sent at once: each read sees exactly the write before it.</summary>
    private async Task BurstAsync(RawClient client, string path, int number)
    {
        int from = _acknowledged[number];
        using FrameBuffer bytes = Burst(path, from);
        await client.SendBytesAsync(bytes.WrittenMemory);
        for (int i = 1; i <= 10; i++)
        {
            RawReply set = await client.ReadReplyAsync() ?? throw new IOException();
            Assert.Equal((1000 + i, ErrorCode.Ok), (set.Header.Xid, set.Header.Error));
            _acknowledged[number] = from + i;
            RawReply get = await client.ReadReplyAsync() ?? throw new IOException();
            Assert.Equal(2000 + i, get.Header.Xid);
            Assert.Equal(from + i, BinaryPrimitives.ReadInt32BigEndian(get.As<GetDataResponse>().Data));
        }
    }

    private static FrameBuffer Burst(string path, int from)
    {
        FrameBuffer bytes = new();
        for (int i = 1; i <= 10; i++)
        {
            byte[] value = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(value, from + i);
            RawClient.WriteFrame(bytes, 1000 + i, OpCode.SetData, new SetDataRequest(path, value, -1));
            RawClient.WriteFrame(bytes, 2000 + i, OpCode.GetData, new GetDataRequest(path, false));
        }

        return bytes;
    }
}
