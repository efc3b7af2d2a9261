using System.Buffers;
using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>What the next bytes of a log file are.</summary>
internal enum LogReadStatus
{
    /// <summary>A record with a matching checksum and its end marker.</summary>
    Record,

    /// <summary>The file ends where the last record ended.</summary>
    EndOfFile,

    /// <summary>A length of zero: padding, if only zeros follow.</summary>
    Padding,

    /// <summary>The file ends inside the record.</summary>
    Short,

    /// <summary>All bytes are there, but the last one is not the end marker.</summary>
    NoEndMarker,

    /// <summary>All bytes and the end marker are there, but the checksum differs.</summary>
    BadChecksum,

    /// <summary>A length that no record has.</summary>
    BadLength,
}

/// <summary>
/// Reads one log file record by record. It reports what it finds and judges nothing: whether a bad record is a torn tail or damage is
/// for <see cref="LogTail"/>.
/// </summary>
internal sealed class LogSegmentReader(IDiskFile file, int maxEntryLength) : IDisposable
{
    private const int MinBuffer = 64 * 1024;
    private readonly long _fileLength = file.Length;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(MinBuffer);
    private long _bufferOffset;
    private int _bufferLength;
    private int _entryStart;
    private int _entryLength;

    /// <summary>The file.</summary>
    public IDiskFile File => file;

    /// <summary>Where the record last read, good or bad, begins.</summary>
    public long Offset { get; private set; } = FileHeader.Length;

    /// <summary>Where the record after it begins; after a bad one, where it would begin by its length.</summary>
    public long NextOffset { get; private set; } = FileHeader.Length;

    /// <summary>Whether the entry of the record last read is what its checksum says, even if the end marker is missing.</summary>
    public bool ChecksumMatches { get; private set; }

    /// <summary>The entry last read; valid until the next read.</summary>
    public ReadOnlySpan<byte> Entry => _buffer.AsSpan(_entryStart, _entryLength);

    /// <summary>The transaction of <see cref="Entry"/>.</summary>
    public Zxid Zxid => LogRecord.ZxidOf(Entry);

    /// <summary>Reads the record at <see cref="NextOffset"/>.</summary>
    public LogReadStatus Read()
    {
        Offset = NextOffset;
        ChecksumMatches = false;
        _entryLength = 0;
        if (Offset >= _fileLength)
            return LogReadStatus.EndOfFile;
        if (!Fill(LogRecord.PrefixLength))
            return LogReadStatus.Short;

        (long checksum, int length) = LogRecord.ReadPrefix(_buffer.AsSpan((int)(Offset - _bufferOffset)));
        if (length == 0)
            return LogReadStatus.Padding;
        if (length < LogRecord.MinEntryLength || length > maxEntryLength)
            return length > 0 && Offset + length + LogRecord.Overhead > _fileLength ? LogReadStatus.Short : LogReadStatus.BadLength;

        NextOffset = Offset + length + LogRecord.Overhead;
        if (NextOffset > _fileLength || !Fill(length + LogRecord.Overhead))
            return LogReadStatus.Short;

        _entryStart = (int)(Offset - _bufferOffset) + LogRecord.PrefixLength;
        ChecksumMatches = LogRecord.Matches(checksum, _buffer.AsSpan(_entryStart, length));
        if (_buffer[_entryStart + length] != LogRecord.EndMarker)
            return LogReadStatus.NoEndMarker;
        if (!ChecksumMatches)
            return LogReadStatus.BadChecksum;

        _entryLength = length;
        return LogReadStatus.Record;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        file.Dispose();
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private bool Fill(int length)
    {
        if (Offset >= _bufferOffset && Offset + length <= _bufferOffset + _bufferLength)
            return true;

        if (length > _buffer.Length)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(length);
        }

        _bufferOffset = Offset;
        _bufferLength = file.Read(_buffer, Offset);
        return _bufferLength >= length;
    }
}
