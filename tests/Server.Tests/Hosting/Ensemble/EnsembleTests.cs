using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting.Ensemble;

/// <summary>Members with real loops and links: they establish, replicate, catch up and survive each other.</summary>
public sealed class EnsembleTests
{
    [Theory]
    [InlineData(2, SyncStrategy.Thread)]
    [InlineData(3, SyncStrategy.Thread)]
    [InlineData(3, SyncStrategy.InPlace)]
    internal async Task What_is_written_through_one_member_is_read_at_all(int size, SyncStrategy sync)
    {
        await using TestEnsemble ensemble = new(size) { Sync = sync };
        await ensemble.StartAsync();
        TestMember leader = await ensemble.ServesAsync();
        TestMember follower = ensemble.Members.Find(member => member != leader)!;

        using RawClient atLeader = await leader.ConnectAsync();
        using RawClient atFollower = await follower.ConnectAsync();
        await CreateManyAsync(atLeader, "a", 5_000);
        await CreateManyAsync(atFollower, "b", 5_000);
        await ensemble.AgreeAsync();

        Assert.Equal([1], await atLeader.ReadAsync("/b4999"));
        Assert.Equal([1], await atFollower.ReadAsync("/a4999"));
    }

    [Theory]
    [InlineData(32 << 20, false)]
    [InlineData(16 << 10, false)]
    [InlineData(16 << 10, true)]
    public async Task A_follower_that_was_away_catches_up(int memory, bool bySnapshot)
    {
        await using TestEnsemble ensemble = new(3, _ => new MemoryStore { PrefersSnapshots = bySnapshot }) { MaxHistoryBytes = memory };
        await ensemble.StartAsync();
        TestMember leader = await ensemble.ServesAsync();
        TestMember follower = ensemble.Members.Find(member => member != leader)!;
        using RawClient client = await leader.ConnectAsync();
        await CreateManyAsync(client, "before", 500);
        await ensemble.AgreeAsync();

        await follower.KillAsync();
        await CreateManyAsync(client, "away", 5_000);
        await follower.StartAsync();
        await ensemble.ServesAsync();
        await CreateManyAsync(client, "after", 100);
        await ensemble.AgreeAsync();

        Assert.Equal(bySnapshot ? 1 : 0, follower.Store.Installed);
        Assert.Equal(!bySnapshot && memory < 1 << 20, leader.Store.HistoriesRead > 0);

        // What was installed is what a start finds.
        await follower.KillAsync();
        await follower.StartAsync();
        await ensemble.AgreeAsync();
    }

    [Fact]
    public async Task When_the_leader_dies_the_others_go_on_and_it_comes_back_as_a_follower()
    {
        await using TestEnsemble ensemble = new(3);
        await ensemble.StartAsync();
        TestMember leader = await ensemble.ServesAsync();
        using (RawClient client = await leader.ConnectAsync())
            await CreateManyAsync(client, "first", 500);

        await leader.KillAsync();
        TestMember next = await ensemble.ServesAsync();
        Assert.NotSame(leader, next);
        using (RawClient client = await next.ConnectAsync())
        {
            Assert.Equal([1], await client.ReadAsync("/first499"));
            await CreateManyAsync(client, "second", 500);
        }

        await leader.StartAsync();
        await ensemble.AgreeAsync();
        Assert.Same(next, await ensemble.ServesAsync());
    }

    [Fact]
    public async Task Links_that_are_cut_anywhere_lose_nothing_that_was_acknowledged()
    {
        Random chance = new(7);
        bool isHealed = false;
        await using TestEnsemble ensemble = new(3);
        List<CuttingProxy> proxies = [];
        foreach ((long viewer, long sid) in new[] { (1L, 3L), (2L, 3L), (1L, 2L), (2L, 1L), (3L, 1L), (3L, 2L) })
        {
            CuttingProxy proxy = new(ensemble.QuorumPortOf(sid), () => Volatile.Read(ref isHealed) ? long.MaxValue : NextLimit());
            proxies.Add(proxy);
            ensemble.Detour(viewer, sid, proxy.Port);
        }

        await ensemble.StartAsync();
        List<string> acknowledged = [];
        for (int i = 0; i < 1_000 || proxies.Sum(static proxy => proxy.Cuts) < 20; i++)
            await TryCreateAsync(ensemble.Members[i % 3], $"/cut{i}", acknowledged);
        Volatile.Write(ref isHealed, true);
        await ensemble.ServesAsync();
        await ensemble.AgreeAsync();

        foreach (TestMember member in ensemble.Members)
        {
            string? missing = await member.LookAsync(replica => acknowledged.Find(path => replica.State.Tree.Find(path) is null));
            Assert.Null(missing);
        }

        Assert.NotEmpty(acknowledged);
        foreach (CuttingProxy proxy in proxies)
            await proxy.DisposeAsync();

        long NextLimit()
        {
            lock (chance)
                return chance.Next(1, 20_000);
        }
    }

    [Theory]
    [InlineData(0x16, "sslQuorum")]
    [InlineData(0x5F, "quorum.auth.enableSasl")]
    [InlineData(0x7F, "closed")]
    public async Task Whoever_speaks_otherwise_on_the_quorum_port_is_told_of_and_turned_away(byte first, string said)
    {
        await using TestEnsemble ensemble = new(1);
        await ensemble.StartAsync();
        using Socket stranger = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await stranger.ConnectAsync(IPAddress.Loopback, ensemble.QuorumPortOf(1), TestContext.Current.CancellationToken);
        byte[] hello = new byte[32];
        hello.AsSpan().Fill(first);
        await stranger.SendAsync(hello, TestContext.Current.CancellationToken);

        Assert.True(await EndsAsync(stranger));
        Assert.Contains(ensemble[1].Log, line => line.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_does_not_say_who_it_is_is_cut_off()
    {
        await using TestEnsemble ensemble = new(1) { Tick = 20 };
        await ensemble.StartAsync();
        using Socket stranger = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await stranger.ConnectAsync(IPAddress.Loopback, ensemble.QuorumPortOf(1), TestContext.Current.CancellationToken);
        Assert.True(await EndsAsync(stranger));
    }

    internal static async Task<bool> EndsAsync(Socket socket)
    {
        try
        {
            byte[] buffer = new byte[4096];
            while (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30)) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // Reset.
        }

        return true;
    }

    internal static async Task CreateManyAsync(RawClient client, string prefix, int count, int size = 1)
    {
        const int Pipeline = 250;
        byte[] data = new byte[size];
        data.AsSpan().Fill(1);
        for (int sent = 0; sent < count;)
        {
            int batch = Math.Min(Pipeline, count - sent);
            for (int i = 0; i < batch; i++)
                await client.SendAsync(OpCode.Create, RawRequests.Create($"/{prefix}{sent + i}", data));
            for (int i = 0; i < batch; i++)
            {
                RawReply? reply = await client.ReadReplyAsync();
                Assert.Equal(ErrorCode.Ok, reply?.Header.Error);
            }

            sent += batch;
        }
    }

    private static async Task TryCreateAsync(TestMember member, string path, List<string> acknowledged)
    {
        try
        {
            using RawClient client = await member.ConnectAsync().WaitAsync(TimeSpan.FromSeconds(5));
            RawReply reply = await client.CreateAsync(path, [1]).WaitAsync(TimeSpan.FromSeconds(5));
            if (reply.Header.Error == ErrorCode.Ok)
                acknowledged.Add(path);
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException or EndOfStreamException or InvalidOperationException)
        {
            // Nobody knows what became of it.
        }
    }
}
