using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting.Ensemble;

/// <summary>Ensembles of one of ours and two of Apache's servers.</summary>
public sealed class ApacheEnsembleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(1, 2, 3, PeerState.Following)]
    [InlineData(9, 1, 2, PeerState.Leading)]
    public async Task Ours_and_two_of_Apaches_have_one_tree_whoever_leads(long ours, long second, long third, PeerState role)
    {
        Dictionary<long, int> clientPorts = new() { [second] = LoopbackPort.Free(), [third] = LoopbackPort.Free() };
        QuorumConfiguration configuration = QuorumConfiguration.Parse(string.Join(
            '\n', new[] { ours, second, third }.Select(static id => $"server.{id}=127.0.0.1:{LoopbackPort.Free()}:{LoopbackPort.Free()}")) + "\nversion=0");
        await using TestEnsemble ensemble = new(configuration, ours) { Tick = 500 };
        TestMember member = ensemble.Members[0];
        await ensemble.StartAsync();
        await using ApachePeer first = Start(second, clientPorts[second], configuration);
        await using ApachePeer other = Start(third, clientPorts[third], configuration);
        await ServesAsync(member, first, other);
        Assert.Equal(role, await member.LookAsync(static replica => replica.Status.State));

        using RawClient client = await member.ConnectAsync();
        await EnsembleTests.CreateManyAsync(client, "ours", 1_000);
        using RawClient theirs = await ConnectAsync(clientPorts[second]);
        await EnsembleTests.CreateManyAsync(theirs, "theirs", 1_000);
        using RawClient others = await ConnectAsync(clientPorts[third]);
        await EnsembleTests.CreateManyAsync(others, "others", 1_000);
        await AllReadAsync(client, theirs, others);

        // It comes back to what has happened meanwhile.
        await member.KillAsync();
        using RawClient again = await ConnectAsync(clientPorts[second]);
        await EnsembleTests.CreateManyAsync(again, "meanwhile", 1_000);
        await member.StartAsync();
        await ServesAsync(member, first, other);
        using RawClient back = await member.ConnectAsync();
        await ReadsAsync(back, "/meanwhile999");
        await EnsembleTests.CreateManyAsync(back, "back", 100);
        Assert.Equal(0, await member.LookAsync(static replica => replica.Statistics.DigestMismatches));
    }

    private static async Task ServesAsync(TestMember member, params ApachePeer[] others) => await Eventually.HoldsAsync(
        () => member.LookAsync(static replica => replica.IsServing),
        Patience,
        () => $"{string.Join('\n', member.Log.TakeLast(60))}\n{string.Join('\n', (object[])others)}",
        TestContext.Current.CancellationToken);

    private static async Task AllReadAsync(params RawClient[] clients)
    {
        foreach (RawClient client in clients)
        {
            foreach (string path in new[] { "/ours999", "/theirs999", "/others999" })
                await ReadsAsync(client, path);
        }
    }

    private static async Task ReadsAsync(RawClient client, string path)
    {
        RawReply reply = await client.CallAsync(OpCode.Sync, new SyncRequest("/"));
        Assert.Equal(ErrorCode.Ok, reply.Header.Error);
        Assert.Equal([1], await client.ReadAsync(path));
    }

    private static async Task<RawClient> ConnectAsync(int port)
    {
        RawClient? client = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    client = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), 20_000);
                    return true;
                }
                catch (Exception e) when (e is SocketException or IOException)
                {
                    return false;
                }
            },
            Patience,
            () => "nobody serves there",
            TestContext.Current.CancellationToken);
        return client!;
    }

    private static ApachePeer Start(long id, int clientPort, QuorumConfiguration configuration) => ApachePeer.Start(new ApachePeerOptions
    {
        Id = id,
        ClientPort = clientPort,
        Members = [.. configuration.Members.Select(static member => $"server.{member.Id}={member}")],
    });
}
