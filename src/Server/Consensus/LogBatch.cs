using Coordination.Protocol;

namespace Coordination.Server.Consensus;

/// <summary>Entries for the log, in zxid order and serialised: header, record and digest, without the framing of the log file.</summary>
internal sealed class LogBatch
{
    /// <summary>The bytes.</summary>
    public FrameBuffer Bytes { get; } = new(4096);

    /// <summary>Where each entry begins and ends inside <see cref="Bytes"/>.</summary>
    public List<LogEntrySpan> Entries { get; } = [];

    /// <summary>The bytes of one entry; valid until the next change.</summary>
    public ReadOnlySpan<byte> this[int index] => Bytes.WrittenSpan.Slice(Entries[index].Offset, Entries[index].Length);

    /// <summary>Copies an entry behind the others.</summary>
    public void Add(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        int offset = Bytes.Length;
        entry.CopyTo(Bytes.GetSpan(entry.Length));
        Bytes.Advance(entry.Length);
        Entries.Add(new LogEntrySpan(zxid, offset, entry.Length));
    }

    /// <summary>Forgets the entries and keeps the memory.</summary>
    public void Clear()
    {
        Bytes.Clear();
        Entries.Clear();
    }
}

/// <summary>One entry of a <see cref="LogBatch"/>.</summary>
/// <param name="Zxid">Its transaction.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Number of bytes.</param>
internal readonly record struct LogEntrySpan(Zxid Zxid, int Offset, int Length);
