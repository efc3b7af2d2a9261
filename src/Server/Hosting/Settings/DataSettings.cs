namespace Coordination.Server.Hosting.Settings;

/// <summary>Where the data is, how it is written, and how much of it is kept.</summary>
internal static class DataSettings
{
    public static SettingGroup Directories { get; } = new("Directories",
    [
        Setting.Text("dataDir", o => o.DataDirectory, (o, v) => o.DataDirectory = v, "snapshots, in `version-2` below it")
            with { Default = "required; without a file `./data`; embedded a temporary one" },
        Setting.Text("dataLogDir", o => o.DataLogDirectory ?? o.DataDirectory, (o, v) => o.DataLogDirectory = v, "the log, in `version-2` below it")
            with { Default = "`dataDir`" },
        Setting.Switch("datadir.autocreate", o => o.CreateDataDirectory, (o, v) => o.CreateDataDirectory = v,
            "`no`: the start is refused where these directories do not exist"),
        Setting.Switch("db.autocreate", o => o.CreateDatabase, (o, v) => o.CreateDatabase = v,
            "`no`: the start is refused where there is no data, unless `dataDir` holds a file `initialize`, which is then deleted"),
    ]);

    public static SettingGroup Log { get; } = new("Log",
    [
        Setting.Number("preAllocSize", "KiB", (0, 4 << 20), o => o.LogPreallocation >> 10, (o, v) => o.LogPreallocation = v << 10,
            "by which a log file is extended"),
        Setting.Switch("forceSync", o => o.ForceSync, (o, v) => o.ForceSync = v,
            "`no`: acknowledged writes can be lost with the machine; warned at every start"),
        Setting.Milliseconds("fsync.warningthresholdms", (1, int.MaxValue), o => o.SlowSyncThreshold, (o, v) => o.SlowSyncThreshold = v,
            "a slower sync is logged with what it wrote and what waited, at most three in ten seconds"),
        Setting.Switch("digest.enabled", o => o.WriteDigests, (o, v) => o.WriteDigests = v,
            "whether a transaction carries the digest of the tree behind it; the word `hash` lists them"),
    ]);

    public static SettingGroup Snapshots { get; } = new("Snapshots",
    [
        Setting.Number("snapCount", "transactions", (2, int.MaxValue), o => o.SnapshotEvery, (o, v) => o.SnapshotEvery = (int)v,
            "between two snapshots, at most; the actual number is drawn from the upper half"),
        Setting.Number("snapSizeLimitInKb", "KiB", (long.MinValue, long.MaxValue >> 10), o => o.SnapshotEveryBytes >> 10,
            (o, v) => o.SnapshotEveryBytes = v <= 0 ? 0 : v << 10, "of log between two snapshots, at most; 0 or less is no limit"),
        Setting.Number("autopurge.snapRetainCount", "snapshots", (3, int.MaxValue), o => o.SnapshotsToKeep, (o, v) => o.SnapshotsToKeep = (int)v,
            "kept, with the logs they need"),
        Setting.Number("autopurge.purgeInterval", "", (0, int.MaxValue), o => o.PurgeOldFiles ? 1 : 0, (o, v) => o.PurgeOldFiles = v > 0,
            "0 keeps everything; above 0, whatever the number, superfluous files go after each snapshot, and when the disk is nearly full")
            with { Default = "on" },
    ]);

    public static SettingGroup Reserve { get; } = new("Disk reserve",
    [
        Setting.Number("coordination.diskReserveInKb", "KiB", (-1, long.MaxValue >> 10), o => o.DiskReserve >> 10 ?? -1,
            (o, v) => o.DiskReserve = v < 0 ? null : v << 10,
            "of the disk that stay free for sessions ([disk full](running.md#when-the-disk-is-full)); -1 is a twentieth of it, at most 1 GiB; 0 is none"),
        Setting.Milliseconds("coordination.diskReserveCheckMs", (1, int.MaxValue), o => o.DiskReserveCheckInterval,
            (o, v) => o.DiskReserveCheckInterval = v, "from one look at the free room to the next"),
    ]);
}
