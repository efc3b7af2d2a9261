using System.Diagnostics;
using Coordination.Bench.Stubs;

namespace Coordination.Bench.Targets;

/// <summary>How each server is started: same configuration, same disk, every write synced.</summary>
internal static class KnownServers
{
    private const string ApacheJar = "/usr/share/java/zookeeper.jar";

    public static bool ApacheIsInstalled => File.Exists(ApacheJar);

    /// <summary>Debian's Apache ZooKeeper with the JVM's own defaults and 2 GB of heap.</summary>
    public static ServerProcess Apache()
    {
        string directory = NewDirectory("apache");
        return ServerProcess.Start("Apache 3.8.0", directory, port => new ProcessStartInfo("java")
        {
            ArgumentList =
            {
                "-Xmx2g", "-cp", ApacheJar, "org.apache.zookeeper.server.quorum.QuorumPeerMain", WriteConfiguration(directory, port),
            },
        });
    }

    /// <summary>Our server as it was built beside this program.</summary>
    /// <param name="name">As the tables call it.</param>
    /// <param name="settings">Lines for its configuration, without the prefix <c>coordination.</c></param>
    /// <param name="cores">The cores it may use, as taskset takes them; null for all.</param>
    /// <param name="environment">Variables of its process.</param>
    public static ServerProcess Ours(
        string name, IReadOnlyList<string> settings, string? cores = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        string directory = NewDirectory("ours");
        return ServerProcess.Start(name, directory, port =>
        {
            string configuration = WriteConfiguration(directory, port);
            File.AppendAllLines(configuration, settings.Select(setting => $"coordination.{setting}"));
            ProcessStartInfo info = cores is null
                ? new("dotnet") { ArgumentList = { OurAssembly(), configuration } }
                : new("taskset") { ArgumentList = { "-c", cores, "dotnet", OurAssembly(), configuration } };
            return WithEnvironment(info, environment);
        });
    }

    /// <summary>One of the stubs, in a process of its own.</summary>
    public static ServerProcess Stub(string name, StubDesign design)
    {
        string directory = NewDirectory("stub");
        string self = typeof(KnownServers).Assembly.Location;
        return ServerProcess.Start(name, directory, port => WithEnvironment(
            new ProcessStartInfo("dotnet") { ArgumentList = { self, "stub-server", $"{design}", $"{port}", directory } },
            design.Environment));
    }

    private static ProcessStartInfo WithEnvironment(ProcessStartInfo info, IReadOnlyDictionary<string, string>? environment)
    {
        foreach ((string key, string value) in environment ?? new Dictionary<string, string>())
            info.Environment[key] = value;
        return info;
    }

    private static string WriteConfiguration(string directory, int port)
    {
        string path = Path.Combine(directory, "zoo.cfg");
        File.WriteAllText(path, $"""
            tickTime=2000
            dataDir={Path.Combine(directory, "data")}
            clientPort={port}
            clientPortAddress=127.0.0.1
            maxClientCnxns=0
            admin.enableServer=false

            """);
        return path;
    }

    private static string OurAssembly()
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string path = Path.Combine(RepositoryRoot(), "src", "Server", "bin", configuration, "net10.0", "Coordination.Server.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException("The server has not been built.", path);
    }

    public static string RepositoryRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Recipes.sln")))
                return at.FullName;
        }

        throw new DirectoryNotFoundException("Recipes.sln stands in no parent directory.");
    }

    private static string NewDirectory(string name) => Directory.CreateTempSubdirectory($"coordination-bench-{name}-").FullName;
}
