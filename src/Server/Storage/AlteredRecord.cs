using System.Numerics;

namespace Coordination.Server.Storage;

/// <summary>
/// Recognises a record that was whole once and had one byte changed since. Zeros in a record may be a lost sector or just its data; when
/// one changed byte explains the wrong checksum, they are data, the record was acknowledged, and it must not be taken for a torn write.
/// Not so if that byte stands in a sector that reads as zeros, because a lost sector may have held just that one.
/// </summary>
internal static class AlteredRecord
{
    private const int Modulus = 65521;

    /// <summary>Whether the record at <paramref name="start"/> is whole but for one byte of its checksum, length or entry.</summary>
    /// <param name="file">The log.</param>
    /// <param name="start">Where the record begins.</param>
    /// <param name="end">Where it ends at the latest: the next record, or the end of what was written.</param>
    /// <param name="maxEntryLength">The reader's bound.</param>
    public static bool IsAt(IDiskFile file, long start, long end, int maxEntryLength)
    {
        Span<byte> prefix = stackalloc byte[LogRecord.PrefixLength];
        if (end - start < LogRecord.MinEntryLength + LogRecord.Overhead || file.Read(prefix, start) < prefix.Length)
            return false;

        (long checksum, int length) = LogRecord.ReadPrefix(prefix);
        long lengthByEnd = end - start - LogRecord.Overhead;
        return IsWholeBut(file, start, checksum, length, end, maxEntryLength)
            || (lengthByEnd <= maxEntryLength && HasOtherLength(file, start, length, (int)lengthByEnd)
                && ReadEntry(file, start, (int)lengthByEnd) is { } entry && LogRecord.Matches(checksum, entry));
    }

    private static bool IsWholeBut(IDiskFile file, long start, long checksum, int length, long end, int maxEntryLength)
    {
        if (length < LogRecord.MinEntryLength || length > maxEntryLength || start + length + LogRecord.Overhead > end)
            return false;
        if (ReadEntry(file, start, length) is not { } entry)
            return false;

        uint found = Adler32.Compute(entry);
        return HasOtherChecksum(file, start, checksum ^ found) || IsOneByteOf(file, start, entry, (uint)checksum, found);
    }

    /// <summary>The entry, if the byte behind it is the end marker.</summary>
    private static byte[]? ReadEntry(IDiskFile file, long start, int length)
    {
        byte[] entry = new byte[length + 1];
        bool isMarked = file.Read(entry, start + LogRecord.PrefixLength) == entry.Length && entry[length] == LogRecord.EndMarker;
        return isMarked ? entry[..length] : null;
    }

    private static bool HasOtherChecksum(IDiskFile file, long start, long difference)
    {
        int shift = BitOperations.TrailingZeroCount(difference) & ~7;
        return difference != 0 && (ulong)difference >> shift <= byte.MaxValue && !LogTail.IsLost(file, start + 7 - (shift / 8), start);
    }

    private static bool HasOtherLength(IDiskFile file, long start, int length, int lengthByEnd)
    {
        for (int index = 0; index < sizeof(int); index++)
        {
            int shift = 24 - (index * 8);
            if ((byte)(length >> shift) != (byte)(lengthByEnd >> shift) && !LogTail.IsLost(file, start + 8 + index, start))
                return true;
        }

        return false;
    }

    /// <summary>
    /// A byte changed by d, k bytes before the end, changes Adler's first sum by d and its second by k times d; so d and k can be computed
    /// from the two checksums, and must then be possible ones.
    /// </summary>
    private static bool IsOneByteOf(IDiskFile file, long start, byte[] entry, uint expected, uint found)
    {
        int change = Difference(found & 0xFFFF, expected & 0xFFFF);
        int signed = change > Modulus / 2 ? change - Modulus : change;
        if (signed == 0 || Math.Abs(signed) > byte.MaxValue)
            return false;

        long weighted = Difference(found >> 16, expected >> 16);
        long distance = weighted * Inverse(change) % Modulus;
        for (long fromEnd = distance; fromEnd <= entry.Length; fromEnd += Modulus)
        {
            long index = entry.Length - fromEnd;
            if (fromEnd > 0 && entry[index] - signed is >= 0 and <= byte.MaxValue
                && !LogTail.IsLost(file, start + LogRecord.PrefixLength + index, start))
                return true;
        }

        return false;
    }

    private static int Difference(uint left, uint right) => (int)((left + Modulus - right) % Modulus);

    // Fermat: the modulus is prime.
    private static long Inverse(long value)
    {
        long result = 1;
        for (int exponent = Modulus - 2; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) == 1)
                result = result * value % Modulus;
            value = value * value % Modulus;
        }

        return result;
    }
}
