using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Storage;

/// <summary>The entries that were to be read are not in the files any more: whoever needs them needs a snapshot.</summary>
internal sealed class HistoryGoneException(string message) : StorageException(message);

/// <summary>When a lagging member gets entries from the files, and when a snapshot.</summary>
internal static class HistoryFiles
{
    /// <summary>So much is cheaper to send than to think about.</summary>
    public const long AlwaysCheap = 256 * 1024;

    /// <summary>
    /// Finds the last entry at or before a transaction from which on the files have no gap. Inside an epoch the numbers show that; from one
    /// epoch to the next nothing does, unless both are behind a state that is known to have become what follows.
    /// </summary>
    /// <param name="log">The files.</param>
    /// <param name="after">The lagging member's last transaction.</param>
    /// <param name="upTo">Where memory begins; durable.</param>
    /// <param name="trusted">The files behind this one are this member's own history without a gap, and it is a state of that history.</param>
    /// <param name="maxBytes">Entries that are more than this are dearer than a snapshot.</param>
    /// <returns>The entry; null if a snapshot is the better way, or the only one.</returns>
    public static Zxid? Locate(LogReader log, Zxid after, Zxid upTo, Zxid trusted, long maxBytes)
    {
        try
        {
            using LogCursor cursor = log.OpenCursor(log.FilesBehind(new Zxid(after.Value - 1)), upTo);
            return Locate(cursor, after, upTo, trusted, maxBytes);
        }
        catch (Exception error) when (error is CorruptLogException or DiskException)
        {
            // Purged meanwhile; or damaged: a start would say so and end, but a member that leads still has its tree.
            return null;
        }
    }

    private static Zxid? Locate(LogCursor cursor, Zxid after, Zxid upTo, Zxid trusted, long maxBytes)
    {
        Zxid? floor = trusted <= after ? trusted : null;
        Zxid previous = trusted;
        bool hasBegun = false;
        long bytes = 0;
        while (cursor.MoveNext())
        {
            Zxid zxid = cursor.Zxid;
            if (zxid <= after)
            {
                if (floor is null || zxid > floor)
                    floor = zxid;
                continue;
            }

            if (floor is not { } start)
                return null;
            if (!hasBegun)
                previous = start;
            hasBegun = true;
            bool isNext = zxid == previous.Next || (zxid.Epoch > previous.Epoch && previous >= trusted);
            bytes += cursor.Entry.Length + LogRecord.Overhead;
            if (!isNext || bytes > maxBytes)
                return null;
            previous = zxid;
        }

        return (hasBegun ? previous : floor) == upTo ? floor : null;
    }
}

/// <summary>
/// Reads a piece of the history from the log files in slices, while the log grows, is rolled and purged: the files it needs are pinned.
/// Used by one thread at a time.
/// </summary>
internal sealed class HistoryReader : IDisposable
{
    private readonly LogCursor _cursor;
    private readonly LogPin _pin;
    private readonly Zxid _upTo;

    public HistoryReader(LogCursor cursor, LogPin pin, Zxid upTo)
    {
        _cursor = cursor;
        _pin = pin;
        _upTo = upTo;
    }

    /// <summary>The last entry handed out.</summary>
    public Zxid Last => _pin.After;

    /// <summary>Adds the next entries to a batch.</summary>
    /// <param name="batch">Takes them.</param>
    /// <param name="bytes">About how many bytes, but at least one entry.</param>
    /// <returns>Whether there are more.</returns>
    /// <exception cref="HistoryGoneException">They were purged, because this member lagged too far, or are not as they were found.</exception>
    public bool Read(LogBatch batch, int bytes)
    {
        int limit = batch.Bytes.Length + bytes;
        try
        {
            while (batch.Bytes.Length < limit && Last < _upTo)
            {
                if (_pin.IsBroken)
                    throw new HistoryGoneException($"The entries behind {Last} are kept no longer.");
                MoveNext();
                batch.Add(_cursor.Zxid, _cursor.Entry);
                _pin.After = _cursor.Zxid;
            }
        }
        catch (Exception error) when (error is CorruptLogException or DiskException)
        {
            throw new HistoryGoneException($"The entries behind {Last} cannot be read: {error.Message}");
        }

        return Last < _upTo;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cursor.Dispose();
        _pin.Dispose();
    }

    private void MoveNext()
    {
        Zxid after = Last;
        do
        {
            if (!_cursor.MoveNext())
                throw new HistoryGoneException($"The entries behind {after} are not in the files.");
        }
        while (_cursor.Zxid <= after);

        // The files may have been purged since the piece was located, or be damaged.
        if (!TransactionLog.IsSuccessor(after, _cursor.Zxid))
            throw new HistoryGoneException($"{_cursor.Zxid} follows {after} in the files.");
    }
}
