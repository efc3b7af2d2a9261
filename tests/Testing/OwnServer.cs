namespace Coordination.Testing;

/// <summary>Our own server as a user starts it: a process with a <c>zoo.cfg</c>.</summary>
public sealed class OwnServer : ServerProcess
{
    private const int AddressRefused = 5;

    private OwnServer(ServerProcessOptions options)
        : base(options)
    {
    }

    /// <summary>Starts a server and waits until it serves.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="cancellationToken">Ends the wait and the server.</param>
    /// <returns>The serving server.</returns>
    public static Task<OwnServer> StartAsync(ServerProcessOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(new OwnServer(options ?? new ServerProcessOptions()), cancellationToken);

    private protected override RunningProcess Launch(string configurationFile, string workingDirectory) => RunningProcess.Start(
        Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "Coordination.Server.dll"),
            configurationFile,
            .. PropertyArguments(
                ("zookeeper.extendedTypesEnabled", "true"),
                ("zookeeper.4lw.commands.whitelist", "*"),
                ("zookeeper.preAllocSize", "1024")),
        ],
        new ProcessOptions { WorkingDirectory = workingDirectory });

    private protected override bool FoundItsPortTaken(RunningProcess process) => process.ExitCode == AddressRefused;
}
