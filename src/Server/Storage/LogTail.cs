using System.Buffers;
using System.Buffers.Binary;
using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>How a log file ends.</summary>
internal enum LogTailKind
{
    /// <summary>At its end, or in padding.</summary>
    Clean,

    /// <summary>In what an interrupted write leaves behind; nothing acknowledged can be there.</summary>
    Torn,

    /// <summary>In something no interrupted write explains.</summary>
    Damaged,
}

/// <summary>The verdict about the end of a log file.</summary>
/// <param name="Kind">How it ends.</param>
/// <param name="Offset">Behind the last good record.</param>
/// <param name="Reason">In words.</param>
internal readonly record struct LogTailVerdict(LogTailKind Kind, long Offset, string Reason);

/// <summary>
/// Decides whether what follows the last good record of a file is padding, a torn write or damage. Apache's format has no durable mark,
/// so a torn write has to be recognised by its traces: a record that is short, lacks its end marker, or lost a whole 512-byte sector
/// (which then reads as zeros, because log files are only ever extended with zeros). A complete record with a wrong checksum has none
/// of them: that one was acknowledged and then damaged, and cutting it would lose an acknowledged write.
/// </summary>
internal static class LogTail
{
    /// <summary>
    /// Bytes that may be written between two syncs. The writer syncs before it would exceed this with more than one record, so records
    /// that are whole behind a torn one can be at most this far away; farther ones were acknowledged, and the tear is damage.
    /// </summary>
    public const int MaxUnsyncedBytes = 1024 * 1024;

    private const int Sector = 512;
    private const int ChunkLength = 64 * 1024;

    // The checksum's upper half is zero in every record, so zeros there are no trace of a lost sector.
    private const int AlwaysZero = 4;

    /// <summary>Judges the place where a reader stopped.</summary>
    /// <param name="reader">Has just returned <paramref name="status"/>.</param>
    /// <param name="status">Anything but a record.</param>
    /// <param name="last">The last good record's zxid.</param>
    /// <param name="maxEntryLength">The reader's bound.</param>
    public static LogTailVerdict Judge(LogSegmentReader reader, LogReadStatus status, Zxid last, int maxEntryLength)
    {
        long start = reader.Offset;
        if (status == LogReadStatus.EndOfFile)
            return new LogTailVerdict(LogTailKind.Clean, start, "");

        long dataEnd = FindDataEnd(reader.File, start);
        if (dataEnd == start)
            return new LogTailVerdict(LogTailKind.Clean, start, "");

        string what = Describe(status);
        long next = FindRecord(reader.File, start + 1, dataEnd, last, maxEntryLength);
        long end = Math.Max(reader.NextOffset, start + LogRecord.Overhead);
        bool lostSector = LostSector(reader.File, start, next >= 0 ? Math.Min(end, next) : end);
        if (status == LogReadStatus.NoEndMarker && reader.ChecksumMatches)
            lostSector = IsLost(reader.File, end - 1, start);
        if (AlteredRecord.IsAt(reader.File, start, next >= 0 ? next : dataEnd, maxEntryLength))
            return new LogTailVerdict(LogTailKind.Damaged, start, $"{what}; it was whole once, and one of its fields has changed since");
        if (next >= 0 && !(lostSector && dataEnd - start <= MaxUnsyncedBytes))
            return new LogTailVerdict(LogTailKind.Damaged, start, $"{what}, and a valid record follows at offset {next}");
        if (lostSector)
            return new LogTailVerdict(LogTailKind.Torn, start, $"{what}; a sector of it was never written");
        if (status is LogReadStatus.Short or LogReadStatus.NoEndMarker)
            return new LogTailVerdict(LogTailKind.Torn, start, what);
        return new LogTailVerdict(LogTailKind.Damaged, start, what);
    }

    private static string Describe(LogReadStatus status) => status switch
    {
        LogReadStatus.Short => "the record is incomplete",
        LogReadStatus.NoEndMarker => "the record lacks its end marker",
        LogReadStatus.BadChecksum => "the record is complete but its checksum does not match",
        LogReadStatus.BadLength => "the record has an impossible length",
        _ => "there are bytes in the padding",
    };

    /// <summary>Behind the last byte that is not zero, or <paramref name="start"/> when there is none.</summary>
    public static long FindDataEnd(IDiskFile file, long start)
    {
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkLength);
        try
        {
            return FindDataEnd(file, start, chunk);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static long FindDataEnd(IDiskFile file, long start, byte[] chunk)
    {
        long end = file.Length;
        while (end > start)
        {
            int length = (int)Math.Min(ChunkLength, end - start);
            int read = file.Read(chunk.AsSpan(0, length), end - length);
            int index = chunk.AsSpan(0, read).LastIndexOfAnyExcept((byte)0);
            if (index >= 0)
                return end - length + index + 1;
            end -= length;
        }

        return start;
    }

    /// <summary>Whether some sector that overlaps the record may never have been written.</summary>
    private static bool LostSector(IDiskFile file, long start, long end)
    {
        end = Math.Min(end, file.Length);
        for (long at = start + AlwaysZero; at < end; at = (at / Sector * Sector) + Sector)
        {
            if (IsLost(file, at, start))
                return true;
        }

        return false;
    }

    /// <summary>Whether the sector of a byte reads as zeros from the record's beginning to the sector's end.</summary>
    /// <param name="file">The log.</param>
    /// <param name="at">The byte.</param>
    /// <param name="start">Where the record begins.</param>
    public static bool IsLost(IDiskFile file, long at, long start)
    {
        Span<byte> sector = stackalloc byte[Sector];
        long from = Math.Max(at / Sector * Sector, start + AlwaysZero);
        long to = (at / Sector * Sector) + Sector;
        if (from >= to)
            return false;

        sector = sector[..(int)(to - from)];
        return !sector[..file.Read(sector, from)].ContainsAnyExcept((byte)0);
    }

    /// <summary>The first place behind a bad record where a whole, later record stands, or -1.</summary>
    private static long FindRecord(IDiskFile file, long start, long end, Zxid last, int maxEntryLength)
    {
        byte[] chunk = new byte[ChunkLength];
        for (long at = start; at + LogRecord.Overhead <= end; at += ChunkLength - LogRecord.PrefixLength + 1)
        {
            int read = file.Read(chunk.AsSpan(0, (int)Math.Min(ChunkLength, end - at)), at);
            ReadOnlySpan<byte> bytes = chunk.AsSpan(0, read);
            for (int offset = 0; offset + LogRecord.PrefixLength <= read; offset++)
            {
                if (BinaryPrimitives.ReadInt32BigEndian(bytes[offset..]) != 0)
                    continue;

                (long checksum, int length) = LogRecord.ReadPrefix(bytes[offset..]);
                bool isPlausible = length >= LogRecord.MinEntryLength && length <= maxEntryLength
                    && at + offset + length + LogRecord.Overhead <= end;
                if (isPlausible && IsRecord(file, at + offset, checksum, length, last))
                    return at + offset;
            }
        }

        return -1;
    }

    private static bool IsRecord(IDiskFile file, long offset, long checksum, int length, Zxid last)
    {
        Span<byte> probe = stackalloc byte[LogRecord.MinEntryLength];
        if (file.Read(probe[..1], offset + LogRecord.PrefixLength + length) != 1 || probe[0] != LogRecord.EndMarker)
            return false;
        if (file.Read(probe, offset + LogRecord.PrefixLength) != probe.Length || LogRecord.ZxidOf(probe) <= last)
            return false;

        byte[] entry = new byte[length];
        return file.Read(entry, offset + LogRecord.PrefixLength) == length && LogRecord.Matches(checksum, entry);
    }
}
