namespace Coordination.Testing;

/// <summary>How Apache's server is to be started.</summary>
public sealed record ApacheServerOptions : ServerProcessOptions;

/// <summary>Apache ZooKeeper's own standalone server.</summary>
public sealed class ApacheServer : ServerProcess
{
    private ApacheServer(ServerProcessOptions options)
        : base(options)
    {
    }

    /// <summary>Starts a server and waits until it serves. Skips the test if Apache is not installed.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="cancellationToken">Ends the wait and the server.</param>
    /// <returns>The serving server.</returns>
    public static Task<ApacheServer> StartAsync(ServerProcessOptions? options = null, CancellationToken cancellationToken = default)
    {
        Peers.Require(Peer.Apache);
        return StartAsync(new ApacheServer(options ?? new ServerProcessOptions()), cancellationToken);
    }

    private protected override RunningProcess Launch(string configurationFile, string workingDirectory) => RunningProcess.Start(
        Peers.Java,
        [
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
            .. PropertyArguments(
                ("zookeeper.extendedTypesEnabled", "true"),
                ("zookeeper.admin.enableServer", "false"),
                ("zookeeper.4lw.commands.whitelist", "*"),
                ("zookeeper.preAllocSize", "1024")),
            "-cp",
            Peers.ZooKeeperClassPath,
            "org.apache.zookeeper.server.ZooKeeperServerMain",
            configurationFile,
        ],
        new ProcessOptions { WorkingDirectory = workingDirectory });

    private protected override bool FoundItsPortTaken(RunningProcess process) =>
        $"{process.Output}{process.Error}".Contains("BindException", StringComparison.Ordinal);
}
