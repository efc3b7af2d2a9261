using System.Net;
using Coordination.Server.Network;

namespace Coordination.Server.Hosting;

/// <summary>The table of all settings: those that work, those that refuse to start, and those that say nothing to this server.</summary>
internal static class ServerSettings
{
    /// <summary>Settings that take effect.</summary>
    public static IReadOnlyList<ServerSetting> Supported { get; } =
    [
        ServerSetting.Text("dataDir", (o, v) => o.DataDirectory = v),
        ServerSetting.Text("dataLogDir", (o, v) => o.DataLogDirectory = v),
        ServerSetting.Number("clientPort", 0, 65535, (o, v) => o.Port = (int)v),
        new("clientPortAddress", "an IP address or a host name", TryAddress),
        ServerSetting.Number("clientPortListenBacklog", -1, int.MaxValue, (o, v) => o.ListenBacklog = v < 0 ? null : (int)v),
        ServerSetting.Number("tickTime", 1, 3_600_000, (o, v) => o.TickTime = Milliseconds(v)),
        ServerSetting.Number("minSessionTimeout", -1, int.MaxValue, (o, v) => o.MinSessionTimeout = v < 0 ? null : Milliseconds(v)),
        ServerSetting.Number("maxSessionTimeout", -1, int.MaxValue, (o, v) => o.MaxSessionTimeout = v < 0 ? null : Milliseconds(v)),
        ServerSetting.Number("maxClientCnxns", 0, int.MaxValue, (o, v) => o.MaxConnectionsPerAddress = (int)v),
        ServerSetting.Number("maxCnxns", 0, int.MaxValue, (o, v) => o.MaxConnections = (int)v),
        ServerSetting.Number("jute.maxbuffer", 1024, 1 << 30, (o, v) => o.MaxRequestSize = (int)v),
        ServerSetting.Number("globalOutstandingLimit", 1, int.MaxValue, (o, v) => o.MaxOutstandingRequests = (int)v),
        ServerSetting.Number("nio.sessionlessCnxnTimeout", 1, int.MaxValue, (o, v) => o.SessionlessTimeout = Milliseconds(v)),
        new("4lw.commands.whitelist", "four-letter words separated by commas, or *", TryWords),
        ServerSetting.Number("snapCount", 2, int.MaxValue, (o, v) => o.SnapshotEvery = (int)v),
        ServerSetting.Number("snapSizeLimitInKb", long.MinValue, long.MaxValue >> 10, (o, v) => o.SnapshotEveryBytes = v <= 0 ? 0 : v << 10),
        ServerSetting.Number("preAllocSize", 0, 4 << 20, (o, v) => o.LogPreallocation = v << 10),
        ServerSetting.Switch("forceSync", (o, v) => o.ForceSync = v),
        ServerSetting.Number("fsync.warningthresholdms", 1, int.MaxValue, (o, v) => o.SlowSyncThreshold = Milliseconds(v)),
        ServerSetting.Number("autopurge.snapRetainCount", 3, int.MaxValue, (o, v) => o.SnapshotsToKeep = (int)v),
        ServerSetting.Number("autopurge.purgeInterval", 0, int.MaxValue, (o, v) => o.PurgeOldFiles = v > 0),
        ServerSetting.Number("znode.container.checkIntervalMs", 1, int.MaxValue, (o, v) => o.ContainerCheckInterval = Milliseconds(v)),
        ServerSetting.Number("znode.container.maxPerMinute", 1, int.MaxValue, (o, v) => o.ContainersPerMinute = (int)v),
        ServerSetting.Number("znode.container.maxNeverUsedIntervalMs", 0, int.MaxValue, (o, v) => o.ContainerMaxNeverUsed = Milliseconds(v)),
        ServerSetting.Switch("extendedTypesEnabled", (o, v) => o.ExtendedTypes = v),
        ServerSetting.Switch("enforceQuota", (o, v) => o.EnforceQuota = v),
        ServerSetting.Switch("reconfigEnabled", (o, v) => o.ReconfigEnabled = v),
        ServerSetting.Number("coordination.maxUnreadBytes", 1024, int.MaxValue, (o, v) => o.MaxUnreadBytes = (int)v),
        ServerSetting.Number("coordination.diskReserveInKb", -1, long.MaxValue >> 10, (o, v) => o.DiskReserve = v < 0 ? null : v << 10),
        ServerSetting.Number("coordination.diskReserveCheckMs", 1, int.MaxValue, (o, v) => o.DiskReserveCheckInterval = Milliseconds(v)),
        ServerSetting.Number("coordination.maxWatches", 0, int.MaxValue, (o, v) => o.MaxWatches = (int)v),
        ServerSetting.Number("coordination.maxWatchesPerSession", 0, int.MaxValue, (o, v) => o.MaxWatchesPerSession = (int)v),
        ServerSetting.Number("ephemeralNodes.total.byte.limit", -1, 1 << 30, (o, v) => o.MaxEphemeralBytes = v < 0 ? null : v),
        ServerSetting.Choice<LoopStrategy>("coordination.loop", (o, v) => o.Loop = v),
        ServerSetting.Choice<SyncStrategy>("coordination.sync", (o, v) => o.Sync = v),
        ServerSetting.Choice<TransportKind>("coordination.transport", (o, v) => o.Transport = v),
        ServerSetting.Switch("coordination.inline", (o, v) => o.InlineCompletions = v),
    ];

    private static readonly Dictionary<string, ServerSetting> ByKey = Supported.ToDictionary(setting => setting.Key, StringComparer.Ordinal);

    private static readonly (string Prefix, string Reason)[] Refused =
    [
        ("server.", "ensembles are not built yet; remove the server list to run this server standalone"),
        ("group", "ensembles are not built yet"),
        ("weight", "ensembles are not built yet"),
        ("dynamicConfigFile", "ensembles are not built yet"),
        ("ssl", "TLS is not built yet, and ignoring it would leave the server open"),
        ("secureClientPort", "TLS is not built yet, and ignoring it would leave the server open"),
        ("client.portUnification", "TLS is not built yet, and ignoring it would leave the server open"),
        ("portUnification", "TLS is not built yet, and ignoring it would leave the server open"),
        ("quorum.auth.", "SASL is not built yet, and ignoring it would leave the server open"),
        ("authProvider.", "authentication plug-ins are not built yet, and ignoring them would leave the server open"),
        ("X509AuthenticationProvider.", "TLS is not built yet, and ignoring it would leave the server open"),
        ("sessionRequireClientSASLAuth", "SASL is not built yet, and ignoring it would leave the server open"),
        ("requireClientAuthScheme", "SASL is not built yet, and ignoring it would leave the server open"),
        ("enforce.auth.", "enforced authentication is not built yet, and ignoring it would leave the server open"),
        ("jaasLoginRenew", "SASL is not built yet, and ignoring it would leave the server open"),
        ("kerberos.", "SASL is not built yet, and ignoring it would leave the server open"),
        ("skipACL", "access lists are always enforced"),
        ("DigestAuthenticationProvider.", "the super identity is not built yet"),
        ("audit.enable", "the audit log is not built yet"),
        ("emulate353TTLNodes", "times to live in the form of 3.5.3 are not read; let an Apache server expire those znodes first"),
        ("oraclePath", "the two-node oracle is not supported"),
    ];

    private static readonly string[] WithoutEffect =
    [
        "initLimit", "syncLimit", "electionAlg", "peerType", "standaloneEnabled", "connectToLearnerMasterLimit",
        "quorumListenOnAllIPs", "localSessionsEnabled", "localSessionsUpgradingEnabled", "syncEnabled", "observerMasterPort",
        "leaderServes", "cnxTimeout", "quorumCnxnTimeoutMs", "electionPortBindRetry", "tcpKeepAlive", "commitLogCount",
        "readonlymode.enabled", "multiAddress.", "leader.", "follower.", "learner.", "observer.", "fastleader.",
    ];

    /// <summary>Finds a setting by its key, with or without the prefix <c>zookeeper.</c>.</summary>
    public static ServerSetting? Find(string key) => ByKey.GetValueOrDefault(Plain(key));

    /// <summary>Why a key keeps the server from starting; null if it does not.</summary>
    public static string? RefusalOf(string key)
    {
        string plain = Plain(key);
        foreach ((string prefix, string reason) in Refused)
        {
            if (plain.StartsWith(prefix, StringComparison.Ordinal))
                return reason;
        }

        return null;
    }

    /// <summary>Whether the key is one of Apache's that concerns ensembles only.</summary>
    public static bool IsOfEnsembles(string key)
    {
        string plain = Plain(key);
        return WithoutEffect.Any(known => known.EndsWith('.') ? plain.StartsWith(known, StringComparison.Ordinal) : plain == known);
    }

    /// <summary>The key without Apache's prefix for system properties.</summary>
    public static string Plain(string key) => key.StartsWith("zookeeper.", StringComparison.Ordinal) ? key["zookeeper.".Length..] : key;

    private static TimeSpan Milliseconds(long value) => TimeSpan.FromMilliseconds(value);

    private static bool TryAddress(CoordinationServerOptions options, string text)
    {
        if (!IPAddress.TryParse(text, out IPAddress? address))
        {
            try
            {
                address = Dns.GetHostAddresses(text).FirstOrDefault();
            }
            catch (Exception e) when (e is System.Net.Sockets.SocketException or ArgumentException)
            {
                return false;
            }
        }

        if (address is null)
            return false;
        options.ListenAddress = address;
        return true;
    }

    private static bool TryWords(CoordinationServerOptions options, string text)
    {
        HashSet<string> words = new(StringComparer.Ordinal) { "srvr" };
        foreach (string word in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            words.Add(word);
        options.FourLetterWords = words;
        return true;
    }
}
