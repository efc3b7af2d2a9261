using System.Net;
using Coordination.Server.Hosting;
using Coordination.Server.Network;

namespace Coordination.Server;

/// <summary>
/// The settings of a standalone server. The defaults are those of a server without a <c>zoo.cfg</c>: loopback only, no limit per address,
/// the cheap four-letter words on. A configuration file begins from <see cref="ForConfigurationFile"/> instead.
/// </summary>
public sealed class CoordinationServerOptions
{
    /// <summary>Where snapshots are kept (<c>dataDir</c>); the log too unless <see cref="DataLogDirectory"/> says otherwise.</summary>
    public string DataDirectory { get; set; } = "./data";

    /// <summary>Where the log is kept (<c>dataLogDir</c>); null: with the snapshots.</summary>
    public string? DataLogDirectory { get; set; }

    /// <summary>The address to listen on (<c>clientPortAddress</c>).</summary>
    public IPAddress ListenAddress { get; set; } = IPAddress.Loopback;

    /// <summary>The port to listen on (<c>clientPort</c>); 0 takes a free one.</summary>
    public int Port { get; set; } = 2181;

    /// <summary>Connections the system may queue before they are accepted (<c>clientPortListenBacklog</c>); null for its default.</summary>
    public int? ListenBacklog { get; set; }

    /// <summary>The unit of the session timeouts (<c>tickTime</c>).</summary>
    public TimeSpan TickTime { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The shortest session timeout granted (<c>minSessionTimeout</c>); null: two ticks.</summary>
    public TimeSpan? MinSessionTimeout { get; set; }

    /// <summary>The longest session timeout granted (<c>maxSessionTimeout</c>); null: twenty ticks.</summary>
    public TimeSpan? MaxSessionTimeout { get; set; }

    /// <summary>Connections per client address (<c>maxClientCnxns</c>); 0 is no limit.</summary>
    public int MaxConnectionsPerAddress { get; set; }

    /// <summary>Connections altogether (<c>maxCnxns</c>); 0 is no limit.</summary>
    public int MaxConnections { get; set; }

    /// <summary>The largest request in bytes (<c>jute.maxbuffer</c>). A larger one closes the connection.</summary>
    public int MaxRequestSize { get; set; } = 0xfffff;

    /// <summary>Requests being worked on above which the server stops reading (<c>globalOutstandingLimit</c>).</summary>
    public int MaxOutstandingRequests { get; set; } = 1000;

    /// <summary>Bytes a client may leave unread, on top of one reply of any size, before it is cut off.</summary>
    public int MaxUnreadBytes { get; set; } = 16 << 20;

    /// <summary>
    /// Bytes that the paths of one session's ephemerals may take (<c>ephemeralNodes.total.byte.limit</c>); a further one is refused. Null:
    /// <see cref="MaxRequestSize"/>, so that the end of every session fits into a log that Apache's server can read.
    /// </summary>
    public long? MaxEphemeralBytes { get; set; }

    /// <summary>Watches of one session, counted by path and kind; 0 is no limit. A request that would leave one more is refused.</summary>
    public int MaxWatchesPerSession { get; set; } = 100_000;

    /// <summary>Watches of all sessions; 0 is no limit.</summary>
    public int MaxWatches { get; set; } = 10_000_000;

    /// <summary>How long a connection may live without opening a session (<c>nio.sessionlessCnxnTimeout</c>).</summary>
    public TimeSpan SessionlessTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The four-letter words answered (<c>4lw.commands.whitelist</c>); <c>*</c> stands for all. <c>srvr</c> always is.</summary>
    public IReadOnlySet<string> FourLetterWords { get; set; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "conf", "cons", "crst", "dirs", "dump", "envi", "isro", "mntr", "ruok", "srst", "srvr", "stat", "wchs",
    };

    /// <summary>Transactions between two snapshots, at most (<c>snapCount</c>); the actual number is drawn from the upper half.</summary>
    public int SnapshotEvery { get; set; } = 100_000;

    /// <summary>Bytes of log between two snapshots, at most (<c>snapSizeLimitInKb</c>); 0 or less is no limit.</summary>
    public long SnapshotEveryBytes { get; set; } = 4L << 30;

    /// <summary>Bytes by which a log file is extended at a time (<c>preAllocSize</c>); a multiple of 1024.</summary>
    public long LogPreallocation { get; set; } = 64L << 20;

    /// <summary>Whether a write is on disk before it is acknowledged (<c>forceSync</c>). Without, a failing machine loses acknowledged writes.</summary>
    public bool ForceSync { get; set; } = true;

    /// <summary>A sync of the log that takes longer is logged (<c>fsync.warningthresholdms</c>).</summary>
    public TimeSpan SlowSyncThreshold { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Snapshots kept, with the log they need, when old files are purged (<c>autopurge.snapRetainCount</c>); at least 3.</summary>
    public int SnapshotsToKeep { get; set; } = 3;

    /// <summary>Whether old files are purged after each snapshot (<c>autopurge.purgeInterval</c>: 0 switches it off).</summary>
    public bool PurgeOldFiles { get; set; } = true;

    /// <summary>
    /// Free bytes of the disk below which clients' writes are refused with -119 (<c>coordination.diskReserveInKb</c>), so that sessions can
    /// still be opened and closed; null for a twentieth of the file system, at most 1 GiB; 0 for none.
    /// </summary>
    public long? DiskReserve { get; set; }

    /// <summary>How often the room on the disk is looked at (<c>coordination.diskReserveCheckMs</c>).</summary>
    public TimeSpan DiskReserveCheckInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often empty containers are looked for (<c>znode.container.checkIntervalMs</c>).</summary>
    public TimeSpan ContainerCheckInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Containers and outlived znodes deleted in a minute, at most (<c>znode.container.maxPerMinute</c>).</summary>
    public int ContainersPerMinute { get; set; } = 10_000;

    /// <summary>How long a container may wait for its first child (<c>znode.container.maxNeverUsedIntervalMs</c>); zero: for ever.</summary>
    public TimeSpan ContainerMaxNeverUsed { get; set; }

    /// <summary>Whether znodes with a time to live may be created (<c>extendedTypesEnabled</c>). Those that are there expire in any case.</summary>
    public bool ExtendedTypes { get; set; }

    /// <summary>Whether a write beyond the hard limit of a quota is refused (<c>enforceQuota</c>); it is only logged otherwise.</summary>
    public bool EnforceQuota { get; set; }

    /// <summary>Whether reconfiguration is switched on (<c>reconfigEnabled</c>); a standalone server refuses it either way, in other words.</summary>
    public bool ReconfigEnabled { get; set; }

    internal LoopStrategy Loop { get; set; } = LoopStrategy.Posting;

    internal SyncStrategy Sync { get; set; } = SyncStrategy.InPlace;

    internal TransportKind Transport { get; set; } = OperatingSystem.IsLinux() ? TransportKind.Polling : TransportKind.Kestrel;

    internal bool InlineCompletions { get; set; }

    internal TimeSpan EffectiveMinSessionTimeout => MinSessionTimeout ?? (2 * TickTime);

    internal TimeSpan EffectiveMaxSessionTimeout => MaxSessionTimeout ?? (20 * TickTime);

    /// <summary>Apache's defaults for a server with a <c>zoo.cfg</c>: all interfaces, 60 connections per address, only <c>srvr</c>.</summary>
    /// <returns>New options.</returns>
    public static CoordinationServerOptions ForConfigurationFile() => new()
    {
        ListenAddress = IPAddress.IPv6Any,
        MaxConnectionsPerAddress = 60,
        FourLetterWords = new HashSet<string>(StringComparer.Ordinal) { "srvr" },
    };

    /// <summary>Refuses values that cannot work together.</summary>
    /// <exception cref="ServerConfigurationException">What is wrong, and what would be right.</exception>
    public void Validate()
    {
        Require(DataDirectory.Length > 0, "dataDir must be given");
        Require(Port is >= 0 and <= 65535, "clientPort must be from 0 to 65535");
        Require(TickTime >= TimeSpan.FromMilliseconds(1), "tickTime must be at least 1 ms");
        Require(EffectiveMinSessionTimeout >= TimeSpan.FromMilliseconds(1), "minSessionTimeout must be at least 1 ms");
        Require(
            EffectiveMinSessionTimeout <= EffectiveMaxSessionTimeout,
            $"minSessionTimeout ({EffectiveMinSessionTimeout.TotalMilliseconds} ms) must not be above maxSessionTimeout ({EffectiveMaxSessionTimeout.TotalMilliseconds} ms)");
        Require(EffectiveMaxSessionTimeout.TotalMilliseconds <= int.MaxValue, "maxSessionTimeout must be at most 2147483647 ms");
        Require(MaxConnectionsPerAddress >= 0 && MaxConnections >= 0, "connection limits must be 0 (none) or more");
        Require(MaxRequestSize >= 1024, "jute.maxbuffer must be at least 1024");
        Require(MaxOutstandingRequests >= 1, "globalOutstandingLimit must be at least 1");
        Require(MaxUnreadBytes >= 1024, "coordination.maxUnreadBytes must be at least 1024");
        Require(MaxEphemeralBytes is null or >= 1024, "ephemeralNodes.total.byte.limit must be at least 1024");
        Require(MaxWatchesPerSession >= 0 && MaxWatches >= 0, "limits of watches must be 0 (none) or more");
        Require(SessionlessTimeout > TimeSpan.Zero, "nio.sessionlessCnxnTimeout must be at least 1 ms");
        Require(SnapshotEvery >= 2, "snapCount must be at least 2");
        Require(LogPreallocation >= 0 && LogPreallocation % 1024 == 0, "preAllocSize must be a whole number of KiB");
        Require(SnapshotsToKeep >= 3, "autopurge.snapRetainCount must be at least 3");
        Require(DiskReserve is null or >= 0, "coordination.diskReserveInKb must be 0 or more, or -1");
        Require(DiskReserveCheckInterval > TimeSpan.Zero, "coordination.diskReserveCheckMs must be at least 1");
        Require(ContainerCheckInterval > TimeSpan.Zero, "znode.container.checkIntervalMs must be at least 1");
        Require(ContainersPerMinute >= 1, "znode.container.maxPerMinute must be at least 1");
        Require(ContainerMaxNeverUsed >= TimeSpan.Zero, "znode.container.maxNeverUsedIntervalMs must be 0 (for ever) or more");
    }

    private static void Require(bool holds, string rule)
    {
        if (!holds)
            throw new ServerConfigurationException($"The server cannot be configured like this: {rule}.");
    }
}
