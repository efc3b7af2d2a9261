namespace Coordination.Server;

/// <content>Where data is kept, and how.</content>
public sealed partial class CoordinationServerOptions
{
    /// <summary>Where snapshots are kept (<c>dataDir</c>); the log too unless <see cref="DataLogDirectory"/> says otherwise.</summary>
    /// <value>A directory. Default: <c>./data</c>.</value>
    public string DataDirectory { get; set; } = "./data";

    /// <summary>Where the log is kept (<c>dataLogDir</c>).</summary>
    /// <value>A directory; null for that of the snapshots. Default: null.</value>
    public string? DataLogDirectory { get; set; }

    /// <summary>Whether these directories are created (<c>datadir.autocreate</c>); if not, the start is refused where they do not exist.</summary>
    /// <value>Default: true.</value>
    public bool CreateDataDirectory { get; set; } = true;

    /// <summary>
    /// Whether an empty directory becomes an empty database (<c>db.autocreate</c>); if not, the start is refused there unless the data
    /// directory holds a file <c>initialize</c>, which is deleted.
    /// </summary>
    /// <value>Default: true.</value>
    public bool CreateDatabase { get; set; } = true;

    /// <summary>Transactions between two snapshots, at most (<c>snapCount</c>); the actual number is drawn from the upper half.</summary>
    /// <value>Transactions, 2 or more. Default: 100000.</value>
    public int SnapshotEvery { get; set; } = 100_000;

    /// <summary>Bytes of log between two snapshots, at most (<c>snapSizeLimitInKb</c>).</summary>
    /// <value>Bytes; 0 or less is no limit. Default: 4 GiB.</value>
    public long SnapshotEveryBytes { get; set; } = 4L << 30;

    /// <summary>Bytes by which a log file is extended at a time (<c>preAllocSize</c>).</summary>
    /// <value>0 to 4 GiB, a multiple of 1024. Default: 64 MiB.</value>
    public long LogPreallocation { get; set; } = 64L << 20;

    /// <summary>Whether a write is on disk before it is acknowledged (<c>forceSync</c>). Without, a failing machine loses acknowledged writes.</summary>
    /// <value>Default: true.</value>
    public bool ForceSync { get; set; } = true;

    /// <summary>A sync of the log that takes longer is logged (<c>fsync.warningthresholdms</c>).</summary>
    /// <value>1 ms to 24 days. Default: 1 s.</value>
    public TimeSpan SlowSyncThreshold { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether transactions carry the digest of the tree (<c>digest.enabled</c>), which the word <c>hash</c> lists.</summary>
    /// <value>Default: true.</value>
    public bool WriteDigests { get; set; } = true;

    /// <summary>Snapshots kept, with the log they need, when old files are purged (<c>autopurge.snapRetainCount</c>).</summary>
    /// <value>Snapshots, 3 or more. Default: 3.</value>
    public int SnapshotsToKeep { get; set; } = 3;

    /// <summary>Whether old files are purged after each snapshot (<c>autopurge.purgeInterval</c>: 0 switches it off).</summary>
    /// <value>Default: true.</value>
    public bool PurgeOldFiles { get; set; } = true;

    /// <summary>
    /// Free room on the disk below which clients' writes are refused with -119 (<c>coordination.diskReserveInKb</c>), so that sessions can
    /// still be opened and closed.
    /// </summary>
    /// <value>Bytes, 0 for none; null for a twentieth of the file system, at most 1 GiB. Default: null.</value>
    public long? DiskReserve { get; set; }

    /// <summary>How often the room on the disk is looked at (<c>coordination.diskReserveCheckMs</c>).</summary>
    /// <value>1 ms to 24 days. Default: 1 s.</value>
    public TimeSpan DiskReserveCheckInterval { get; set; } = TimeSpan.FromSeconds(1);
}
