using System.Diagnostics;
using Coordination.Protocol;
using Coordination.Server.Network;
using Coordination.Server.Tests.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Network;

public sealed class LimitTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    /// <summary>Sessions opened and closed at full speed would otherwise be kept for as long as one may live without a session.</summary>
    [Fact]
    public async Task Nothing_is_kept_of_connections_that_have_gone()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path));
        for (int i = 0; i < 100; i++)
        {
            using RawClient client = await server.ConnectAsync();
            await client.CallAsync(OpCode.CloseSession, default(EmptyRecord));
        }

        Assert.InRange(await server.Host.CallAsync(static (_, traffic) => traffic.SessionlessCount), 0, 2);
    }

    [Theory]
    [InlineData(TransportKind.Kestrel, 3, 0)]
    [InlineData(TransportKind.Kestrel, 0, 3)]
    [InlineData(TransportKind.Polling, 3, 0)]
    [InlineData(TransportKind.Polling, 0, 3)]
    internal async Task A_connection_too_many_is_ended_and_room_comes_back(TransportKind transport, int perAddress, int total)
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path, transport);
        options.MaxConnectionsPerAddress = perAddress;
        options.MaxConnections = total;
        await using TestServer server = await TestServer.StartAsync(options);
        using RawClient first = await server.ConnectAsync();
        using RawClient second = await server.ConnectAsync();
        RawClient third = await server.ConnectAsync();

        // Ten times as many as there is room for.
        for (int i = 0; i < 10 * 3; i++)
            Assert.True(await IsTurnedAwayAsync(server));
        Assert.Equal(ErrorCode.Ok, (await first.CreateAsync("/first", [])).Header.Error);

        await third.CallAsync(OpCode.CloseSession, default(EmptyRecord));
        Assert.Null(await third.ReadFrameAsync());
        third.Dispose();
        await ConnectWhenThereIsRoomAsync(server);
    }

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task More_requests_than_may_be_outstanding_wait_and_are_all_answered_in_order(TransportKind transport)
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path, transport);
        options.MaxOutstandingRequests = 4;
        await using TestServer server = await TestServer.StartAsync(options);
        using RawClient one = await server.ConnectAsync();
        using RawClient two = await server.ConnectAsync();
        await one.CreateAsync("/counter", []);
        using FrameBuffer bytes = new();
        for (int xid = 10; xid < 1010; xid++)
            RawClient.WriteFrame(bytes, xid, OpCode.SetData, new SetDataRequest("/counter", [1], -1));

        await Task.WhenAll(one.SendBytesAsync(bytes.WrittenMemory), two.SendBytesAsync(bytes.WrittenMemory));
        await Task.WhenAll(ExpectAsync(one), ExpectAsync(two));

        static async Task ExpectAsync(RawClient client)
        {
            for (int xid = 10; xid < 1010; xid++)
            {
                RawReply reply = (await client.ReadReplyAsync())!;
                Assert.Equal((xid, ErrorCode.Ok), (reply.Header.Xid, reply.Header.Error));
            }
        }
    }

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task A_client_that_does_not_read_its_events_is_cut_and_only_that_one(TransportKind transport)
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path, transport);
        options.MaxUnreadBytes = 64 << 10;
        await using TestServer server = await TestServer.StartAsync(options);
        using RawClient writer = await server.ConnectAsync();
        string path = "/" + new string('p', 60_000);
        await writer.CreateAsync(path, []);
        using RawClient slow = await RawClient.DialAsync(server.Endpoint, receiveBuffer: 4096);
        await slow.HandshakeAsync(new ConnectRequest(0, 0, 60_000, 0, new byte[16], false));
        await slow.CallAsync(OpCode.AddWatch, new AddWatchRequest(path, AddWatchMode.Persistent));

        long start = Stopwatch.GetTimestamp();
        while (!server.Log.Any(line => line.StartsWith("202 ", StringComparison.Ordinal)))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30), "Nobody cut the slow client.");
            Assert.Equal(ErrorCode.Ok, (await writer.CallAsync(OpCode.SetData, new SetDataRequest(path, [], -1))).Header.Error);
        }

        await server.ServesOthersAsync();
    }

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task Reads_of_a_client_that_does_not_read_wait_instead_of_piling_up(TransportKind transport)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path, transport));
        using RawClient writer = await server.ConnectAsync();
        await writer.CreateAsync("/large", new byte[500_000]);
        using RawClient slow = await server.ConnectAsync();
        using FrameBuffer bytes = new();
        for (int xid = 10; xid < 410; xid++)
            RawClient.WriteFrame(bytes, xid, OpCode.GetData, new GetDataRequest("/large", false));
        await slow.SendBytesAsync(bytes.WrittenMemory);
        await server.ServesOthersAsync();

        int pending = await server.Host.CallAsync((_, traffic) => traffic.Clients.Max(client => client.Link.Output.Length));
        Assert.InRange(pending, 0, 4 << 20);
        for (int xid = 10; xid < 410; xid++)
            Assert.Equal(xid, (await slow.ReadReplyAsync())!.Header.Xid);
    }

    /// <summary>The reset may come while the client still connects, or a moment later.</summary>
    private static async Task<bool> IsTurnedAwayAsync(TestServer server)
    {
        try
        {
            using RawClient client = await RawClient.DialAsync(server.Endpoint);
            return (await client.ReadToEndAsync()).Length == 0;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return true;
        }
    }

    /// <summary>The handler of the closed connection ends a moment after its socket.</summary>
    private static async Task ConnectWhenThereIsRoomAsync(TestServer server)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using RawClient again = await server.ConnectAsync();
                return;
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
            {
                Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "The room never came back.");
            }
        }
    }
}
