using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>
/// What a data directory holds, checked completely before anything is handed out: the newest whole snapshot and the log behind it. Torn
/// writes are cut off, so that the directory can be opened by Apache and the next start finds nothing to repair.
/// </summary>
internal sealed class StorageRecovery
{
    private readonly SnapshotStore _snapshots;
    private readonly LogReader _log;
    private readonly LogScan _scan;
    private readonly List<string> _notes;

    private StorageRecovery(SnapshotStore snapshots, LogReader log, SnapshotChoice choice, LogScan scan, List<string> notes)
    {
        _snapshots = snapshots;
        _log = log;
        _scan = scan;
        _notes = notes;
        Snapshot = choice.File;
        Damaged = [.. choice.Damaged.Select(damaged => damaged.File.Path)];
        Last = scan.Last;
        Records = scan.Records;
    }

    /// <summary>Where the state begins; null in a new directory.</summary>
    public SnapshotFile? Snapshot { get; }

    /// <summary>Snapshots that cannot be read; never counted when old ones are purged.</summary>
    public IReadOnlyList<string> Damaged { get; }

    /// <summary>The last transaction on disk.</summary>
    public Zxid Last { get; }

    /// <summary>Transactions to replay.</summary>
    public long Records { get; }

    /// <summary>What was repaired or passed over, in words.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Opens the snapshot at the beginning of its body.</summary>
    public SnapshotFileReader OpenSnapshot() =>
        _snapshots.Open(Snapshot ?? throw new InvalidOperationException("A new data directory has no snapshot."));

    /// <summary>
    /// Hands out what the logs still have from before the snapshot: of at most two files, since the log that goes on behind a snapshot mostly
    /// begins there. Their order is that of the transactions.
    /// </summary>
    /// <exception cref="CorruptLogException">One of them is damaged, which matters to nothing else.</exception>
    public void ReadEarlier(LogEntryHandler handler)
    {
        Zxid last = Snapshot?.Last ?? Zxid.Zero;
        List<(Zxid First, string Path)> files = _log.Files().FindAll(file => file.First <= last);
        foreach ((_, string path) in files.Skip(files.Count - 2))
        {
            _log.ReadFile(path, (_, entry) =>
            {
                Zxid zxid = LogRecord.ZxidOf(entry);
                if (zxid <= last)
                    handler(zxid, entry);
            });
        }
    }

    /// <summary>Hands out every transaction behind the snapshot, in order.</summary>
    public void Replay(LogEntryHandler handler) => _log.Read(Snapshot?.Last ?? Zxid.Zero, handler);

    /// <summary>Reads and repairs.</summary>
    /// <exception cref="StorageException">The directory holds something that cannot be trusted; nothing was changed.</exception>
    public static StorageRecovery Run(IDisk disk, StorageOptions options, SnapshotStore snapshots, List<string> notes)
    {
        StorageRecovery found = Examine(disk, options, snapshots, notes);
        found.Repair(disk, options.LogFiles);
        return found;
    }

    /// <summary>Reads and changes nothing: what a start would find.</summary>
    /// <exception cref="StorageException">The directory holds something that cannot be trusted.</exception>
    public static StorageRecovery Examine(IDisk disk, StorageOptions options, SnapshotStore snapshots, List<string> notes)
    {
        LogReader log = new(disk, options.LogFiles, options.MaxEntryLength);
        SnapshotChoice choice = snapshots.FindNewest();
        LogScan scan = log.Read(choice.File?.Last ?? Zxid.Zero, handler: null);
        if (choice.File is null)
            RequireNew(choice, scan, options);
        foreach ((SnapshotFile file, CorruptSnapshotException error) in choice.Damaged)
            RequireCovered(file, error, scan, notes);
        return new StorageRecovery(snapshots, log, choice, scan, notes);
    }

    private static void RequireNew(SnapshotChoice choice, LogScan scan, StorageOptions options)
    {
        if (choice.Damaged.Count > 0)
        {
            throw new DataDirectoryException(
                $"No snapshot in '{options.SnapshotFiles}' can be read; the newest: {choice.Damaged[0].Error.Message}. Restore one from a copy. "
                + "To start with an empty database instead, move all snapshots and logs away.");
        }

        if (scan.Records > 0)
        {
            throw new DataDirectoryException(
                $"'{options.LogFiles}' has logs up to transaction {scan.Last}, but '{options.SnapshotFiles}' has no snapshot they could continue. "
                + "Check dataDir and dataLogDir, or restore the newest snapshot from a copy. To start with an empty database, move the logs away.");
        }
    }

    private static void RequireCovered(SnapshotFile file, CorruptSnapshotException error, LogScan scan, List<string> notes)
    {
        if (scan.Last < file.Last)
        {
            throw new DataDirectoryException(
                $"{error.Message}. The logs reach only transaction {scan.Last}, so an older snapshot would lose those up to {file.Last}. "
                + "Restore the snapshot or the logs from a copy; move the snapshot away to accept the loss.");
        }

        notes.Add($"Passed over a snapshot, which the logs cover: {error.Message}.");
    }

    private void Repair(IDisk disk, string directory)
    {
        foreach ((string path, LogTailVerdict verdict) in _scan.Torn)
        {
            if (verdict.Offset <= FileHeader.Length)
                disk.Delete(path);
            else
                Cut(disk, path, verdict.Offset);
            _notes.Add($"Cut '{path}' at offset {verdict.Offset}, where a write was interrupted: {verdict.Reason}.");
        }

        foreach (string path in _scan.Empty)
        {
            disk.Delete(path);
            _notes.Add($"Removed '{path}', which was created and never written.");
        }

        if (_scan.Torn.Count + _scan.Empty.Count > 0)
            disk.SyncDirectory(directory);
    }

    private static void Cut(IDisk disk, string path, long length)
    {
        using IDiskFile file = disk.Open(path, DiskOpenMode.ReadWrite);
        file.SetLength(length);
        file.Sync();
    }
}
