using System.Buffers.Binary;
using System.Diagnostics;
using Coordination.Protocol;
using Coordination.Server.Network;
using Coordination.Server.Tests.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Network;

public sealed class HostileInputTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TransportKind.Kestrel, int.MaxValue)]
    [InlineData(TransportKind.Kestrel, 0x100000)]
    [InlineData(TransportKind.Kestrel, 0x4001)]
    [InlineData(TransportKind.Kestrel, -1)]
    [InlineData(TransportKind.Polling, int.MaxValue)]
    [InlineData(TransportKind.Polling, 0x100000)]
    [InlineData(TransportKind.Polling, 0x4001)]
    [InlineData(TransportKind.Polling, -1)]
    internal async Task A_length_out_of_bounds_closes_that_connection_without_a_reply_and_is_logged_once(TransportKind transport, int length)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path, transport));
        using RawClient client = await RawClient.DialAsync(server.Endpoint);
        byte[] bytes = new byte[64];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);

        await client.SendBytesAsync(bytes);

        Assert.Empty(await client.ReadToEndAsync());
        await server.ServesOthersAsync();
        Assert.Single(server.Log, line => line.StartsWith("200 ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task A_frame_of_exactly_the_limit_is_taken(TransportKind transport)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path, transport));
        using RawClient client = await server.ConnectAsync();
        using FrameBuffer probe = new();
        RawClient.WriteFrame(probe, 1, OpCode.Create, RawRequests.Create("/big", []));
        byte[] data = new byte[JuteReader.DefaultMaxBuffer - (probe.Length - sizeof(int))];

        Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/big", data)).Header.Error);
        Assert.Equal(data.Length, (await client.ReadAsync("/big"))!.Length);
    }

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task Random_bytes_disturb_nobody_else(TransportKind transport)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path, transport));
        using RawClient witness = await server.ConnectAsync();
        Random random = new(20261120);
        for (int i = 0; i < 200; i++)
        {
            using RawClient client = i % 2 == 0 ? await RawClient.DialAsync(server.Endpoint) : await server.ConnectAsync();
            byte[] bytes = new byte[random.Next(1, 4096)];
            random.NextBytes(bytes);
            if (i % 3 == 0 && bytes.Length >= sizeof(int))
                BinaryPrimitives.WriteInt32BigEndian(bytes, random.Next(0, bytes.Length));
            await client.SendBytesAsync(bytes);
        }

        Assert.Equal(ErrorCode.Ok, (await witness.CreateAsync("/undisturbed", [])).Header.Error);
        await server.ServesOthersAsync();
        Assert.False(server.Host.Faulted.IsCompleted);
    }

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task A_half_frame_followed_by_the_end_is_just_an_end(TransportKind transport)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path, transport));
        using (RawClient client = await server.ConnectAsync())
        {
            await client.SendBytesAsync(new byte[] { 0, 0, 1, 0, 1, 2, 3 });
            client.HalfClose();
            Assert.Empty(await client.ReadToEndAsync());
        }

        await server.ServesOthersAsync();
    }

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task Silent_and_dripping_sockets_are_cut_when_their_time_is_over(TransportKind transport)
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path, transport);
        options.SessionlessTimeout = TimeSpan.FromMilliseconds(600);
        await using TestServer server = await TestServer.StartAsync(options);
        using RawClient established = await server.ConnectAsync();
        long start = Stopwatch.GetTimestamp();
        RawClient[] silent = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawClient.DialAsync(server.Endpoint)));
        using RawClient dripping = await RawClient.DialAsync(server.Endpoint);
        Task<byte[]> cut = dripping.ReadToEndAsync();
        byte[] handshake = [0, 0, 0, 45, .. new byte[45]];
        for (int i = 0; !cut.IsCompleted && i < handshake.Length; i++)
        {
            await dripping.SendBytesAsync(handshake.AsMemory(i, 1)).ContinueWith(_ => { }, TaskScheduler.Default);
            await Task.WhenAny(cut, Task.Delay(50, TestContext.Current.CancellationToken));
        }

        Assert.Empty(await cut);
        foreach (RawClient client in silent)
        {
            Assert.Empty(await client.ReadToEndAsync());
            client.Dispose();
        }

        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(500), "They were cut before their time.");
        Assert.Equal(ErrorCode.Ok, (await established.CreateAsync("/still-here", [])).Header.Error);
    }
}
