using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>A snapshot that came from the leader, beside the present tree and not on disk yet.</summary>
internal interface IReceivedSnapshot
{
    /// <summary>Applies an entry of the leader's log. Those that are in the snapshot change nothing.</summary>
    void Apply(ReadOnlySpan<byte> entry);

    /// <summary>Appends the body and completes the file.</summary>
    void WriteTo(SnapshotFileWriter file);
}

/// <summary>
/// Lets a snapshot from the leader take the place of everything a member has. Nothing older stays: between the end of the old log and the
/// snapshot there may be a gap that the files do not show, and a server that served its history across it would lose writes on its
/// followers (ZOOKEEPER-2099, 2846); nor may a start fall back on an older snapshot across it. What the other servers know of this one's
/// acknowledgements stays true at every moment: the old history is there until the new state is durable.
/// </summary>
internal sealed class SnapshotInstallation(IDisk disk, StorageOptions options, SnapshotStore snapshots)
{
    private readonly LogReader _log = new(disk, options.LogFiles, options.MaxEntryLength);

    /// <summary>Installs. Nothing may be writing to log or snapshots.</summary>
    /// <param name="last">The transaction that the snapshot is the state after.</param>
    /// <param name="logged">The end of the present log.</param>
    /// <param name="snapshot">The snapshot, complete.</param>
    /// <exception cref="DiskException">Fatal.</exception>
    public void Run(Zxid last, Zxid logged, IReceivedSnapshot snapshot)
    {
        // Beyond everything that is here a start takes the new snapshot as soon as it can be seen, whatever is left of the rest. Otherwise it
        // would replay the old log on it, or prefer an old snapshot: then it stays hidden until they are gone, and a start finishes that.
        bool isAhead = last >= logged && snapshots.Files().TrueForAll(file => file.Last <= last);
        using (SnapshotFileWriter writer = isAhead ? snapshots.Begin(last) : snapshots.BeginHidden(last, DataFileName.Installing(last)))
            snapshot.WriteTo(writer);
        if (isAhead)
            RemoveOthers(last);
        else
            Expose(last);
    }

    /// <summary>At a start: does the rest of an installation that a crash interrupted while the snapshot was hidden.</summary>
    public void Finish(List<string> notes)
    {
        foreach (DiskEntry entry in disk.List(options.SnapshotFiles))
        {
            if (!DataFileName.TryParseInstalling(entry.Name, out Zxid last))
                continue;
            Expose(last);
            notes.Add($"A snapshot from the leader, of transaction {last}, has taken the place of what was here; the server had ended meanwhile.");
        }
    }

    /// <summary>
    /// At a start of a member: if the log does not lead up to the newest snapshot, that one came from a leader, and what is older is removed
    /// here. Apache's servers leave it, and a crash may have.
    /// </summary>
    /// <param name="newest">The snapshot that the start begins with; it is whole.</param>
    /// <param name="notes">Says what was removed.</param>
    public void Fence(Zxid newest, List<string> notes)
    {
        if (IsInLog(newest))
            return;

        int removed = RemoveBefore(newest);
        if (removed > 0)
            notes.Add($"Removed {removed} files older than the snapshot of {newest}, which came from a leader: transactions between are missing.");
    }

    private bool IsInLog(Zxid zxid)
    {
        bool isFound = false;
        string? path = _log.Files().FindLast(file => file.First <= zxid).Path;
        if (path is not null)
            _log.ReadFile(path, (_, entry) => isFound |= LogRecord.ZxidOf(entry) == zxid);
        return isFound;
    }

    private void Expose(Zxid last)
    {
        // Without a snapshot Apache's servers do not take the old logs for the state, whatever is left of them.
        Remove(options.SnapshotFiles, snapshots.Files().ConvertAll(static file => file.Path));
        Remove(options.LogFiles, _log.Files().ConvertAll(static file => file.Path));
        disk.Rename(
            Path.Combine(options.SnapshotFiles, DataFileName.Installing(last)), Path.Combine(options.SnapshotFiles, DataFileName.Snapshot(last)));
        disk.SyncDirectory(options.SnapshotFiles);
    }

    private void RemoveOthers(Zxid last)
    {
        string kept = Path.Combine(options.SnapshotFiles, DataFileName.Snapshot(last));
        Remove(options.LogFiles, _log.Files().ConvertAll(static file => file.Path));
        Remove(options.SnapshotFiles, [.. snapshots.Files().Select(static file => file.Path).Where(path => path != kept)]);
    }

    /// <summary>Removes the snapshots before one, and the logs that end before it.</summary>
    private int RemoveBefore(Zxid newest)
    {
        List<(Zxid First, string Path)> logs = _log.Files();
        List<string> doomed = [];
        for (int i = 0; i < logs.Count && logs[i].First <= newest; i++)
        {
            if (_log.ReadFile(logs[i].Path).Last <= newest)
                doomed.Add(logs[i].Path);
        }

        Remove(options.LogFiles, doomed);
        List<string> older = [.. snapshots.Files().Where(file => file.Last < newest).Select(static file => file.Path)];
        Remove(options.SnapshotFiles, older);
        return doomed.Count + older.Count;
    }

    private void Remove(string directory, List<string> paths)
    {
        foreach (string path in paths)
            disk.Delete(path);
        if (paths.Count > 0)
            disk.SyncDirectory(directory);
    }
}
