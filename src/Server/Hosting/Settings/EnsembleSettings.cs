using Coordination.Protocol;

namespace Coordination.Server.Hosting.Settings;

/// <summary>How a member of an ensemble finds and holds the others. The members themselves are read by <see cref="EnsembleReader"/>.</summary>
internal static class EnsembleSettings
{
    public static SettingGroup Limits { get; } = new("Ensemble",
    [
        Setting.Number("initLimit", "ticks", (0, int.MaxValue), o => o.Ensemble.InitLimit, (o, v) => o.Ensemble.InitLimit = (int)v,
            "for connecting and synchronising, and for each wait of a new leader") with { Default = "required in an ensemble" },
        Setting.Number("syncLimit", "ticks", (0, int.MaxValue), o => o.Ensemble.SyncLimit, (o, v) => o.Ensemble.SyncLimit = (int)v,
            "of silence after which a link is given up") with { Default = "required in an ensemble" },
        Setting.Number("connectToLearnerMasterLimit", "ticks", (0, int.MaxValue), o => o.Ensemble.ConnectLimit, (o, v) => o.Ensemble.ConnectLimit = (int)v,
            "for connecting to the leader; 0 is `initLimit`"),
        Setting.Optional("dynamicConfigFile", o => o.Ensemble.DynamicFile, (o, v) => o.Ensemble.DynamicFile = v,
            "the file with the members; its ending is their version, in hexadecimal"),
        Setting.Switch("standaloneEnabled", o => o.Ensemble.AllowsStandalone, (o, v) => o.Ensemble.AllowsStandalone = v,
            "whether a list of one voter means a server that runs alone"),
        new()
        {
            Key = "peerType",
            Range = "participant or observer",
            Meaning = "what this server believes to be; where the list of members says otherwise, that counts, and a warning is given",
            Default = "what the list says",
            Accepts = static text => text.Length == 0 || IsRole(text),
            Apply = static (options, text) => options.Ensemble.PeerType = text.Length == 0 ? null : Enum.Parse<QuorumRole>(text, ignoreCase: true),
            Show = static options => options.Ensemble.PeerType?.ToString().ToLowerInvariant() ?? "",
        },
        Setting.Switch("quorumListenOnAllIPs", o => o.Ensemble.ListensOnAllAddresses, (o, v) => o.Ensemble.ListensOnAllAddresses = v,
            "whether the ports between servers are bound on every interface, and not on the member's own address alone"),
        Setting.Switch("leaderServes", o => o.Ensemble.LeaderServes, (o, v) => o.Ensemble.LeaderServes = v, "`no`: a leader takes no clients"),
        Setting.Milliseconds("leader.maxTimeToWaitForEpoch", (-1, int.MaxValue), o => Shown(o.Ensemble.MaxTimeToWaitForEpoch),
            (o, v) => o.Ensemble.MaxTimeToWaitForEpoch = Optional(v), "until a new leader gives up whose voters elect again; -1 is not before `initLimit`")
            with { Aliases = ["maxTimeToWaitForEpoch"] },
    ]);

    public static SettingGroup Election { get; } = new("Election",
    [
        new()
        {
            Key = "electionAlg",
            Range = "3",
            Meaning = "Apache's choice of an algorithm; there is this one",
            Accepts = static text => text == "3",
            Apply = static (_, _) => { },
            Show = static _ => "3",
        },
        Setting.Milliseconds("cnxTimeout", (1, int.MaxValue), o => o.Ensemble.ElectionConnectTimeout, (o, v) => o.Ensemble.ElectionConnectTimeout = v,
            "an election connection may take to be opened, for each address of the other server"),
        Setting.Milliseconds("quorumCnxnTimeoutMs", (-1, int.MaxValue), o => Shown(o.Ensemble.ElectionHandshakeTimeout),
            (o, v) => o.Ensemble.ElectionHandshakeTimeout = Optional(v), "whoever opened one may take to say who it is; -1 is `syncLimit` ticks"),
        Setting.Number("electionPortBindRetry", "attempts", (0, int.MaxValue), o => o.Ensemble.ElectionBindAttempts,
            (o, v) => o.Ensemble.ElectionBindAttempts = (int)v, "to bind the election port, one in a second; 0 is without end"),
        Setting.Switch("tcpKeepAlive", o => o.Ensemble.ElectionKeepAlive, (o, v) => o.Ensemble.ElectionKeepAlive = v,
            "whether the system probes silent election connections"),
        Setting.Milliseconds("fastleader.minNotificationInterval", (1, int.MaxValue), o => o.Ensemble.MinNotificationInterval,
            (o, v) => o.Ensemble.MinNotificationInterval = v, "until votes are first sent again; the time doubles from there"),
        Setting.Milliseconds("fastleader.maxNotificationInterval", (1, int.MaxValue), o => o.Ensemble.MaxNotificationInterval,
            (o, v) => o.Ensemble.MaxNotificationInterval = v, "from one sending to the next, at most"),
    ]);

    private static bool IsRole(string text) => Enum.GetNames<QuorumRole>().Contains(text, StringComparer.OrdinalIgnoreCase);

    private static TimeSpan? Optional(TimeSpan value) => value < TimeSpan.Zero ? null : value;

    private static TimeSpan Shown(TimeSpan? value) => value ?? TimeSpan.FromMilliseconds(-1);
}
