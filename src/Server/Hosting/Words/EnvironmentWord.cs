using System.Net;
using System.Runtime.InteropServices;

namespace Coordination.Server.Hosting.Words;

/// <summary>The word <c>envi</c>: where the server runs. Keys that only a Java machine has are there, because tools look for them.</summary>
internal static class EnvironmentWord
{
    private const string KernelRelease = "/proc/sys/kernel/osrelease";

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
        java.io.tmpdir={Path.TrimEndingDirectorySeparator(Path.GetTempPath())}
        java.compiler=<NA>
        os.name={(OperatingSystem.IsLinux() ? "Linux" : OperatingSystem.IsWindows() ? "Windows" : "Mac OS X")}
        os.arch={Architecture}
        os.version={(File.Exists(KernelRelease) ? File.ReadAllText(KernelRelease).Trim() : Environment.OSVersion.Version.ToString())}
        user.name={Environment.UserName}
        user.home={Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)}
        user.dir={CurrentDirectory()}
        os.memory.free={(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - GC.GetTotalMemory(false)) >> 20}MB
        os.memory.max={GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20}MB
        os.memory.total={GC.GetTotalMemory(false) >> 20}MB

        """;

    /// <summary>As Java calls it.</summary>
    private static string Architecture => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        System.Runtime.InteropServices.Architecture.Arm64 => "aarch64",
        var other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>Somebody may have deleted it.</summary>
    private static string CurrentDirectory()
    {
        try
        {
            return Environment.CurrentDirectory;
        }
        catch (IOException)
        {
            return "<NA>";
        }
    }
}
