using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Compatibility.Tests;

/// <summary>An acknowledged write survives the death of the server, at whatever moment it dies.</summary>
public sealed class KillTests
{
    private const int Window = 16;

    private readonly List<long> _acknowledged = [];

    [Fact]
    public async Task Every_acknowledged_write_is_there_in_order_after_a_kill()
    {
        int rounds = ProofScale.Of("COORDINATION_KILL_ROUNDS", quick: 5, middle: 30, full: 200);
        int seed = Random.Shared.Next();
        var random = new Random(seed);

        // Snapshots often, so that kills also fall into the writing of one and into the change of the log file.
        await using OwnServer server = await OwnServer.StartAsync(
            new ServerProcessOptions { SystemProperties = new Dictionary<string, string> { ["zookeeper.snapCount"] = "200" } },
            TestContext.Current.CancellationToken);
        using (RawClient client = await ConnectAsync(server))
            await CreateAsync(client, "/kill");

        int next = 0;
        for (int round = 1; round <= rounds; round++)
        {
            var firstAcknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task writing = Task.Run(() => WriteAsync(server, next, firstAcknowledged));
            await await Task.WhenAny(firstAcknowledged.Task, writing);

            // The moment of the kill is what is random here; nothing is awaited by this delay.
            await Task.Delay(random.Next(0, 250));
            await server.KillAsync();
            await writing;
            await server.RestartAsync(TestContext.Current.CancellationToken);
            next = await VerifyAsync(server, $"round {round} of {rounds}, seed {seed}");
        }

        Assert.True(_acknowledged.Count >= rounds);
        TestContext.Current.SendDiagnosticMessage($"{rounds} kills, {_acknowledged.Count} acknowledged writes");
    }

    /// <summary>Creates znodes one after the other with a full pipeline until the connection breaks.</summary>
    private async Task WriteAsync(OwnServer server, int first, TaskCompletionSource firstAcknowledged)
    {
        try
        {
            using RawClient client = await ConnectAsync(server);
            for (int sent = 0; ; sent++)
            {
                await client.SendAsync(OpCode.Create, Request(Name(first + sent)));
                if (sent < Window)
                    continue;

                RawReply? reply = await client.ReadReplyAsync();
                if (reply is null)
                    return;

                Assert.Equal(ErrorCode.Ok, reply.Header.Error);
                Assert.Equal(Name(_acknowledged.Count), reply.As<CreateResponse>().Path);
                _acknowledged.Add(reply.Header.Zxid);
                firstAcknowledged.TrySetResult();
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            // The server was killed.
        }
    }

    /// <summary>
    /// The znodes are a gapless prefix of what was sent, at least as long as what was acknowledged, each made by the transaction its
    /// acknowledgement named. Writes that were logged but not acknowledged count as acknowledged from here on.
    /// </summary>
    private async Task<int> VerifyAsync(OwnServer server, string where)
    {
        using RawClient client = await ConnectAsync(server);
        RawReply listing = await client.CallAsync(OpCode.GetChildren, new GetChildrenRequest("/kill", Watch: false));
        string[] names = [.. listing.As<GetChildrenResponse>().Children!.Order(StringComparer.Ordinal)];
        Assert.True(names.Length >= _acknowledged.Count, $"{where}: {_acknowledged.Count} writes acknowledged, {names.Length} there");
        Assert.Equal(Enumerable.Range(0, names.Length).Select(number => Name(number)[6..]), names);

        long previous = 0;
        int from = Math.Max(0, names.Length - 500);
        for (int number = from; number < names.Length; number++)
        {
            RawReply reply = await client.CallAsync(OpCode.Exists, new ExistsRequest(Name(number), Watch: false));
            long created = reply.As<ExistsResponse>().Stat.Czxid;
            Assert.True(created > previous, $"{where}: {Name(number)} was created by {created:x}, its predecessor by {previous:x}");
            if (number < _acknowledged.Count)
                Assert.True(created == _acknowledged[number], $"{where}: {Name(number)} was acknowledged as {_acknowledged[number]:x}, is {created:x}");
            else
                _acknowledged.Add(created);
            previous = created;
        }

        return names.Length;
    }

    private static async Task CreateAsync(RawClient client, string path)
    {
        RawReply reply = await client.CallAsync(OpCode.Create, Request(path));
        Assert.Equal(ErrorCode.Ok, reply.Header.Error);
    }

    private static CreateRequest Request(string path) => new(path, new byte[100], Acl.Open, CreateMode.Persistent);

    private static string Name(int number) => $"/kill/{number:D8}";

    private static Task<RawClient> ConnectAsync(OwnServer server) => RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port));
}
