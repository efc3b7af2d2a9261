using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Compatibility.Tests;

/// <summary>An acknowledged write survives the death of the server, at whatever moment it dies.</summary>
public sealed class KillTests
{
    private const int Window = 16;

    /// <summary>Rounds after which the writes go below another znode, so that each round can look at everything below the present one.</summary>
    private const int RoundsPerParent = 10;

    private readonly List<(string Parent, List<long> Acknowledged)> _finished = [];
    private List<long> _acknowledged = [];
    private string _parent = "";

    [Fact]
    public async Task Every_acknowledged_write_is_there_in_order_after_a_kill()
    {
        int rounds = ProofScale.Of("COORDINATION_KILL_ROUNDS", quick: 5, middle: 30, full: 500);
        int seed = Random.Shared.Next();
        var random = new Random(seed);

        // Snapshots often, so that kills also fall into the writing of one and into the change of the log file.
        await using OwnServer server = await OwnServer.StartAsync(
            new ServerProcessOptions { SystemProperties = new Dictionary<string, string> { ["zookeeper.snapCount"] = "200" } },
            TestContext.Current.CancellationToken);
        MixedHistory mixed = new("/mixed", seed);
        using (RawClient client = await ConnectAsync(server))
            await mixed.BeginAsync(client);

        int next = 0;
        for (int round = 1; round <= rounds; round++)
        {
            if (round % RoundsPerParent == 1)
                next = await BeginParentAsync(server, round);
            Task changing = Task.Run(() => mixed.RunAsync(new IPEndPoint(IPAddress.Loopback, server.Port)));
            var firstAcknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task writing = Task.Run(() => WriteAsync(server, next, firstAcknowledged));
            await await Task.WhenAny(firstAcknowledged.Task, writing);

            // The moment of the kill is what is random here; nothing is awaited by this delay.
            await Task.Delay(random.Next(0, 250));
            await server.KillAsync();
            await writing;
            await changing;
            await server.RestartAsync(TestContext.Current.CancellationToken);
            string where = $"round {round} of {rounds}, seed {seed}";
            Assert.DoesNotContain("the digest of the last transaction is not", server.Process.Output, StringComparison.Ordinal);
            next = await VerifyAsync(server, where);
            using RawClient client = await ConnectAsync(server);
            await mixed.VerifyAsync(client, where);
        }

        await BeginParentAsync(server, rounds + 1);
        int acknowledged = 0;
        foreach ((string parent, List<long> below) in _finished)
        {
            (_parent, _acknowledged) = (parent, below);
            acknowledged += _acknowledged.Count;
            await VerifyAsync(server, $"at the end, seed {seed}");
        }

        Assert.True(acknowledged >= rounds && mixed.Acknowledged >= rounds);
        await RequireRetentionAsync(server);
        TestContext.Current.SendDiagnosticMessage($"{rounds} kills, {acknowledged} acknowledged creates, {mixed.Acknowledged} acknowledged changes of other kinds");
    }

    /// <summary>Snapshots are taken all the time, and what they make superfluous goes; on a slow machine more writes are needed to see it.</summary>
    private static async Task RequireRetentionAsync(OwnServer server)
    {
        string directory = Path.Combine(server.DataDirectory, "version-2");
        using RawClient client = await ConnectAsync(server);
        var limit = Stopwatch.StartNew();
        for (int number = 0; File.Exists(Path.Combine(directory, "snapshot.0")); number++)
        {
            Assert.True(limit.Elapsed < TimeSpan.FromMinutes(2), $"the first snapshot is still there after {number} more writes");
            await CreateAsync(client, $"/retention-{number:D8}");
        }

        Assert.InRange(Directory.EnumerateFiles(directory, "snapshot.*").Count(), 2, 6);
    }

    private async Task<int> BeginParentAsync(OwnServer server, int round)
    {
        if (_parent.Length > 0)
            _finished.Add((_parent, _acknowledged));
        _acknowledged = [];
        _parent = $"/kill-{round}";
        using RawClient client = await ConnectAsync(server);
        await CreateAsync(client, _parent);
        return 0;
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
        RawReply listing = await client.CallAsync(OpCode.GetChildren, new GetChildrenRequest(_parent, Watch: false));
        string[] names = [.. listing.As<GetChildrenResponse>().Children!.Order(StringComparer.Ordinal)];
        Assert.True(names.Length >= _acknowledged.Count, $"{where}: {_acknowledged.Count} writes acknowledged, {names.Length} there");
        Assert.Equal(Enumerable.Range(0, names.Length).Select(number => Name(number)[(_parent.Length + 1)..]), names);

        List<long> created = await CreatedAsync(client, names.Length);
        for (int number = 0; number < names.Length; number++)
        {
            long previous = number == 0 ? 0 : created[number - 1];
            Assert.True(created[number] > previous, $"{where}: {Name(number)} was created by {created[number]:x}, its predecessor by {previous:x}");
            if (number < _acknowledged.Count)
                Assert.True(created[number] == _acknowledged[number], $"{where}: {Name(number)} was acknowledged as {_acknowledged[number]:x}, is {created[number]:x}");
            else
                _acknowledged.Add(created[number]);
        }

        return names.Length;
    }

    /// <summary>The transactions that created the znodes, asked for many at a time.</summary>
    private async Task<List<long>> CreatedAsync(RawClient client, int count)
    {
        const int window = 100;
        List<long> created = [];
        for (int sent = 0; created.Count < count;)
        {
            for (; sent < count && sent - created.Count < window; sent++)
                await client.SendAsync(OpCode.GetData, new GetDataRequest(Name(sent), Watch: false));
            GetDataResponse read = (await client.ReadReplyAsync() ?? throw new IOException("The server closed.")).As<GetDataResponse>();
            Assert.Equal((100, 0, 0), (read.Data!.Length, read.Stat.Version, read.Stat.Aversion));
            created.Add(read.Stat.Czxid);
        }

        return created;
    }

    private static async Task CreateAsync(RawClient client, string path)
    {
        RawReply reply = await client.CallAsync(OpCode.Create, Request(path));
        Assert.Equal(ErrorCode.Ok, reply.Header.Error);
    }

    private static CreateRequest Request(string path) => new(path, new byte[100], Acl.Open, CreateMode.Persistent);

    private string Name(int number) => $"{_parent}/{number:D8}";

    private static Task<RawClient> ConnectAsync(OwnServer server) => RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port));
}
