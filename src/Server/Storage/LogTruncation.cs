using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>
/// Cuts the history of a member behind a transaction that its leader does not know. Snapshots that may hold anything beyond the cut go
/// first (Apache leaves them, and the next start brings back what was cut: ZOOKEEPER-4837), then the logs from the last one on, each
/// durably, then the end of the one that holds the cut. So after a crash anywhere, what is left is the old history up to some transaction
/// not before the cut: it is gapless, both kinds of server open it, and the cut can be asked for again.
/// </summary>
internal sealed class LogTruncation
{
    private readonly IDisk _disk;
    private readonly StorageOptions _options;
    private readonly SnapshotStore _snapshots;
    private readonly LogReader _log;

    public LogTruncation(IDisk disk, StorageOptions options, SnapshotStore snapshots)
    {
        _disk = disk;
        _options = options;
        _snapshots = snapshots;
        _log = new LogReader(disk, options.LogFiles, options.MaxEntryLength);
    }

    /// <summary>Cuts. Nothing may be writing to log or snapshots.</summary>
    /// <param name="last">What is to be the last transaction.</param>
    /// <returns>Whether it is; otherwise nothing was changed, because the files do not hold that transaction and a way to it.</returns>
    /// <exception cref="StorageException">The files are damaged, or the disk failed.</exception>
    public bool Run(Zxid last)
    {
        List<SnapshotFile> all = _snapshots.Files();
        List<SnapshotFile> beyond = all.FindAll(file => IsBeyond(file, last));
        if (FindBase(all, beyond) is not { } start || FindCut(start.Last, last) is not { } cut)
            return false;

        foreach (SnapshotFile file in beyond)
            _disk.Delete(file.Path);
        if (beyond.Count > 0)
            _disk.SyncDirectory(_options.SnapshotFiles);

        // One at a time and durably: a removal may reach the disk before an earlier one, and a log that is missing before another is a gap.
        for (int i = cut.Later.Count - 1; i >= 0; i--)
        {
            _disk.Delete(cut.Later[i]);
            _disk.SyncDirectory(_options.LogFiles);
        }

        if (cut.Path is { } path)
            Cut(path, cut.Length);
        return true;
    }

    /// <summary>
    /// Whether a snapshot may hold a transaction beyond the cut: by its name, or because it was written while the tree changed and says in
    /// its trailer how far the tree was then.
    /// </summary>
    private bool IsBeyond(SnapshotFile file, Zxid last) =>
        file.Last > last || (_snapshots.LooksWhole(file) && SnapshotTrailerReader.ReachOf(_disk, file) > last);

    private SnapshotFile? FindBase(List<SnapshotFile> all, List<SnapshotFile> beyond)
    {
        foreach (SnapshotFile file in all)
        {
            if (!beyond.Contains(file) && _snapshots.IsWhole(file))
                return file;
        }

        return null;
    }

    /// <summary>Reads the log from the snapshot to its end, all of it, so that no gap and no damage is found when it is too late.</summary>
    private LogCut? FindCut(Zxid start, Zxid last)
    {
        long length = 0;
        string? path = null;
        bool isFound = start == last;
        List<string> later = [];
        Zxid previous = start;
        foreach ((Zxid first, string file) in _log.FilesBehind(start))
        {
            bool hasAny = false;
            long end = 0;
            LogFileScan scan = _log.ReadFile(file, (offset, entry) =>
            {
                Zxid zxid = LogRecord.ZxidOf(entry);
                if (zxid > start)
                {
                    if (!TransactionLog.IsSuccessor(previous, zxid))
                        throw new CorruptLogException(file, offset, $"transaction {zxid} follows {previous}", "Nothing was cut.");
                    previous = zxid;
                }

                if (zxid > last)
                    return;
                isFound |= zxid == last;
                hasAny = true;
                end = offset + entry.Length + LogRecord.Overhead;
            });
            if (!hasAny || first > last)
            {
                later.Add(file);
            }
            else if (scan.Last > last)
            {
                path = file;
                length = end;
            }
        }

        return isFound ? new LogCut(path, length, later) : null;
    }

    private void Cut(string path, long length)
    {
        using IDiskFile file = _disk.Open(path, DiskOpenMode.ReadWrite);
        file.SetLength(length);
        file.Sync();
    }

    /// <summary>What is to be done to the logs.</summary>
    /// <param name="Path">The file to be cut, if one has to be.</param>
    /// <param name="Length">What stays of it.</param>
    /// <param name="Later">The files that go, in ascending order.</param>
    private sealed record LogCut(string? Path, long Length, List<string> Later);
}
