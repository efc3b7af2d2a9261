using Coordination.Protocol;
using Coordination.Server.Network;
using Coordination.Server.Tests.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Network;

public sealed class HandshakeTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task A_session_is_opened_used_and_closed_over_a_real_socket(TransportKind transport)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path, transport));
        using RawClient client = await server.ConnectAsync(5000);

        Assert.NotEqual(0, client.Session.SessionId);
        Assert.Equal(5000, client.Session.TimeoutMilliseconds);
        Assert.Equal(16, client.Session.Password!.Length);
        Assert.Equal(ErrorCode.Ok, (await client.CreateAsync("/a", [1, 2])).Header.Error);
        Assert.Equal([1, 2], await client.ReadAsync("/a"));
        Assert.Equal(ErrorCode.Ok, (await client.CallAsync(OpCode.CloseSession, default(EmptyRecord))).Header.Error);
        Assert.Null(await client.ReadFrameAsync());
    }

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task Bytes_that_come_one_at_a_time_make_the_same_frames(TransportKind transport)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path, transport));
        using RawClient client = await RawClient.DialAsync(server.Endpoint);
        using FrameBuffer bytes = new();
        int mark = bytes.BeginFrame();
        JuteWriter writer = new(bytes);
        new ConnectRequest(0, 0, 10_000, 0, new byte[16], false).Write(ref writer);
        writer.Flush();
        bytes.EndFrame(mark);
        RawClient.WriteFrame(bytes, 1, OpCode.Create, RawRequests.Create("/slow", [7]));

        for (int i = 0; i < bytes.Length; i++)
            await client.SendBytesAsync(bytes.WrittenMemory.Slice(i, 1));

        Assert.NotEqual(0, RawClient.ReadRecord<ConnectResponse>(await client.ReadFrameAsync()).SessionId);
        RawReply reply = (await client.ReadReplyAsync())!;
        Assert.Equal((1, ErrorCode.Ok), (reply.Header.Xid, reply.Header.Error));
    }

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task Requests_sent_behind_the_handshake_without_waiting_are_answered_in_order(TransportKind transport)
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path, transport));
        using RawClient client = await RawClient.DialAsync(server.Endpoint);
        using FrameBuffer bytes = new();
        int mark = bytes.BeginFrame();
        JuteWriter writer = new(bytes);
        new ConnectRequest(0, 0, 10_000, 0, null, null).Write(ref writer);
        writer.Flush();
        bytes.EndFrame(mark);
        for (int xid = 1; xid <= 500; xid++)
        {
            if (xid % 2 == 1)
                RawClient.WriteFrame(bytes, xid, OpCode.Create, RawRequests.Create($"/n{xid}", []));
            else
                RawClient.WriteFrame(bytes, xid, OpCode.GetData, new GetDataRequest($"/n{xid - 1}", false));
        }

        await client.SendBytesAsync(bytes.WrittenMemory);

        Assert.Equal(36, (await client.ReadFrameAsync())!.Length);
        for (int xid = 1; xid <= 500; xid++)
        {
            RawReply reply = (await client.ReadReplyAsync())!;
            Assert.Equal((xid, ErrorCode.Ok), (reply.Header.Xid, reply.Header.Error));
        }
    }

    [Theory]
    [InlineData(TransportKind.Kestrel)]
    [InlineData(TransportKind.Polling)]
    internal async Task A_session_survives_its_connection_and_the_server(TransportKind transport)
    {
        ConnectResponse session;
        await using (TestServer first = await TestServer.StartAsync(TestServer.Options(_directory.Path, transport)))
        {
            using RawClient client = await first.ConnectAsync();
            session = client.Session;
            await client.CreateAsync("/mine", [], CreateMode.Ephemeral);
        }

        await using TestServer second = await TestServer.StartAsync(TestServer.Options(_directory.Path, transport));
        using RawClient again = await RawClient.ConnectAsync(second.Endpoint, 30_000, session.SessionId, session.Password);
        Assert.Equal(session.SessionId, again.Session.SessionId);
        Assert.NotNull(await again.ReadAsync("/mine"));

        byte[] wrong = [.. session.Password!];
        wrong[0] ^= 1;
        using RawClient stranger = await RawClient.ConnectAsync(second.Endpoint, 30_000, session.SessionId, wrong);
        Assert.Equal(0, stranger.Session.SessionId);
        Assert.Null(await stranger.ReadFrameAsync());
    }
}
