using Coordination.Testing;

namespace Coordination.Compatibility.Tests;

/// <summary>The shells of Apache's clients print the same over our server as over Apache's, for every command they have.</summary>
public sealed class TranscriptTests
{
    private static readonly ProcessOptions Patience = new() { Timeout = TimeSpan.FromMinutes(3) };

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Every command of the shell with every option it has, well used and not.</summary>
    private static readonly string[] ShellCommands =
    [
        "create /t data", "create /t again", "create -e /t/e x", "create -s /t/s y", "create -e -s /t/es z", "create -c /t/c",
        "create -t 100000 /t/ttl z", "create -s -t 100000 /t/ttls z", "create -t 0 /t/never z", "create /t/acl v world:anyone:r",
        "create /none/below x", "create /t/bad/ x", "create", "stat /t", "stat -w /t/e", "stat /none", "get /t", "get -s -w /t",
        "get /none", "ls /t", "ls -s /t", "ls -w /t", "ls -R /t", "ls /none", "set /t one", "set -v 1 /t two", "set -v 7 /t three",
        "set -s /t four", "set /none x", "delete /t/es0000000002", "delete -v 5 /t/c", "delete -v 0 /t/c", "delete /t", "delete /none",
        "getAcl /t", "getAcl -s /t", "setAcl /t/s0000000001 world:anyone:rw", "setAcl -v 0 -s /t world:anyone:cdrwa",
        "setAcl -v 0 /t world:anyone:cdrwa", "setAcl /t nonsense", "create /t/deep d", "create /t/deep/er d",
        "setAcl -R /t/deep world:anyone:cdra", "getAcl /t/deep/er", "addauth digest u:p", "create /t/mine m auth::cdrwa",
        "getAcl /t/mine", "create /t/his h digest:someone:rHZ9Aub/qbT5/nMGlSoMHvZXt5g=:r", "getAcl /t/his", "set /t/acl refused",
        "sync /t", "setquota -n 10 /t", "setquota -b 1000 /t", "setquota -N 20 -B 2000 /t", "listquota /t", "listquota /none",
        "delquota -n /t", "listquota /t", "delquota -N /t", "delquota -B /t", "delquota /t", "listquota /t", "setquota -n 1 /none",
        "addWatch -m PERSISTENT /t/deep", "addWatch -m PERSISTENT_RECURSIVE /t/s0000000001", "addWatch /t/ttl",
        "addWatch -m NONSENSE /t", "create /t/deep/watched w", "set /t/ttl watched", "removewatches /t/deep", "removewatches /t/e -d",
        "removewatches /none", "removewatches /t -c -l", "getEphemerals", "getEphemerals /t", "getEphemerals /none",
        "getAllChildrenNumber /t", "getAllChildrenNumber /", "getAllChildrenNumber /none", "config", "config -s", "config -c",
        "config -w", "reconfig -remove 3", "reconfig -s -v 1 -add server.2=localhost:1:2;3",
        "reconfig -members server.1=localhost:1:2;3", "printwatches", "printwatches off", "printwatches on", "whoami", "version",
        "history", "redo 1", "redo 999", "deleteall /t/deep", "deleteall /t -b 2", "deleteall /none", "nosuch", "close", "get /t",
        "stat /t", "quit",
    ];

    /// <summary>Every command of the C client's shell, in both of its forms.</summary>
    private static readonly string[] CommandsOfC =
    [
        "create /t", "create +e /t/e", "create +s /t/s", "create +es /t/es", "create +c /t/c", "create +t=100000 /t/ttl",
        "create2 /t/2", "create2 +s /t/2s", "create /none/below", "create /t", "set /t data", "set /none data", "get /t", "get /none",
        "ls /t", "ls /none", "ls2 /t", "ls2 /none", "sync /t", "exists /t", "exists /none", "wexists /t/later", "create /t/later",
        "delete /t/later", "delete /t", "delete /none", "addauth digest u:p", "config", "reconfig -remove 3", "nosuch", "aget /t",
        "aset /t more", "als /t", "aexists /t", "acreate /t/a", "adelete /t/a", "async /t", "als2 /t", "acreate2 /t/a2",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Apaches_shell_prints_the_same_for_every_command()
    {
        Peers.Require(Peer.ZkCli);
        Assert.Equal(await ShellAsync(own: false), await ShellAsync(own: true));
    }

    [Fact]
    public async Task The_c_clients_shell_prints_the_same_for_every_command()
    {
        Peers.Require(Peer.CClient);
        Assert.Equal(await ShellOfCAsync(own: false), await ShellOfCAsync(own: true));
    }

    [Theory]
    [InlineData("a\n\nWATCHER::\n\nWatchedEvent one\nb\nc\n")]
    [InlineData("a\nb\n\nWATCHER::\n\nWatchedEvent one\nc\n")]
    [InlineData("a\n\nWATCHER::\nb\n\nWatchedEvent one\nc\n")]
    [InlineData("a\nb\n\nWATCHER::\nc\n\nWatchedEvent one\n")]
    public void An_event_may_be_printed_at_any_time(string output) =>
        Assert.Equal("a\nb\nc\n--- events\nWatchedEvent one", Transcript.Normalize(output, 1));

    private static async Task<string> ShellAsync(bool own)
    {
        await using ServerProcess server = await StartAsync(own);
        ProcessResult result = await ProcessRunner.RunAsync(
            Peers.ZkCli,
            ["-server", server.ConnectionString],
            Patience with { Input = string.Join('\n', ShellCommands) + "\n" },
            Cancellation);
        Assert.False(result.TimedOut, result.Everything);
        string[] both = [Transcript.Normalize(result.Output, server.Port), Transcript.Normalize(result.Error, server.Port)];
        return string.Join("\n=== error\n", both);
    }

    /// <summary>
    /// One command at a time. Behind each goes a question for a znode that is not there, whose answer tells that those before it are in.
    /// The shell's two threads write as they please, so the lines of one command are compared as a set.
    /// </summary>
    private static async Task<string> ShellOfCAsync(bool own)
    {
        await using ServerProcess server = await StartAsync(own);
        await using RunningProcess shell = RunningProcess.Start(Peers.CClient, [server.ConnectionString]);
        await shell.WaitForTextAsync("CONNECTED_STATE", Limit, Cancellation);
        List<string> transcript = [];
        int from = shell.Output.Length;
        for (int i = 0; i < CommandsOfC.Length; i++)
        {
            await shell.WriteInputAsync($"{CommandsOfC[i]}\nexists /fence{i}\n");
            await shell.WaitForTextAsync($"Error -101 for /fence{i}", Limit, Cancellation);
            string output = shell.Output;
            IEnumerable<string> lines = Transcript.Normalize(output[from..], server.Port).Split('\n')
                .Where(line => !line.Contains("fence", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
            transcript.Add($"{CommandsOfC[i]}\n{string.Join("\n  ", lines)}");
            from = output.Length;
        }

        await shell.WriteInputAsync("quit\n");
        await shell.WaitForExitAsync(Cancellation);
        return string.Join('\n', transcript);
    }

    private static async Task<ServerProcess> StartAsync(bool own) => own
        ? await OwnServer.StartAsync(cancellationToken: Cancellation)
        : await ApacheServer.StartAsync(cancellationToken: Cancellation);
}
