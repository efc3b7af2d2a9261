using System.Net.Sockets;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting;

/// <summary>How the standalone program ends; documented in docs/running.md.</summary>
internal static class ExitCode
{
    /// <summary>Asked to stop, and stopped in order.</summary>
    public const int Stopped = 0;

    /// <summary>Something unforeseen; the log has the details.</summary>
    public const int Unexpected = 1;

    /// <summary>The configuration is wrong.</summary>
    public const int Configuration = 2;

    /// <summary>Another process uses the data directory.</summary>
    public const int DirectoryLocked = 3;

    /// <summary>The data directory holds something that cannot be trusted.</summary>
    public const int DataRefused = 4;

    /// <summary>The address cannot be listened on.</summary>
    public const int AddressRefused = 5;

    /// <summary>The disk failed while serving or starting.</summary>
    public const int DiskFailed = 10;

    /// <summary>The code for a failure.</summary>
    public static int Of(Exception reason) => reason switch
    {
        ServerConfigurationException => Configuration,
        DataDirectoryLockedException => DirectoryLocked,
        DataDirectoryException or CorruptLogException or CorruptSnapshotException => DataRefused,
        DiskException => DiskFailed,
        StorageException => DataRefused,
        SocketException or IOException { InnerException: SocketException } => AddressRefused,
        IOException { InnerException: { } inner } when IsAddressInUse(inner) => AddressRefused,
        InvalidOperationException when IsAddressInUse(reason) => AddressRefused,
        _ => Unexpected,
    };

    // By name: a program that ends because it has no descriptor left cannot load what it has not used so far.
    private static bool IsAddressInUse(Exception reason) =>
        reason.GetType().FullName == "Microsoft.AspNetCore.Connections.AddressInUseException";
}
