using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>Receives one entry of the log; the bytes are valid during the call only.</summary>
internal delegate void LogEntryHandler(Zxid zxid, ReadOnlySpan<byte> entry);

/// <summary>Receives one record of a file: where it begins, and its entry, valid during the call only.</summary>
internal delegate void LogRecordHandler(long offset, ReadOnlySpan<byte> entry);

/// <summary>What one file holds.</summary>
/// <param name="Records">Transactions in it.</param>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
/// <param name="Tail">How it ends.</param>
/// <param name="IsEmpty">Its creation was interrupted: a start removes it.</param>
internal readonly record struct LogFileScan(long Records, Zxid First, Zxid Last, LogTailVerdict Tail, bool IsEmpty);

/// <summary>What a scan found.</summary>
internal sealed class LogScan
{
    /// <summary>The last record, or the zxid the scan began at.</summary>
    public Zxid Last { get; set; }

    /// <summary>Records behind the zxid the scan began at.</summary>
    public long Records { get; set; }

    /// <summary>Files that end in a torn write, and where the good part ends.</summary>
    public List<(string Path, LogTailVerdict Verdict)> Torn { get; } = [];

    /// <summary>Files that were created and never got a record.</summary>
    public List<string> Empty { get; } = [];
}

/// <summary>
/// Reads the log files of a directory as one sequence. It accepts whatever Apache's reader accepts, and refuses where Apache would silently
/// hide acknowledged transactions: behind a wrong end marker in the middle, and across a gap.
/// </summary>
internal sealed class LogReader(IDisk disk, string directory, int maxEntryLength)
{
    private const string Advice =
        "Acknowledged transactions may be affected, so the server does not start. Restore the file from a copy, or move this file and all "
        + "later logs away to start from what precedes the damage (everything after it is then lost).";

    /// <summary>The log files in the order of their first zxid.</summary>
    public List<(Zxid First, string Path)> Files()
    {
        List<(Zxid First, string Path)> files = [];
        foreach (DiskEntry entry in disk.List(directory))
        {
            if (DataFileName.TryParseLog(entry.Name, out Zxid first))
                files.Add((first, Path.Combine(directory, entry.Name)));
        }

        files.Sort((left, right) => left.First.CompareTo(right.First));
        return files;
    }

    /// <summary>The log files in order, from the one on that the transaction behind <paramref name="after"/> may be in.</summary>
    public List<(Zxid First, string Path)> FilesBehind(Zxid after)
    {
        List<(Zxid First, string Path)> files = Files();
        files.RemoveRange(0, Math.Max(0, files.FindLastIndex(file => file.First <= after.Next)));
        return files;
    }

    /// <summary>Goes through files entry by entry, also while the log grows.</summary>
    public LogCursor OpenCursor(List<(Zxid First, string Path)> files, Zxid upTo) => new(disk, files, upTo, maxEntryLength);

    /// <summary>Reads one file by itself, from its first record to its end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="handler">Takes each record with the place where it begins.</param>
    /// <exception cref="CorruptLogException">Damage that no interrupted write explains.</exception>
    public LogFileScan ReadFile(string path, LogRecordHandler? handler = null)
    {
        using LogSegmentReader reader = new(disk.Open(path, DiskOpenMode.Read), maxEntryLength);
        if (!HasHeader(reader.File, path))
            return new LogFileScan(0, Zxid.Zero, Zxid.Zero, default, IsEmpty: true);

        LogScan scan = new();
        Zxid first = Zxid.Zero;
        ReadFile(reader, path, after: Zxid.Zero, scan, (zxid, entry) =>
        {
            if (scan.Records == 1)
                first = zxid;
            handler?.Invoke(reader.Offset, entry);
        });
        LogTailVerdict tail = scan.Torn.Count > 0 ? scan.Torn[0].Verdict : default;
        return new LogFileScan(scan.Records, first, scan.Last, tail, IsEmpty: false);
    }

    /// <summary>Reads every record behind <paramref name="after"/>, checking frames and order.</summary>
    /// <exception cref="CorruptLogException">Damage that no interrupted write explains.</exception>
    public LogScan Read(Zxid after, LogEntryHandler? handler)
    {
        LogScan scan = new() { Last = after };
        foreach ((Zxid first, string path) in FilesBehind(after))
        {
            using LogSegmentReader reader = new(disk.Open(path, DiskOpenMode.Read), maxEntryLength);
            if (HasHeader(reader.File, path))
                ReadFile(reader, path, after, scan, handler, first);
            else
                scan.Empty.Add(path);
        }

        return scan;
    }

    /// <summary>
    /// With a name: every log begins with the transaction it is named after, and by the names is chosen what is read. One under another's
    /// name would be passed over, and the next log could take its place.
    /// </summary>
    private void ReadFile(LogSegmentReader reader, string path, Zxid after, LogScan scan, LogEntryHandler? handler, Zxid? named = null)
    {
        Zxid last = Zxid.Zero;
        LogReadStatus status;
        for (bool isFirst = true; (status = reader.Read()) == LogReadStatus.Record; isFirst = false)
        {
            last = reader.Zxid;
            if (isFirst && named is { } first && last != first)
                throw new CorruptLogException(path, reader.Offset, $"it begins with transaction {last}, not with {first} as its name says", Advice);
            if (last <= after)
                continue;
            bool mayBeginAnywhere = named is null && scan.Records == 0;
            if (!mayBeginAnywhere && !TransactionLog.IsSuccessor(scan.Last, last))
                throw OutOfOrder(path, reader.Offset, scan, last);

            scan.Last = last;
            scan.Records++;
            if (handler is not null)
                HandOver(handler, reader, path);
        }

        LogTailVerdict verdict = LogTail.Judge(reader, status, last, maxEntryLength);
        if (verdict.Kind == LogTailKind.Damaged)
            throw new CorruptLogException(path, verdict.Offset, verdict.Reason, Advice);
        if (verdict.Kind == LogTailKind.Torn)
            scan.Torn.Add((path, verdict));
    }

    /// <summary>A record whose checksum is right and whose content means nothing: nobody can say what was acknowledged with it.</summary>
    private static void HandOver(LogEntryHandler handler, LogSegmentReader reader, string path)
    {
        try
        {
            handler(reader.Zxid, reader.Entry);
        }
        catch (JuteFormatException error)
        {
            throw new CorruptLogException(path, reader.Offset, $"transaction {reader.Zxid} cannot be understood: {error.Message}", Advice);
        }
    }

    private static CorruptLogException OutOfOrder(string path, long offset, LogScan scan, Zxid found)
    {
        string reason = found > scan.Last
            ? $"transaction {found} follows {scan.Last}, so those between are missing"
            : $"transaction {found} follows the higher {scan.Last}";
        if (scan.Torn.Count > 0)
            reason += $" ('{scan.Torn[^1].Path}' ends at offset {scan.Torn[^1].Verdict.Offset}: {scan.Torn[^1].Verdict.Reason})";
        return new CorruptLogException(path, offset, reason, Advice);
    }

    /// <summary>False for a file whose creation was interrupted: shorter than a header, or nothing but zeros.</summary>
    public static bool HasHeader(IDiskFile file, string path)
    {
        Span<byte> expected = stackalloc byte[FileHeader.Length];
        FileHeader.WriteLog(expected);
        Span<byte> header = stackalloc byte[FileHeader.Length];
        int length = file.Read(header, 0);
        if (length == FileHeader.Length && FileHeader.ReadMagic(header) == FileHeader.LogMagic)
            return true;
        if (length < FileHeader.Length && expected.StartsWith(header[..length]))
            return false;
        if (LogTail.FindDataEnd(file, 0) == 0)
            return false;

        throw new CorruptLogException(path, 0, "it does not begin with the header of a log", Advice);
    }
}
