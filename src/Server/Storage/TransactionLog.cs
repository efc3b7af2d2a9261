using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Storage;

/// <summary>
/// The write side of the log. Every start begins a new file, as in Apache: what an earlier process left is never appended to. After any
/// failed write or sync it refuses to go on, because what is on disk is then unknown.
/// </summary>
internal sealed class TransactionLog : IDisposable
{
    // A batch larger than this is rare; its buffer is not kept.
    private const int KeptBuffer = 4 * 1024 * 1024;

    private readonly IDisk _disk;
    private readonly StorageOptions _options;
    private LogSegmentWriter? _segment;
    private byte[] _staging = new byte[64 * 1024];
    private int _staged;
    private bool _hasFailed;

    /// <summary>Continues the log behind <paramref name="last"/>.</summary>
    public TransactionLog(IDisk disk, StorageOptions options, Zxid last)
    {
        _disk = disk;
        _options = options;
        Last = last;
    }

    /// <summary>The last transaction appended.</summary>
    public Zxid Last { get; private set; }

    /// <summary>Records in the present file.</summary>
    public long RecordsSinceRoll { get; private set; }

    /// <summary>Bytes in the present file, padding not counted.</summary>
    public long BytesSinceRoll => _segment?.Position ?? 0;

    /// <summary>
    /// Writes the entries in order. Nothing is durable before <see cref="Flush"/>, except that a batch larger than
    /// <see cref="LogTail.MaxUnsyncedBytes"/> is synced in pieces, on which the recognition of torn writes relies.
    /// </summary>
    public void Append(LogBatch batch)
    {
        RequireUsable();
        _hasFailed = true;
        ReadOnlySpan<byte> bytes = batch.Bytes.WrittenSpan;
        foreach (LogEntrySpan span in batch.Entries)
            Stage(span.Zxid, bytes.Slice(span.Offset, span.Length));
        WriteStaged();
        _hasFailed = false;
    }

    /// <summary>Makes everything appended durable.</summary>
    /// <exception cref="DiskSyncException">Fatal.</exception>
    public void Flush()
    {
        RequireUsable();
        _hasFailed = true;
        SyncSegment();
        _hasFailed = false;
    }

    /// <summary>Ends the present file; the next append begins another one.</summary>
    public void Roll()
    {
        Flush();
        _hasFailed = true;
        _segment?.Finish();
        _segment?.Dispose();
        _segment = null;
        RecordsSinceRoll = 0;
        _hasFailed = false;
    }

    /// <summary>The files end somewhere else now. Only between <see cref="Roll"/> and the next append.</summary>
    public void Continue(Zxid last)
    {
        RequireUsable();
        if (_segment is not null)
            throw new InvalidOperationException("The log cannot change under the file that is being written.");
        Last = last;
    }

    /// <summary>Lets go of the file without touching it.</summary>
    public void Dispose()
    {
        _hasFailed = true;
        _segment?.Dispose();
        _segment = null;
    }

    private void Stage(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        if (!IsSuccessor(Last, zxid))
            throw new InvalidOperationException($"Transaction {zxid} cannot follow {Last} in the log.");
        if (entry.Length < LogRecord.MinEntryLength || LogRecord.ZxidOf(entry) != zxid)
            throw new InvalidOperationException($"The entry for transaction {zxid} has no matching header.");
        if (entry.Length > _options.MaxEntryLength)
            throw new InvalidOperationException($"Transaction {zxid} has {entry.Length} bytes; more than {_options.MaxEntryLength} cannot be read back.");

        int length = entry.Length + LogRecord.Overhead;
        _segment ??= new LogSegmentWriter(_disk, _options.LogFiles, zxid, _options.PreAllocSizeKiB);
        long unsynced = _segment.Unsynced + _staged;
        if (unsynced > 0 && unsynced + length > LogTail.MaxUnsyncedBytes)
        {
            WriteStaged();
            SyncSegment();
        }

        if (_staging.Length < _staged + length)
            Array.Resize(ref _staging, Math.Max(_staging.Length * 2, _staged + length));
        _staged += LogRecord.Write(_staging.AsSpan(_staged), entry);
        Last = zxid;
        RecordsSinceRoll++;
    }

    private void WriteStaged()
    {
        if (_staged == 0)
            return;

        _segment!.Append(_staging.AsSpan(0, _staged));
        _staged = 0;
        if (_staging.Length > KeptBuffer)
            _staging = new byte[64 * 1024];
    }

    private void SyncSegment()
    {
        if (_segment is { Unsynced: > 0 } segment)
            segment.Sync(_options.ForceSync);
    }

    /// <summary>Zxids are gapless inside an epoch; a new epoch may begin anywhere above.</summary>
    public static bool IsSuccessor(Zxid previous, Zxid next) => next == previous.Next || next.Epoch > previous.Epoch;

    private void RequireUsable()
    {
        if (_hasFailed)
            throw new InvalidOperationException("The log is closed, or an earlier write or sync failed and what is on disk is unknown.");
    }
}
