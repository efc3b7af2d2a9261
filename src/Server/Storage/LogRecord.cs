using System.Buffers.Binary;
using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>
/// How a transaction is framed in a log file: Adler-32 of the entry as a 64-bit number, length, entry, and the byte 'B'. The checksum
/// covers the entry only; the marker behind it tells a finished write from an unfinished one.
/// </summary>
internal static class LogRecord
{
    /// <summary>Bytes before the entry.</summary>
    public const int PrefixLength = 12;

    /// <summary>Bytes around the entry.</summary>
    public const int Overhead = PrefixLength + 1;

    /// <summary>The smallest entry: a transaction header (clientId, cxid, zxid, time, type).</summary>
    public const int MinEntryLength = 32;

    /// <summary>The last byte of a record.</summary>
    public const byte EndMarker = 0x42;

    private const int ZxidOffset = 12;

    /// <summary>The transaction an entry is about.</summary>
    public static Zxid ZxidOf(ReadOnlySpan<byte> entry) => new(BinaryPrimitives.ReadInt64BigEndian(entry[ZxidOffset..]));

    /// <summary>The checksum and the length that precede an entry.</summary>
    public static (long Checksum, int Length) ReadPrefix(ReadOnlySpan<byte> prefix) =>
        (BinaryPrimitives.ReadInt64BigEndian(prefix), BinaryPrimitives.ReadInt32BigEndian(prefix[8..]));

    /// <summary>Whether an entry is what its checksum says.</summary>
    public static bool Matches(long checksum, ReadOnlySpan<byte> entry) => checksum == Adler32.Compute(entry);

    /// <summary>Writes a whole record.</summary>
    /// <returns>Its length.</returns>
    public static int Write(Span<byte> destination, ReadOnlySpan<byte> entry)
    {
        BinaryPrimitives.WriteInt64BigEndian(destination, Adler32.Compute(entry));
        BinaryPrimitives.WriteInt32BigEndian(destination[8..], entry.Length);
        entry.CopyTo(destination[PrefixLength..]);
        destination[PrefixLength + entry.Length] = EndMarker;
        return entry.Length + Overhead;
    }
}
