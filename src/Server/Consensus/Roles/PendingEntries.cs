using Coordination.Protocol;

namespace Coordination.Server.Consensus.Roles;

/// <summary>
/// Entries that a learner was given before it may serve, in order: how many of them are known to be part of the leader's history, and how
/// many of those have left for the log.
/// </summary>
internal sealed class PendingEntries
{
    private LogBatch _entries = new();
    private int _taken;
    private int _committed;

    /// <summary>Whether there is a committed entry that has not been taken.</summary>
    public bool HasCommitted => _taken < _committed;

    /// <summary>The last entry; what was there before the first one if there is none.</summary>
    public Zxid Last { get; private set; }

    /// <summary>The last committed entry, taken or not; what was there before the first one if there is none.</summary>
    public Zxid Committed { get; private set; }

    /// <summary>Begins behind a zxid.</summary>
    public void Begin(Zxid last) => Last = Committed = last;

    /// <summary>Takes an entry in.</summary>
    /// <returns>False if it leaves a gap.</returns>
    public bool Add(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        if (!History.IsSuccessor(Last, zxid))
            return false;

        _entries.Add(zxid, entry);
        Last = zxid;
        return true;
    }

    /// <summary>The oldest entry that was not committed is.</summary>
    /// <returns>False if it is another one.</returns>
    public bool Commit(Zxid zxid)
    {
        if (_committed >= _entries.Entries.Count || _entries.Entries[_committed].Zxid != zxid)
            return false;

        _committed++;
        Committed = zxid;
        return true;
    }

    /// <summary>Takes the next committed entry out, or also one that is not committed; the bytes live until the next <see cref="Add"/>.</summary>
    public bool TryTake(bool committedOnly, out Zxid zxid, out ReadOnlySpan<byte> entry)
    {
        if (_taken >= (committedOnly ? _committed : _entries.Entries.Count))
        {
            zxid = default;
            entry = default;
            return false;
        }

        zxid = _entries.Entries[_taken].Zxid;
        entry = _entries[_taken];
        _taken++;
        return true;
    }

    /// <summary>Gives back the memory of what was taken, once all of it was.</summary>
    public void Shrink()
    {
        if (_taken < _entries.Entries.Count)
            return;

        _entries.Clear();
        _taken = _committed = 0;
    }

    /// <summary>Hands all committed entries over at once.</summary>
    public LogBatch Detach()
    {
        InvariantException.Require(_taken == 0, "Entries leave one by one or all together.");
        LogBatch all = _entries;
        LogBatch committed = new();
        LogBatch rest = new();
        for (int i = 0; i < all.Entries.Count; i++)
            (i < _committed ? committed : rest).Add(all.Entries[i].Zxid, all[i]);
        all.Bytes.Dispose();
        _entries = rest;
        _committed = 0;
        return committed;
    }
}
