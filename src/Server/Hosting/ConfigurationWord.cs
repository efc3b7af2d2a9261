using System.Net;

namespace Coordination.Server.Hosting;

/// <summary>The words <c>conf</c> and <c>envi</c>: what the server runs with.</summary>
internal static class ConfigurationWord
{
    /// <summary>The settings in force.</summary>
    public static string Write(ServerFacts facts)
    {
        CoordinationServerOptions options = facts.Options;
        string dataDirectory = Path.GetFullPath(options.DataDirectory);
        string logDirectory = Path.GetFullPath(options.DataLogDirectory ?? options.DataDirectory);
        return $"""
            clientPort={facts.Endpoint?.Port ?? -1}
            secureClientPort={facts.SecureEndpoint?.Port ?? -1}
            dataDir={dataDirectory}/version-2
            dataDirSize={facts.DataBytes}
            dataLogDir={logDirectory}/version-2
            dataLogSize={facts.LogBytes}
            tickTime={options.TickTime.TotalMilliseconds:0}
            maxClientCnxns={options.MaxConnectionsPerAddress}
            minSessionTimeout={options.EffectiveMinSessionTimeout.TotalMilliseconds:0}
            maxSessionTimeout={options.EffectiveMaxSessionTimeout.TotalMilliseconds:0}
            clientPortListenBacklog={options.ListenBacklog ?? -1}
            serverId=0

            """;
    }
}

/// <summary>The word <c>envi</c>: where the server runs. Keys that only a Java machine has are there, because tools look for them.</summary>
internal static class EnvironmentWord
{
    /// <summary>One line per key, in Apache's order.</summary>
    public static string Write() => $"""
        Environment:
        zookeeper.version={ServerVersion.Full}
        host.name={Dns.GetHostName()}
        java.version=<NA>
        java.vendor=<NA>
        java.home=<NA>
        java.class.path=<NA>
        java.library.path=<NA>
        java.io.tmpdir={Path.GetTempPath()}
        java.compiler=<NA>
        os.name={(OperatingSystem.IsLinux() ? "Linux" : OperatingSystem.IsWindows() ? "Windows" : "Mac OS X")}
        os.arch={System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}
        os.version={Environment.OSVersion.Version}
        user.name={Environment.UserName}
        user.home={Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)}
        user.dir={Environment.CurrentDirectory}
        jvm.memory.free={(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - GC.GetTotalMemory(false)) >> 20}MB
        jvm.memory.max={GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20}MB
        jvm.memory.total={GC.GetTotalMemory(false) >> 20}MB

        """;
}
