using Coordination.Protocol;

namespace Coordination.Server.Consensus;

/// <summary>
/// Collects the end of a log that is read from front to back: at least half of the bytes that are wanted, if the log has as many. Two
/// halves take turns, so that nothing is moved.
/// </summary>
internal sealed class RecentEntries
{
    private readonly int _half;
    private LogBatch _older = new();
    private LogBatch _newer = new();

    /// <param name="start">What the log follows.</param>
    /// <param name="maxBytes">How much to keep at most, but for a single entry that is larger.</param>
    public RecentEntries(Zxid start, int maxBytes)
    {
        _half = maxBytes / 2;
        Before = Last = start;
    }

    /// <summary>What the first entry follows.</summary>
    public Zxid Before { get; private set; }

    /// <summary>The last entry.</summary>
    public Zxid Last { get; private set; }

    /// <summary>The entries, in order.</summary>
    public IEnumerable<LogBatch> Batches => [_older, _newer];

    /// <summary>Takes the next entry of the log.</summary>
    public void Add(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        if (_newer.Bytes.Length > 0 && _newer.Bytes.Length + entry.Length > _half)
        {
            if (_older.Entries.Count > 0)
                Before = _older.Entries[^1].Zxid;
            (_older, _newer) = (_newer, _older);
            _newer.Clear();
        }

        _newer.Add(zxid, entry);
        Last = zxid;
    }

    /// <summary>Gives the memory back: the entries are somewhere else now.</summary>
    public void Release()
    {
        _older.Bytes.Dispose();
        _newer.Bytes.Dispose();
        (_older, _newer) = (new LogBatch(), new LogBatch());
        Before = Last;
    }
}
