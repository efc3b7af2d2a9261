using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <content>
/// What only a member of an ensemble does with its disk: cut its history, let a snapshot take its place, read it back for others. The first
/// two are for the thread of the log, and nobody may be writing a snapshot meanwhile: it would be of a tree that is going away.
/// </content>
internal sealed partial class StorageEngine
{
    /// <summary>
    /// The files behind this transaction are this member's history without a gap, and it is a state of that history. What is older may have
    /// gaps from one epoch to the next that do not show: Apache's servers leave such.
    /// </summary>
    public Zxid Trusted => new(Volatile.Read(ref _trusted));

    private LogReader Reader => new(_disk, _options.LogFiles, _options.MaxEntryLength);

    /// <summary>Removes what a snapshot from a leader has left behind it, at the start of a member.</summary>
    public void Fence(List<string> notes)
    {
        if (Recovery.Snapshot is { } newest)
            new SnapshotInstallation(_disk, _options, _snapshots).Fence(newest.Last, notes);
    }

    /// <summary>Cuts the history behind a transaction.</summary>
    /// <param name="last">What is to be the last one.</param>
    /// <returns>What a start would find now, for the tree to be built from; null if the files cannot be cut there: nothing has changed.</returns>
    /// <exception cref="StorageException">Fatal: what is on disk is unknown.</exception>
    public StorageRecovery? Truncate(Zxid last)
    {
        lock (_purging)
        {
            Roll();
            if (!new LogTruncation(_disk, _options, _snapshots).Run(last))
                return null;

            StorageRecovery found = Examine(last);
            _log.Continue(last);
            _pins.BreakAll();
            if (last < Trusted)
                Volatile.Write(ref _trusted, last.Value);
            return found;
        }
    }

    /// <summary>Lets a snapshot from the leader take the place of log and snapshots.</summary>
    /// <param name="last">The transaction that it is the state after.</param>
    /// <param name="snapshot">The snapshot, complete.</param>
    /// <exception cref="StorageException">Fatal: what is on disk is unknown.</exception>
    public void Install(Zxid last, IReceivedSnapshot snapshot)
    {
        lock (_purging)
        {
            Roll();
            new SnapshotInstallation(_disk, _options, _snapshots).Run(last, _log.Last, snapshot);
            _hasSnapshot = true;
            _log.Continue(last);
            _pins.BreakAll();
            Volatile.Write(ref _trusted, last.Value);
        }
    }

    /// <summary>
    /// The last entry at or before a transaction from which on the files have no gap, if they are a cheaper way than a snapshot. For any
    /// thread; takes as long as reading them.
    /// </summary>
    /// <param name="after">A lagging member's last transaction.</param>
    /// <param name="upTo">Where memory begins; durable.</param>
    public Zxid? LocateHistory(Zxid after, Zxid upTo)
    {
        if (_options.SnapshotSizeFactor < 0)
            return null;

        long snapshot = _snapshots.Files().Select(static file => file.Length).FirstOrDefault();
        long limit = Math.Max(HistoryFiles.AlwaysCheap, (long)(snapshot * _options.SnapshotSizeFactor));
        using LogPin pin = _pins.Add(after);
        return HistoryFiles.Locate(Reader, after, upTo, Trusted, limit);
    }

    /// <summary>Opens a piece of the history that was located. For any thread.</summary>
    /// <param name="after">An entry, or <see cref="Trusted"/>.</param>
    /// <param name="upTo">The last entry to read; durable.</param>
    public HistoryReader OpenHistory(Zxid after, Zxid upTo)
    {
        LogPin pin = _pins.Add(after);
        LogReader reader = Reader;
        return new HistoryReader(reader.OpenCursor(reader.FilesBehind(after), upTo), pin, upTo);
    }

    /// <summary>Keeps the entries behind a transaction for a member that lags, as far as the budget goes.</summary>
    public LogPin Pin(Zxid after) => _pins.Add(after);

    private StorageRecovery Examine(Zxid last)
    {
        var found = StorageRecovery.Examine(_disk, _options, _snapshots, []);
        return found.Last == last && found.Snapshot is not null
            ? found
            : throw new StorageException($"The log was cut behind {last}, but a start would find {found.Last}.");
    }

    private void KeepPinned(List<string> doomed, List<(Zxid First, string Path)> logs)
    {
        int firstKept = logs.FindIndex(log => !doomed.Contains(log.Path));
        if (firstKept <= 0)
            return;

        Dictionary<string, long> lengths = _disk.List(_options.LogFiles).ToDictionary(
            static entry => entry.Name, static entry => entry.Length, StringComparer.Ordinal);
        int kept = _pins.Keep(
            logs.ConvertAll(log => (log.First, lengths.GetValueOrDefault(Path.GetFileName(log.Path)))), firstKept);
        for (int i = kept; i < firstKept; i++)
            doomed.Remove(logs[i].Path);
    }
}
