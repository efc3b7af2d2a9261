using System.Buffers.Binary;
using Coordination.Protocol;
using Coordination.Server.Network;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>
/// What a session may rely on while its reads, and those of many others, are answered on several threads: its own writes, the order of its
/// replies, and that an event stands before every reply that shows the change.
/// </summary>
public sealed class ReadPhaseTests : IDisposable
{
    private const string Shared = "/shared";
    private const int Sessions = 12;
    private const int Rounds = 150;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Sessions_read_their_writes_in_order_and_hear_of_changes_before_they_see_them(int readers)
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path, TransportKind.Polling);
        options.Readers = readers;
        await using TestServer server = await TestServer.StartAsync(options);
        using RawClient writer = await server.ConnectAsync();
        await writer.CreateAsync(Shared, Number(0));
        using CancellationTokenSource over = new();
        Task writing = WriteAsync(writer, over.Token);

        Task[] sessions = [.. Enumerable.Range(0, Sessions).Select(index => Task.Run(() => SessionAsync(server, index)))];
        await Task.WhenAll(sessions).WaitAsync(Limit, TestContext.Current.CancellationToken);
        await over.CancelAsync();
        await writing.WaitAsync(Limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Requests_answered_on_several_threads_are_counted_and_keep_their_sessions_alive()
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path, TransportKind.Polling);
        options.Readers = 3;
        await using TestServer server = await TestServer.StartAsync(options);
        RawClient[] clients = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.ConnectAsync(timeoutMilliseconds: 600)));
        long before = await server.Host.CallAsync(static (replica, _) => replica.Statistics.PacketsReceived);

        // More than twice the timeout of nothing but reads.
        long until = Environment.TickCount64 + 1500;
        int[] sent = await Task.WhenAll(clients.Select(client => Task.Run(() => ReadUntilAsync(client, until))));
        long after = await server.Host.CallAsync(static (replica, _) => replica.Statistics.PacketsReceived);
        Assert.Equal(sent.Sum(), after - before);
        foreach (RawClient client in clients)
        {
            Assert.NotNull(await client.ReadAsync("/"));
            client.Dispose();
        }
    }

    private static async Task<int> ReadUntilAsync(RawClient client, long until)
    {
        int sent = 0;
        for (; Environment.TickCount64 < until; sent++)
            Assert.NotNull(await client.ReadAsync("/"));
        return sent;
    }

    private static byte[] Number(int value)
    {
        byte[] bytes = new byte[200];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(196), value);
        return bytes;
    }

    /// <summary>The number in a reply; both of its copies must agree, or the reply was made while the data changed.</summary>
    private static int NumberOf(RawReply reply)
    {
        byte[] data = reply.As<GetDataResponse>().Data!;
        int value = BinaryPrimitives.ReadInt32BigEndian(data);
        Assert.Equal(value, BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(196)));
        return value;
    }

    private static async Task WriteAsync(RawClient writer, CancellationToken over)
    {
        for (int value = 1; !over.IsCancellationRequested; value++)
            await writer.CallAsync(OpCode.SetData, new SetDataRequest(Shared, Number(value), -1));
    }

    private static async Task SessionAsync(TestServer server, int index)
    {
        using RawClient client = await server.ConnectAsync();
        string own = $"/own{index}";
        await client.CreateAsync(own, Number(0));
        int latest = 0;
        int? watched = null;
        for (int round = 1; round <= Rounds; round++)
        {
            // One burst: reads, a write between them, reads of both znodes; every fifth leaves a watch.
            bool arms = watched is null && round % 5 == 0;
            int[] xids =
            [
                await client.SendAsync(OpCode.GetData, new GetDataRequest(own, false)),
                await client.SendAsync(OpCode.GetData, new GetDataRequest(Shared, false)),
                await client.SendAsync(OpCode.SetData, new SetDataRequest(own, Number(round), -1)),
                await client.SendAsync(OpCode.GetData, new GetDataRequest(own, false)),
                await client.SendAsync(OpCode.GetData, new GetDataRequest(Shared, arms)),
                await client.SendAsync(OpCode.GetData, new GetDataRequest(Shared, false)),
            ];
            for (int i = 0; i < xids.Length;)
            {
                RawReply reply = (await client.ReadReplyAsync())!;
                if (reply.Header.Xid == WellKnownXid.Notification)
                {
                    Assert.NotNull(watched);
                    watched = null;
                    continue;
                }

                Assert.Equal(xids[i], reply.Header.Xid);
                if (i is 0 or 3)
                    Assert.Equal(i == 0 ? round - 1 : round, NumberOf(reply));
                if (i is 1 or 4 or 5)
                {
                    int value = NumberOf(reply);
                    Assert.True(value >= latest, $"{value} was read after {latest}.");
                    latest = value;
                    Assert.True(watched is null || watched == value, $"{value} was read, {watched} is watched, and no event has come.");
                }

                if (i == 4 && arms)
                    watched = latest;
                i++;
            }
        }
    }
}
