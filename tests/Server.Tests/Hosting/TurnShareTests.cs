using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Server.Replication;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>A pipeline of requests that each take long keeps nobody waiting for more than a few of them.</summary>
public sealed class TurnShareTests : IDisposable
{
    private const int Requests = 200;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_connection_gives_way_when_its_requests_have_taken_their_time()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path), time: new HastyTime());
        using RawClient client = await server.ConnectAsync(60_000);

        List<long> received = [];
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int LookOnceATurn(Replica replica, ClientTraffic traffic)
        {
            received.Add(replica.Statistics.PacketsReceived);
            if (received[^1] - received[0] < Requests)
                _ = server.Host.CallAsync(LookOnceATurn);
            else
                all.SetResult();
            return 0;
        }

        // The turns wait until the requests are there, so that time, which flies, does not end the session.
        using ManualResetEventSlim sent = new();
        Task<int> begun = server.Host.CallAsync((replica, traffic) => sent.Wait(TimeSpan.FromSeconds(30)) ? LookOnceATurn(replica, traffic) : -1);
        using FrameBuffer pipeline = new();
        for (int i = 0; i < Requests; i++)
            RawClient.WriteFrame(pipeline, i, OpCode.GetAllChildrenNumber, new GetAllChildrenNumberRequest("/zookeeper"));
        await client.SendBytesAsync(pipeline.WrittenMemory);
        sent.Set();
        Assert.Equal(0, await begun);
        for (int i = 0; i < Requests; i++)
            Assert.Equal(i, (await client.ReadReplyAsync())!.Header.Xid);

        await all.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        long most = received.Zip(received.Skip(1), static (before, after) => after - before).Max();
        Assert.InRange(most, 1, 4);
    }

    [Fact]
    public async Task Reads_that_waited_behind_a_write_give_way_as_well()
    {
        await using TestServer server = await TestServer.StartAsync(TestServer.Options(_directory.Path), time: new HastyTime());
        using RawClient client = await server.ConnectAsync(60_000);
        const int reads = 100;

        List<long> sent = [];
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int LookOnceATurn(Replica replica, ClientTraffic traffic)
        {
            sent.Add(replica.Statistics.PacketsSent);
            if (sent[^1] - sent[0] < reads + 1)
                _ = server.Host.CallAsync(LookOnceATurn);
            else
                all.SetResult();
            return 0;
        }

        using ManualResetEventSlim written = new();
        Task<int> begun = server.Host.CallAsync((replica, traffic) => written.Wait(TimeSpan.FromSeconds(30)) ? LookOnceATurn(replica, traffic) : -1);
        using FrameBuffer pipeline = new();
        RawClient.WriteFrame(pipeline, 0, OpCode.Create, new CreateRequest("/a", [], Acl.Open, CreateMode.Persistent));
        for (int i = 1; i <= reads; i++)
            RawClient.WriteFrame(pipeline, i, OpCode.GetAllChildrenNumber, new GetAllChildrenNumberRequest("/zookeeper"));
        await client.SendBytesAsync(pipeline.WrittenMemory);
        written.Set();
        Assert.Equal(0, await begun);
        for (int i = 0; i <= reads; i++)
            Assert.Equal(i, (await client.ReadReplyAsync())!.Header.Xid);

        await all.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        long most = sent.Zip(sent.Skip(1), static (before, after) => after - before).Max();
        Assert.InRange(most, 1, 6);
    }

    /// <summary>Whenever somebody looks at the clock some milliseconds have gone by.</summary>
    private sealed class HastyTime : TimeProvider
    {
        private long _lead;

        public override long GetTimestamp() => base.GetTimestamp() + (Interlocked.Increment(ref _lead) * 3 * TimestampFrequency / 1000);
    }
}
