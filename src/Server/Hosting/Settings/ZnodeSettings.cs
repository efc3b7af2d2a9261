namespace Coordination.Server.Hosting.Settings;

/// <summary>What kinds of znodes there are, and who may do what with them.</summary>
internal static class ZnodeSettings
{
    public static SettingGroup Znodes { get; } = new("Znodes",
    [
        Setting.Milliseconds("znode.container.checkIntervalMs", (1, int.MaxValue), o => o.ContainerCheckInterval, (o, v) => o.ContainerCheckInterval = v,
            "how often empty containers are looked for"),
        Setting.Number("znode.container.maxPerMinute", "znodes", (1, int.MaxValue), o => o.ContainersPerMinute, (o, v) => o.ContainersPerMinute = (int)v,
            "empty containers and outlived znodes deleted in a minute, at most"),
        Setting.Milliseconds("znode.container.maxNeverUsedIntervalMs", (0, int.MaxValue), o => o.ContainerMaxNeverUsed, (o, v) => o.ContainerMaxNeverUsed = v,
            "a container may wait for its first child; 0 for ever"),
        Setting.Switch("extendedTypesEnabled", o => o.ExtendedTypes, (o, v) => o.ExtendedTypes = v,
            "znodes with a time to live may be created; those that are there expire in any case"),
        Setting.Switch("enforceQuota", o => o.EnforceQuota, (o, v) => o.EnforceQuota = v,
            "writes beyond the hard limit of a quota are refused; they are only logged otherwise"),
        Setting.Switch("reconfigEnabled", o => o.ReconfigEnabled, (o, v) => o.ReconfigEnabled = v,
            "a standalone server refuses to be reconfigured either way: -123 without, -6 with it"),
    ]);
}
