namespace Coordination.Server.Hosting.Settings;

/// <summary>All settings: those that work, those that refuse to start, and those that say nothing to this server.</summary>
internal static class ServerSettings
{
    /// <summary>What takes effect, as the documentation groups it.</summary>
    public static IReadOnlyList<SettingGroup> Groups { get; } =
    [
        DataSettings.Directories,
        ClientSettings.Listening,
        ClientSettings.Sessions,
        ClientSettings.Limits,
        EnsembleSettings.Limits,
        EnsembleSettings.Election,
        ThrottleSettings.Throttles,
        SecuritySettings.Access,
        TlsSettings.Tls,
        ZnodeSettings.Znodes,
        DataSettings.Log,
        DataSettings.Snapshots,
        DataSettings.Reserve,
        OperationSettings.Monitoring,
        OperationSettings.Measurement,
    ];

    /// <summary>What takes effect.</summary>
    public static IReadOnlyList<ServerSetting> Supported { get; } = [.. Groups.SelectMany(static group => group.Settings)];

    private static readonly Dictionary<string, ServerSetting> ByKey = Supported
        .SelectMany(static setting => setting.Names, static (setting, name) => (setting, name))
        .ToDictionary(static pair => pair.name, static pair => pair.setting, StringComparer.Ordinal);

    /// <summary>Finds a setting by its key, with or without the prefix <c>zookeeper.</c>.</summary>
    public static ServerSetting? Find(string key) => ByKey.GetValueOrDefault(Plain(key));

    /// <summary>What keeps the server from starting if it is asked for; null for all else.</summary>
    public static UnsupportedSetting? FindRefused(string key) => Find(RefusedSettings.Table, key);

    /// <summary>What has no effect; null for all else.</summary>
    public static UnsupportedSetting? FindIgnored(string key) => Find(IgnoredSettings.Table, key);

    /// <summary>The key without Apache's prefix for system properties.</summary>
    public static string Plain(string key) => key.StartsWith("zookeeper.", StringComparison.Ordinal) ? key["zookeeper.".Length..] : key;

    private static UnsupportedSetting? Find(IReadOnlyList<UnsupportedSetting> table, string key)
    {
        string plain = Plain(key);
        return table.FirstOrDefault(setting => setting.Covers(plain));
    }
}
