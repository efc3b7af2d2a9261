using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting.Traffic;

/// <summary>What a client does not read costs so much memory and so much time, and no more; whoever reads is never cut.</summary>
public sealed class UnreadTests
{
    private const int Bound = 16 << 10;
    private const int Seconds = 1_000;

    private static readonly TrafficLimits Limits = new()
    {
        PauseReadingAt = Bound,
        MaxBacklog = 16 * Bound,
        UnreadTime = TimeSpan.FromSeconds(30),
    };

    [Theory]
    [InlineData(OpCode.Ping)]
    [InlineData(OpCode.GetData)]
    public void A_client_that_asks_and_never_reads_is_read_no_more_and_cut_when_its_time_is_over(OpCode operation)
    {
        using TrafficDriver server = new(Limits);
        ScriptedConnection deaf = server.Connect();
        ScriptedConnection other = server.Connect();
        deaf.Window = 0;

        // Ten times the bound of replies, asked for over time, as pings are.
        byte[] request = Frame(operation);
        for (int asked = 0; asked < 10 * Bound / 16 && !deaf.IsCut; asked++)
        {
            deaf.Arrive(request);
            server.RunAll();
            Assert.InRange(server.Traffic.UnreadBytes, 0, 2 * Bound);
        }

        Assert.True(deaf.Untaken > 0, "reading stops at the bound");
        server.Advance(30 * Seconds - 1);
        Assert.False(deaf.IsCut);
        server.Advance(1);
        Assert.True(deaf.IsCut);
        Assert.False(other.IsClosed);
        Assert.Equal(0, server.Traffic.UnreadBytes);
        Assert.Contains(server.Log, static line => line.StartsWith("211 ", StringComparison.Ordinal) && line.Contains("maxUnreadTime", StringComparison.Ordinal));
    }

    [Fact]
    public void A_reply_ten_times_the_bound_leaves_at_a_slow_pace_and_nobody_is_cut()
    {
        using TrafficDriver server = new(Limits);
        ScriptedConnection slow = server.Connect();
        slow.Arrive(Frame(OpCode.Create, new CreateRequest("/large", new byte[10 * Bound], Acl.Open, CreateMode.Persistent)));
        server.RunAll();
        slow.Window = 0;
        slow.Arrive(Frame(OpCode.GetData, new GetDataRequest("/large", false)));
        server.RunAll();
        Assert.InRange(server.Traffic.UnreadBytes, 10 * Bound, 11 * Bound);

        // The bound in each half minute, and a byte more because each time begins a moment after the last one has ended.
        for (int taken = 0; taken < 10; taken++)
        {
            Assert.True(slow.IsSending);
            server.Advance(15 * Seconds);
            slow.Take(Bound + 64);
            server.Advance(15 * Seconds);
            Assert.False(slow.IsClosed, $"after {taken} times the bound");
        }

        slow.Take(Bound);
        server.RunAll();
        Assert.Equal(0, server.Traffic.UnreadBytes);
        server.Advance(3600 * Seconds);
        Assert.False(slow.IsClosed);
    }

    [Fact]
    public void A_client_that_reads_a_byte_now_and_then_gains_no_time()
    {
        using TrafficDriver server = new(Limits);
        ScriptedConnection slow = server.Connect();
        slow.Window = 0;
        for (int i = 0; i < 2000; i++)
            slow.Arrive(Frame(OpCode.Ping));
        server.RunAll();
        for (int second = 0; second < 30; second++)
        {
            Assert.False(slow.IsCut);
            slow.Take(1);
            server.Advance(Seconds);
        }

        Assert.True(slow.IsCut);
    }

    [Fact]
    public void Events_beyond_every_bound_cut_at_once()
    {
        using TrafficDriver server = new(Limits);
        ScriptedConnection deaf = server.Connect();
        deaf.Arrive(Frame(OpCode.AddWatch, new AddWatchRequest("/", AddWatchMode.PersistentRecursive)));
        server.RunAll();
        deaf.Window = 0;
        ScriptedConnection writer = server.Connect();
        long most = 0;
        for (int i = 0; i < 10_000 && !deaf.IsCut; i++)
        {
            writer.Arrive(Frame(OpCode.Create, new CreateRequest($"/n{i:d9}", [], Acl.Open, CreateMode.Persistent)));
            server.RunAll();
            most = Math.Max(most, server.Traffic.UnreadBytes);
        }

        Assert.True(deaf.IsCut);
        Assert.False(writer.IsClosed);
        Assert.InRange(most, Limits.MaxBacklog, Limits.MaxBacklog + Bound);
        Assert.Contains(server.Log, static line => line.StartsWith("202 ", StringComparison.Ordinal));
    }

    [Fact]
    public void All_together_are_bounded_and_those_that_leave_the_most_go()
    {
        const int Clients = 100;
        using TrafficDriver server = new(Limits with { MaxTotalUnread = Clients * Bound / 10 });
        ScriptedConnection[] deaf = [.. Enumerable.Range(0, Clients).Select(_ => server.Connect())];
        foreach (ScriptedConnection one in deaf)
            one.Window = 0;
        ScriptedConnection modest = server.Connect();
        modest.Window = 0;
        modest.Arrive(Frame(OpCode.Ping));

        // Ten times the bound of all, none of them beyond its own.
        for (int i = 0; i < Clients; i++)
        {
            for (int sent = 0; sent < Bound / 20; sent++)
                deaf[i].Arrive(Frame(OpCode.Ping));
            server.RunAll();
            Assert.InRange(server.Traffic.UnreadBytes, 0, Limits.MaxTotalUnread);
            Assert.InRange(server.Traffic.UnreadBytes, 0, Clients * Bound / 10);
            Assert.Equal(server.Traffic.UnreadBytes, server.Metrics.UnreadBytes);
        }

        Assert.InRange(deaf.Count(static one => one.IsCut), Clients * 8 / 10, Clients - 1);
        Assert.False(modest.IsClosed);
        Assert.Contains(server.Log, static line => line.StartsWith("212 ", StringComparison.Ordinal));
    }

    [Fact]
    public void Requests_that_wait_behind_a_write_are_bounded_in_bytes_and_all_answered()
    {
        const int Each = 100 << 10;
        TrafficLimits limits = new() { MaxWaitingBytes = Each };
        using TrafficDriver server = new(limits);
        ScriptedConnection client = server.Connect();
        server.AutoPersist = false;
        client.Arrive(Frame(OpCode.Create, new CreateRequest("/a", [], Acl.Open, CreateMode.Persistent)));
        SetWatches2 none = new(0, [], [], [], [], []);
        for (int i = 0; i < 20; i++)
            client.Arrive(Frame(OpCode.SetWatches2, none with { Exist = [new string('p', Each)] }));
        server.RunAll();
        Assert.InRange(server.Replica.Statistics.WaitingBytes, Each, 2 * Each);

        server.AutoPersist = true;
        long before = server.Replica.Statistics.PacketsSent;
        server.Persist();
        server.RunAll();
        Assert.Equal(21, server.Replica.Statistics.PacketsSent - before);
        Assert.Equal(0, server.Replica.Statistics.WaitingBytes);
    }

    [Fact]
    public void A_connection_gets_its_slice_of_a_turn_and_others_theirs_in_between()
    {
        TrafficLimits limits = new();
        int slice = limits.TurnBudget / TrafficLimits.RequestCost;
        using TrafficDriver server = new(limits);
        ScriptedConnection greedy = server.Connect();
        ScriptedConnection other = server.Connect();
        using FrameBuffer bytes = new();
        for (int i = 0; i < 10 * slice; i++)
            RawClient.WriteFrame(bytes, WellKnownXid.Ping, OpCode.Ping, default(EmptyRecord));
        greedy.Arrive(bytes.WrittenSpan);
        other.Arrive(Frame(OpCode.Ping));

        long before = server.Replica.Statistics.PacketsReceived;
        long took = other.SentBytes;
        server.Turn();
        Assert.InRange(server.Replica.Statistics.PacketsReceived - before, 2, slice + 1);
        Assert.True(other.SentBytes > took);
        Assert.InRange(server.RunAll(), 9, 12);
        Assert.Equal(10 * slice + 1, server.Replica.Statistics.PacketsReceived - before);
    }

    private static byte[] Frame(OpCode operation) => operation == OpCode.GetData
        ? Frame(operation, new GetDataRequest("/", false))
        : Frame(operation, default(EmptyRecord));

    private static byte[] Frame<T>(OpCode operation, T request)
        where T : IJuteRecord<T>
    {
        using FrameBuffer bytes = new();
        RawClient.WriteFrame(bytes, operation == OpCode.Ping ? WellKnownXid.Ping : 1, operation, request);
        return bytes.WrittenSpan.ToArray();
    }
}
