using Coordination.Protocol;

namespace Coordination.Server.Consensus;

/// <summary>
/// The end of the log in memory: entries without a gap, with the marks up to which they are on this disk, committed, and delivered. It
/// begins wherever memory was given back; what is not delivered yet is never given back. Spans that are handed out live until the next
/// insertion.
/// </summary>
/// <remarks>Entries are numbered from the first one ever inserted on, so that a number stays what it is while the beginning moves.</remarks>
internal sealed class History
{
    private readonly EntryRing _entries;

    // The number of the first entry that is not delivered.
    private long _next;

    /// <param name="last">The end of the recovered log; the tree holds everything up to it.</param>
    /// <param name="maxBytes">How much is kept of what was delivered.</param>
    public History(Zxid last, int maxBytes)
    {
        _entries = new EntryRing(maxBytes);
        Base = Last = Persisted = Committed = Delivered = last;
    }

    /// <summary>
    /// Takes entries of the recovered log into memory, for members that were away a little longer. They are on this disk and in the tree.
    /// Before anything else; all of them, up to the end.
    /// </summary>
    /// <param name="before">What the first one follows.</param>
    /// <param name="batches">The entries.</param>
    public void Recover(Zxid before, IEnumerable<LogBatch> batches)
    {
        InvariantException.Require(_next == 0 && _entries.End == 0 && Base == Last, "The recovered log comes first.");
        Zxid end = Base = before;
        foreach (LogBatch batch in batches)
        {
            for (int i = 0; i < batch.Entries.Count; i++)
            {
                Zxid zxid = batch.Entries[i].Zxid;
                InvariantException.Require(IsSuccessor(end, zxid), "The recovered log has a gap.");
                if (_entries.Append(zxid, batch[i], needed: _entries.End) is { } dropped)
                    Base = dropped;
                end = zxid;
            }
        }

        InvariantException.Require(end == Last, "The recovered log ends elsewhere.");
        _next = _entries.End;
    }

    /// <summary>What the first entry here follows. The history up to it is this server's too, but in files only.</summary>
    public Zxid Base { get; private set; }

    /// <summary>The last entry, on its way to the disk or there.</summary>
    public Zxid Last { get; private set; }

    /// <summary>The last entry that is on this disk and synced.</summary>
    public Zxid Persisted { get; private set; }

    /// <summary>The last entry known to be committed.</summary>
    public Zxid Committed { get; private set; }

    /// <summary>The last entry that is in the tree. It is never beyond this disk.</summary>
    public Zxid Delivered { get; private set; }

    /// <summary>The number behind the last entry.</summary>
    public long End => _entries.End;

    /// <summary>Bytes of entries in memory.</summary>
    public long Bytes => _entries.Bytes;

    /// <summary>Whether one zxid may stand behind another: without a gap in an epoch, or at the beginning of a later one.</summary>
    public static bool IsSuccessor(Zxid previous, Zxid next) => next == previous.Next || (next.Epoch > previous.Epoch && next.Counter <= 1);

    /// <summary>Takes an entry that is being logged.</summary>
    public void Append(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        if (!IsSuccessor(Last, zxid))
            throw new InvariantException($"{zxid} cannot follow {Last}.");
        if (_entries.Append(zxid, entry, needed: _next) is { } dropped)
            Base = dropped;
        Last = zxid;
    }

    /// <summary>Everything up to an entry is on this disk.</summary>
    public void Persist(Zxid zxid)
    {
        InvariantException.Require(zxid <= Last, "The disk confirms an entry that was never given to it.");
        if (zxid > Persisted)
            Persisted = zxid;
    }

    /// <summary>Everything up to an entry is committed.</summary>
    public void Commit(Zxid zxid)
    {
        InvariantException.Require(zxid >= Committed && zxid <= Last, "What is committed neither shrinks nor exceeds the history.");
        Committed = zxid;
    }

    /// <summary>Takes the next committed entry for the tree, once, in order, and not before it is on this disk.</summary>
    public bool TryDeliver(out Zxid zxid, out ReadOnlySpan<byte> entry)
    {
        if (Delivered >= Committed || Delivered >= Persisted)
        {
            zxid = default;
            entry = default;
            return false;
        }

        zxid = _entries.ZxidAt(_next);
        entry = _entries.At(_next);
        _next++;

        // Marks stand on entries, so that the next one cannot lie beyond them.
        InvariantException.Require(zxid <= Committed && zxid <= Persisted, "A mark stands between two entries.");
        Delivered = zxid;
        return true;
    }

    /// <summary>The number of the first entry behind a zxid; <see cref="End"/> if there is none.</summary>
    /// <param name="zxid">Not below <see cref="Base"/>.</param>
    public long FindAfter(Zxid zxid)
    {
        InvariantException.Require(zxid >= Base, "The entries behind this one are not in memory any more.");
        return _entries.FindAfter(zxid);
    }

    /// <summary>The zxid of an entry by its number.</summary>
    public Zxid ZxidAt(long number) => _entries.ZxidAt(number);

    /// <summary>An entry by its number.</summary>
    public ReadOnlySpan<byte> At(long number) => _entries.At(number);

    /// <summary>The last entry at or before a zxid.</summary>
    /// <param name="zxid">Not below <see cref="Base"/>.</param>
    public Zxid Floor(Zxid zxid)
    {
        long number = FindAfter(zxid);
        return number == _entries.Begin ? Base : _entries.ZxidAt(number - 1);
    }

    /// <summary>Whether an entry is part of this history.</summary>
    /// <param name="zxid">Not below <see cref="Base"/>.</param>
    public bool Contains(Zxid zxid) => Floor(zxid) == zxid;

    /// <summary>
    /// The log was cut. What was delivered beyond the cut has left the tree too: the caller has seen to it.
    /// </summary>
    public void Truncate(Zxid last)
    {
        InvariantException.Require(Persisted == Last, "The log is cut while entries are on their way to it.");
        if (last < Base)
        {
            Reset(last);
            return;
        }

        InvariantException.Require(Contains(last), "The log is cut where it has no entry.");
        _entries.RemoveFrom(_entries.FindAfter(last));
        Last = Persisted = last;
        Committed = Min(Committed, last);
        Delivered = Min(Delivered, last);
        _next = Math.Min(_next, _entries.End);
    }

    /// <summary>A snapshot has taken the place of log and tree.</summary>
    public void Reset(Zxid last)
    {
        InvariantException.Require(Persisted == Last, "The log is replaced while entries are on their way to it.");
        _entries.Clear();
        _next = _entries.End;
        Base = Last = Persisted = Committed = Delivered = last;
    }

    private static Zxid Min(Zxid left, Zxid right) => left < right ? left : right;
}
