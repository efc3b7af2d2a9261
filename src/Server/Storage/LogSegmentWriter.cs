using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>
/// One log file being written. It is born as <c>tmp-log.N</c> and gets its name only when header and first records are durable: Apache
/// refuses to start on a log file with less than a header, so no crash may ever expose one.
/// </summary>
internal sealed class LogSegmentWriter : IDisposable
{
    // Apache grows a file when less than this is left, so that no write is the one that changes the file's size.
    private const int GrowAhead = 4096;

    // A hole is cheap to make and dear to fill: each write into it has the file system allocate and journal blocks before the sync can
    // end. Zeros written ahead, few at first so that a small log stays small, make that happen once for many syncs.
    private const int FirstZeros = 64 << 10;
    private const int MostZeros = 512 << 10;

    // For a batch as large as this the zeros would serve one more at most, and the sync that brings them to the disk costs more than
    // they save.
    private const int LargeWrite = MostZeros / 2;

    private static readonly byte[] Zeros = new byte[FirstZeros];

    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly string _name;
    private readonly long _block;
    private IDiskFile _file;
    private long _allocated;
    private long _zeroedTo;
    private int _nextZeros = FirstZeros;
    private bool _isExposed;

    /// <summary>Begins a file whose first record will be <paramref name="first"/>.</summary>
    public LogSegmentWriter(IDisk disk, string directory, Zxid first, int preAllocSizeKiB)
    {
        _disk = disk;
        _directory = directory;
        _name = DataFileName.Log(first);
        _block = preAllocSizeKiB * 1024L;
        _file = disk.Open(Path.Combine(directory, DataFileName.Unfinished(_name)), DiskOpenMode.Create);

        Span<byte> header = stackalloc byte[FileHeader.Length];
        FileHeader.WriteLog(header);
        Append(header);
    }

    /// <summary>Bytes written, header included, padding not.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes written and not synced.</summary>
    public long Unsynced { get; private set; }

    /// <summary>Writes whole records.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_block > 0 && Position + bytes.Length + GrowAhead >= _allocated)
        {
            long missing = Position + bytes.Length + GrowAhead - _allocated;
            _allocated = Math.Max(_allocated, FileHeader.Length) + ((missing / _block) + 1) * _block;
            _file.SetLength(_allocated);
        }

        _file.Write(bytes, Position);
        Position += bytes.Length;
        if (Position > _zeroedTo && _block > 0 && bytes.Length < LargeWrite)
            ZeroAhead();
        Unsynced += bytes.Length;
    }

    /// <summary>Makes everything written durable, and at the first time the file's name too.</summary>
    /// <param name="force">False skips the sync, but never the first one.</param>
    public void Sync(bool force)
    {
        if (!_isExposed)
            Expose();
        else if (force)
            _file.SyncData();
        Unsynced = 0;
    }

    /// <summary>Cuts the padding off; nothing will be written any more.</summary>
    public void Finish()
    {
        if (_allocated > Position)
            _file.SetLength(Position);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void ZeroAhead()
    {
        long end = Math.Min(Position + _nextZeros, _allocated);
        for (_zeroedTo = Position; _zeroedTo < end;)
        {
            int length = (int)Math.Min(Zeros.Length, end - _zeroedTo);
            _file.Write(Zeros.AsSpan(0, length), _zeroedTo);
            _zeroedTo += length;
        }

        _nextZeros = Math.Min(_nextZeros * 2, MostZeros);
    }

    private void Expose()
    {
        _file.Sync();
        _file.Dispose();
        string path = Path.Combine(_directory, _name);
        _disk.Rename(Path.Combine(_directory, DataFileName.Unfinished(_name)), path);
        _disk.SyncDirectory(_directory);
        _file = _disk.Open(path, DiskOpenMode.ReadWrite);
        _isExposed = true;
    }
}
