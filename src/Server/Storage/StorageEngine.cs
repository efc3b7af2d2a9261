using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Storage;

/// <summary>
/// Everything the host does with the disk. One thread at a time uses the log (<see cref="AppendAndFlush"/>, <see cref="Roll"/>), and
/// another one may at the same time write a snapshot and purge: the two sides share no state but the directory. Purges wait for each other.
/// </summary>
internal sealed partial class StorageEngine : ILogStore, IDisposable
{
    private readonly Lock _purging = new();
    private readonly IDisk _disk;
    private readonly StorageOptions _options;
    private readonly DataDirectory _directory;
    private readonly SnapshotStore _snapshots;
    private readonly TransactionLog _log;
    private readonly LogPins _pins;
    private long _trusted;
    private volatile bool _hasSnapshot;
    private long _recordLimit;
    private long _byteLimit;

    private StorageEngine(IDisk disk, StorageOptions options, DataDirectory directory, SnapshotStore snapshots, StorageRecovery recovery)
    {
        _disk = disk;
        _options = options;
        _directory = directory;
        _snapshots = snapshots;
        Recovery = recovery;
        _hasSnapshot = recovery.Snapshot is not null;
        _log = new TransactionLog(disk, options, recovery.Last);
        _pins = new LogPins(options.MaxPinnedLogBytes);
        _trusted = (recovery.Snapshot?.Last ?? Zxid.Zero).Value;
        DrawLimits();
    }

    /// <summary>What was on disk at the start.</summary>
    public StorageRecovery Recovery { get; }

    /// <summary>The last transaction appended or recovered.</summary>
    public Zxid Last => _log.Last;

    /// <summary>
    /// Whether the log has grown enough since the last roll for another snapshot: then <see cref="Roll"/>, and unless one is being
    /// written, <see cref="BeginSnapshot"/>.
    /// </summary>
    public bool IsSnapshotDue =>
        _log.RecordsSinceRoll > _recordLimit || (_options.SnapSizeLimitKiB > 0 && _log.BytesSinceRoll > _byteLimit);

    /// <summary>Opens a data directory: locks it, reads and checks what is there, cuts off torn writes.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="options">Where and how.</param>
    /// <exception cref="StorageException">The message says what is wrong with which file and what the operator can do.</exception>
    public static StorageEngine Open(IDisk disk, StorageOptions options)
    {
        options.Validate();
        List<string> notes = [];
        DataDirectory directory = DataDirectory.Open(disk, options, notes);
        try
        {
            SnapshotStore snapshots = new(disk, options.SnapshotFiles, options.MaxEntryLength);
            new SnapshotInstallation(disk, options, snapshots).Finish(notes);
            StorageRecovery recovery = StorageRecovery.Run(disk, options, snapshots, notes);
            return new StorageEngine(disk, options, directory, snapshots, recovery);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Writes a turn's transactions and makes them durable. In a new directory a snapshot has to be completed first.</summary>
    /// <exception cref="DiskException">Fatal: the log accepts nothing any more.</exception>
    public void AppendAndFlush(LogBatch batch)
    {
        // Apache refuses a log that no snapshot precedes.
        if (!_hasSnapshot)
            throw new InvalidOperationException("The first snapshot has to be durable before the first transaction is logged.");

        _log.Append(batch);
        _log.Flush();
    }

    /// <summary>Ends the present log file and draws the distance to the next snapshot.</summary>
    public void Roll()
    {
        _log.Roll();
        DrawLimits();
    }

    /// <summary>Begins the snapshot of the state after <paramref name="last"/>; it counts when completed.</summary>
    public SnapshotFileWriter BeginSnapshot(Zxid last) => _snapshots.Begin(last, _ => _hasSnapshot = true);

    /// <summary>Deletes snapshots and logs that nobody needs any more.</summary>
    /// <returns>What was deleted.</returns>
    public IReadOnlyList<string> Purge()
    {
        lock (_purging)
            return PurgeAlone();
    }

    /// <summary>Bytes of the snapshot files.</summary>
    public long SnapshotBytes() => _snapshots.Files().Sum(file => file.Length);

    /// <summary>Bytes of the log files, padding of the present one included.</summary>
    public long LogBytes() =>
        _disk.List(_options.LogFiles).Where(entry => DataFileName.TryParseLog(entry.Name, out _)).Sum(entry => entry.Length);

    /// <summary>Ends in order: everything appended is durable and the log carries no padding.</summary>
    public void Close()
    {
        try
        {
            _log.Roll();
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Lets go of files and lock without writing anything, as after a failure.</summary>
    public void Dispose()
    {
        _log.Dispose();
        _directory.Dispose();
    }

    private List<string> PurgeAlone()
    {
        List<SnapshotFile> all = _snapshots.Files();
        List<SnapshotFile> whole = all.FindAll(file => !Recovery.Damaged.Contains(file.Path) && _snapshots.LooksWhole(file));
        List<(Zxid First, string Path)> logs = Reader.Files();
        List<string> doomed = Retention.Plan(whole, all, logs, _options.SnapRetainCount);
        KeepPinned(doomed, logs);
        foreach (string path in doomed)
            _disk.Delete(path);
        foreach (string directory in doomed.Select(static path => Path.GetDirectoryName(path)!).Distinct(StringComparer.Ordinal))
            _disk.SyncDirectory(directory);
        return doomed;
    }

    // The random half keeps the servers of an ensemble from writing their snapshots at the same time.
    private void DrawLimits()
    {
        _recordLimit = (_options.SnapCount / 2) + _options.Random.Next(_options.SnapCount / 2);
        long half = _options.SnapSizeLimitKiB * 1024 / 2;
        _byteLimit = half <= 0 ? long.MaxValue : half + _options.Random.NextInt64(half);
    }
}
