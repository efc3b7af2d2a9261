using Coordination.Protocol;

namespace Coordination.Server.Consensus;

/// <summary>
/// Entries in ascending order of their zxids, each in one piece, in a circle of bytes that grows as long as it has to. Insertion at the end
/// gives the oldest entries back when there is more than enough, but none that is still needed.
/// </summary>
internal sealed class EntryRing(int maxBytes)
{
    private const int FirstBytes = 64 * 1024;
    private const int FirstEntries = 256;

    private Slot[] _slots = new Slot[FirstEntries];
    private byte[] _bytes = new byte[FirstBytes];

    // Entries lie from _tail on, end before _head, and never wrap inside: what does not fit behind the last begins at 0.
    private int _head;

    /// <summary>The number of the first entry.</summary>
    public long Begin { get; private set; }

    /// <summary>The number behind the last entry.</summary>
    public long End { get; private set; }

    /// <summary>Bytes of entries.</summary>
    public long Bytes { get; private set; }

    /// <summary>The zxid of an entry.</summary>
    public Zxid ZxidAt(long number) => Of(number).Zxid;

    /// <summary>The bytes of an entry; valid until the next change.</summary>
    public ReadOnlySpan<byte> At(long number)
    {
        ref readonly Slot slot = ref Of(number);
        return _bytes.AsSpan(slot.Offset, slot.Length);
    }

    /// <summary>The number of the first entry whose zxid is greater; <see cref="End"/> if there is none.</summary>
    public long FindAfter(Zxid zxid)
    {
        // Mostly it is near the end.
        if (End == Begin || Of(End - 1).Zxid <= zxid)
            return End;

        long low = Begin;
        long high = End - 1;
        while (low < high)
        {
            long middle = low + ((high - low) >> 1);
            if (Of(middle).Zxid <= zxid)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Inserts an entry at the end.</summary>
    /// <param name="zxid">Its zxid, greater than the last.</param>
    /// <param name="entry">Its bytes; they are copied.</param>
    /// <param name="needed">The number of the first entry that may not be given back.</param>
    /// <returns>The last entry that was given back for it, if any.</returns>
    public Zxid? Append(Zxid zxid, ReadOnlySpan<byte> entry, long needed)
    {
        InvariantException.Require(!entry.IsEmpty, "An entry has a header at least.");
        Zxid? dropped = null;
        while (Bytes + entry.Length > maxBytes && Begin < Math.Min(needed, End))
            dropped = DropFirst();

        if (End - Begin == _slots.Length)
            GrowSlots();
        int offset = Place(entry.Length);
        entry.CopyTo(_bytes.AsSpan(offset));
        _slots[Index(End)] = new Slot(zxid, offset, entry.Length);
        _head = offset + entry.Length;
        Bytes += entry.Length;
        End++;
        return dropped;
    }

    /// <summary>Removes an entry and all behind it.</summary>
    public void RemoveFrom(long number)
    {
        while (End > number)
        {
            End--;
            ref readonly Slot slot = ref _slots[Index(End)];
            Bytes -= slot.Length;
            _head = slot.Offset;
        }
    }

    /// <summary>Removes all. Numbers go on.</summary>
    public void Clear()
    {
        Begin = End;
        Bytes = 0;
        _head = 0;
    }

    private Zxid DropFirst()
    {
        ref readonly Slot slot = ref _slots[Index(Begin)];
        Bytes -= slot.Length;
        Begin++;
        return slot.Zxid;
    }

    private int Index(long number) => (int)(number & (_slots.Length - 1));

    private ref readonly Slot Of(long number)
    {
        InvariantException.Require(number >= Begin && number < End, "There is no such entry in memory.");
        return ref _slots[Index(number)];
    }

    /// <summary>Finds room for an entry in one piece.</summary>
    private int Place(int length)
    {
        while (true)
        {
            if (End == Begin)
            {
                if (length <= _bytes.Length)
                    return 0;
            }
            else
            {
                int tail = _slots[Index(Begin)].Offset;
                bool wraps = _head <= tail;
                if (_head + length <= (wraps ? tail : _bytes.Length))
                    return _head;
                if (!wraps && length <= tail)
                    return 0;
            }

            GrowBytes(length);
        }
    }

    private void GrowBytes(int room)
    {
        InvariantException.Require(Bytes + room <= Array.MaxLength, "More waits to be delivered than memory can address.");
        var larger = new byte[(int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, Bytes + room))];
        int offset = 0;
        for (long number = Begin; number < End; number++)
        {
            ref Slot slot = ref _slots[Index(number)];
            _bytes.AsSpan(slot.Offset, slot.Length).CopyTo(larger.AsSpan(offset));
            slot = slot with { Offset = offset };
            offset += slot.Length;
        }

        _bytes = larger;
        _head = offset;
    }

    private void GrowSlots()
    {
        var larger = new Slot[_slots.Length * 2];
        for (long number = Begin; number < End; number++)
            larger[(int)(number & (larger.Length - 1))] = _slots[Index(number)];
        _slots = larger;
    }

    private readonly record struct Slot(Zxid Zxid, int Offset, int Length);
}
