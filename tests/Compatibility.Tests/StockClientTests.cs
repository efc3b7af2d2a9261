using Coordination.Testing;

namespace Coordination.Compatibility.Tests;

/// <summary>Stock clients do not notice that the server is ours. The same scripts run against Apache's, which proves the scripts.</summary>
public sealed class StockClientTests
{
    private static readonly ProcessOptions Patience = new() { Timeout = TimeSpan.FromMinutes(2) };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Kazoo_with_its_recipes_works(bool own)
    {
        Peers.Require(Peer.Kazoo);
        await using ServerProcess server = await StartAsync(own);
        ProcessResult result = await ProcessRunner.RunAsync(Peers.Python, [Script("kazoo_session.py"), server.ConnectionString], Patience, Cancellation);
        Assert.True(result.ExitCode == 0, result.Everything);
        Assert.EndsWith("done\n", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Apaches_shell_works(bool own)
    {
        Peers.Require(Peer.ZkCli);
        await using ServerProcess server = await StartAsync(own);
        string output = await ShellAsync(
            server,
            "create /shell root",
            "create -e /shell/ephemeral e",
            "create -s /shell/s- first",
            "create -c /shell/container",
            "set -v 0 /shell changed",
            "set -v 0 /shell refused",
            "get -s /shell",
            "ls -s /shell",
            "ls -R /shell",
            "stat /shell/ephemeral",
            "addauth digest user:password",
            "create /shell/private secret auth::cdrwa",
            "getAcl -s /shell/private",
            "setAcl /shell/private world:anyone:r",
            "getAcl /shell/private",
            "getAllChildrenNumber /shell",
            "getEphemerals /shell",
            "sync /shell",
            "whoami",
            "addWatch /shell/container",
            "create /shell/container/below",
            "removewatches /shell/container -a",
            "delete /shell",
            "deleteall /shell/container",
            "version");

        string[] expected =
        [
            "Created /shell", "Created /shell/ephemeral", "Created /shell/s-0000000001", "Created /shell/container",
            "version No is not valid : /shell", "changed", "dataVersion = 1", "numChildren = 3", "[container, ephemeral, s-0000000001]",
            "/shell/s-0000000001", "'digest,'user:tpUq/4Pn5A64fVZyQ0gOJ8ZWqkY=", ": cdrwa", "aclVersion = 0", "'world,'anyone", "4",
            "[/shell/ephemeral]", "Sync is OK", "digest: user", "type:NodeCreated path:/shell/container/below", "Node not empty: /shell",
            "ZooKeeper CLI version: 3.8.0",
        ];
        Assert.All(expected, text => Assert.Contains(text, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_c_clients_shell_works(bool own)
    {
        Peers.Require(Peer.CClient);
        await using ServerProcess server = await StartAsync(own);
        await using RunningProcess shell = RunningProcess.Start(Peers.CClient, [server.ConnectionString]);

        // This shell answers through callbacks: a command goes in when the one before has been answered.
        await AnswersAsync(shell, "", "Watcher SESSION_EVENT state = CONNECTED_STATE");
        await AnswersAsync(shell, "create /c\n", "Creating [/c] node", "[/c]: rc = 0");
        await AnswersAsync(shell, "create +e /c/ephemeral\n", "[/c/ephemeral]: rc = 0");
        await AnswersAsync(shell, "create +s /c/s-\n", "[/c/s-]: rc = 0", "name = /c/s-0000000001");
        await AnswersAsync(shell, "set /c data\n", "/c: rc = 0 Stat:");
        await AnswersAsync(shell, "get /c\n", "value_len = 4");
        await AnswersAsync(shell, "ls /c\n", "s-0000000001");
        await AnswersAsync(shell, "exists /nowhere\n", "Error -101 for /nowhere");
        await AnswersAsync(shell, "delete /c\n", "/c: rc = -111");
        await shell.WriteInputAsync("quit\n");
        await shell.WaitForExitAsync(Cancellation);
        Assert.Equal(0, shell.ExitCode);
    }

    private static async Task AnswersAsync(RunningProcess shell, string command, params string[] answers)
    {
        await shell.WriteInputAsync(command);
        foreach (string answer in answers)
            await shell.WaitForTextAsync(answer, TimeSpan.FromSeconds(30), Cancellation);
    }

    internal static async Task<string> ShellAsync(ServerProcess server, params string[] commands)
    {
        ProcessResult result = await ProcessRunner.RunAsync(
            Peers.ZkCli,
            ["-server", server.ConnectionString],
            Patience with { Input = string.Join('\n', commands) + "\nquit\n" },
            Cancellation);
        return $"{result.Output}{result.Error}";
    }

    private static async Task<ServerProcess> StartAsync(bool own) => own
        ? await OwnServer.StartAsync(cancellationToken: Cancellation)
        : await ApacheServer.StartAsync(cancellationToken: Cancellation);

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Clients", name);
}
