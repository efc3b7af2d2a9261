namespace Coordination.Server.Storage;

/// <summary>Where and how the server keeps its data. The defaults are Apache's, except that old files are purged.</summary>
internal sealed record StorageOptions
{
    /// <summary>Snapshots go to its <c>version-2</c>.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Logs go to its <c>version-2</c>; null: with the snapshots.</summary>
    public string? DataLogDirectory { get; init; }

    /// <summary>How far a log file is extended at a time, in KiB (<c>preAllocSize</c>); 0 extends it with each write.</summary>
    public int PreAllocSizeKiB { get; init; } = 65536;

    /// <summary>Transactions between two snapshots, at most (<c>snapCount</c>); at least 2. The actual number is drawn from the upper half.</summary>
    public int SnapCount { get; init; } = 100_000;

    /// <summary>Log bytes between two snapshots in KiB, at most (<c>snapSizeLimitInKb</c>); 0 or less: no such limit.</summary>
    public long SnapSizeLimitKiB { get; init; } = 4_194_304;

    /// <summary>How many snapshots to keep, with the logs they need; 0 keeps everything.</summary>
    public int SnapRetainCount { get; init; } = 3;

    /// <summary>False skips the sync before a transaction is acknowledged: a power loss then loses acknowledged writes.</summary>
    public bool ForceSync { get; init; } = true;

    /// <summary>The largest log entry and the largest string or buffer of a snapshot that is read, in bytes.</summary>
    public int MaxEntryLength { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// A lagging member gets entries from the log files if they take at most this part of the newest snapshot's size
    /// (<c>snapshotSizeFactor</c>), or are few anyway; below zero it gets a snapshot always.
    /// </summary>
    public double SnapshotSizeFactor { get; init; } = 0.33;

    /// <summary>How many bytes of logs are kept for lagging members and for readers beyond what is kept anyway.</summary>
    public long MaxPinnedLogBytes { get; init; } = 1L << 30;

    /// <summary>Spreads the snapshots of several servers.</summary>
    public Random Random { get; init; } = new();

    /// <summary>The directory of the snapshot files.</summary>
    public string SnapshotFiles => Path.Combine(DataDirectory, DataFileName.FormatDirectory);

    /// <summary>The directory of the log files.</summary>
    public string LogFiles => Path.Combine(DataLogDirectory ?? DataDirectory, DataFileName.FormatDirectory);

    /// <summary>Refuses values that cannot work.</summary>
    public void Validate()
    {
        Require(DataDirectory.Length > 0, "dataDir must be given");
        Require(PreAllocSizeKiB >= 0, "preAllocSize must be 0 or more KiB");
        Require(SnapCount >= 2, "snapCount must be at least 2");
        Require(SnapRetainCount >= 0, "snapRetainCount must be 0 (keep everything) or more");
        Require(MaxPinnedLogBytes >= 0, "the room for logs that lagging members need must be 0 or more bytes");
        Require(MaxEntryLength >= LogRecord.MinEntryLength, "the largest entry must hold at least a transaction header");
    }

    private static void Require(bool holds, string rule)
    {
        if (!holds)
            throw new StorageException($"Storage cannot be configured like this: {rule}.");
    }
}
