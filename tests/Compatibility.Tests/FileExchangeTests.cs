using System.Net;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Compatibility.Tests;

/// <summary>A data directory moves from one server to the other and back, and every znode, stat and access list comes along.</summary>
public sealed class FileExchangeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="startsWithOwn">Whose server fills the directory first.</param>
    /// <param name="snapCount">Transactions between snapshots: with few, log and snapshots both matter; with many, the log alone.</param>
    [Theory]
    [InlineData(true, 25)]
    [InlineData(true, 100_000)]
    [InlineData(false, 25)]
    [InlineData(false, 100_000)]
    public async Task Both_servers_show_the_same_tree_from_one_data_directory(bool startsWithOwn, int snapCount)
    {
        Peers.Require(Peer.Apache, Peer.Kazoo);
        using var first = new TempDirectory();
        using var second = new TempDirectory();
        using var third = new TempDirectory();

        string original = await FillAndDumpAsync(startsWithOwn, first.Path, "/first", snapCount);
        Assert.Contains("/first/multi/below", original, StringComparison.Ordinal);

        second.CopyFrom(first.Path);
        await using (ServerProcess server = await StartAsync(!startsWithOwn, second.Path, snapCount))
            Assert.Equal(original, await DumpAsync(server));

        string grown = await FillAndDumpAsync(!startsWithOwn, second.Path, "/second", snapCount);
        Assert.Contains("/second/multi/below", grown, StringComparison.Ordinal);

        third.CopyFrom(second.Path);
        await using (ServerProcess server = await StartAsync(startsWithOwn, third.Path, snapCount))
            Assert.Equal(grown, await DumpAsync(server));
    }

    /// <summary>Fills, reads, and kills the server, so that nothing but what it had flushed is on the disk.</summary>
    private static async Task<string> FillAndDumpAsync(bool own, string dataDirectory, string root, int snapCount)
    {
        await using ServerProcess server = await StartAsync(own, dataDirectory, snapCount);
        await PythonAsync("fill_tree.py", server.ConnectionString, root);
        await FillSpecialAsync(server, root + "-special");
        string dump = await DumpAsync(server);
        await server.KillAsync();
        return dump;
    }

    /// <summary>What kazoo has no words for: containers, times to live, and a quota with its counters.</summary>
    private static async Task FillSpecialAsync(ServerProcess server, string root)
    {
        using RawClient client = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), 60_000);
        await CreateAsync(OpCode.CreateContainer, new CreateRequest(root, [1], Acl.Open, CreateMode.Container));
        await CreateAsync(OpCode.Create, new CreateRequest(root + "/child", [2, 3], Acl.Open, CreateMode.Persistent));
        await CreateAsync(OpCode.CreateTtl, new CreateTtlRequest(root + "/ttl", [4], Acl.Open, CreateMode.PersistentWithTtl, 50_000_000));
        await CreateAsync(OpCode.CreateTtl, new CreateTtlRequest(root + "/ttl-", [], Acl.Open, CreateMode.PersistentSequentialWithTtl, 60_000_000));
        string quota = "/zookeeper/quota" + root;
        await CreateAsync(OpCode.Create, new CreateRequest(quota, [], Acl.Open, CreateMode.Persistent));
        await CreateAsync(OpCode.Create, new CreateRequest(quota + "/zookeeper_limits", "count=1000,bytes=100000"u8.ToArray(), Acl.Open, CreateMode.Persistent));
        await CreateAsync(OpCode.Create, new CreateRequest(quota + "/zookeeper_stats", "count=4,bytes=4"u8.ToArray(), Acl.Open, CreateMode.Persistent));
        await CreateAsync(OpCode.Create, new CreateRequest(root + "/limited", new byte[50], Acl.Open, CreateMode.Persistent));

        async Task CreateAsync<TRequest>(OpCode operation, TRequest request)
            where TRequest : IJuteRecord<TRequest>
        {
            RawReply reply = await client.CallAsync(operation, request);
            Assert.True(reply.Header.Error == ErrorCode.Ok, $"{request}: {reply.Header.Error}");
        }
    }

    /// <summary>Everything but what each server counts for itself, which stands in no transaction.</summary>
    private static async Task<string> DumpAsync(ServerProcess server)
    {
        string[] lines = (await PythonAsync("dump_tree.py", server.ConnectionString)).Split('\n');
        return string.Join('\n', lines.Where(static line => !line.Contains("/zookeeper_stats ", StringComparison.Ordinal)));
    }

    private static Task<string> PythonAsync(string script, params string[] arguments) => ProcessRunner.CheckAsync(
        Peers.Python,
        [Path.Combine(AppContext.BaseDirectory, "Clients", script), .. arguments],
        new ProcessOptions { Environment = new Dictionary<string, string?> { ["PYTHONIOENCODING"] = "utf-8" } },
        Cancellation);

    private static async Task<ServerProcess> StartAsync(bool own, string dataDirectory, int snapCount)
    {
        var options = new ServerProcessOptions
        {
            DataDirectory = dataDirectory,
            SystemProperties = new Dictionary<string, string> { ["zookeeper.snapCount"] = $"{snapCount}" },
        };
        return own
            ? await OwnServer.StartAsync(options, Cancellation)
            : await ApacheServer.StartAsync(options, Cancellation);
    }
}
