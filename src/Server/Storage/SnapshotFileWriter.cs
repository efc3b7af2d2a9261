using System.Buffers.Binary;
using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>
/// Writes one snapshot: header, the body that the caller appends, seal, digest, seal. It is written as <c>tmp-snapshot.N</c> and gets its
/// name when it is durable, so a crash never leaves a partial file that looks like a snapshot. Disposed before completion, it leaves nothing.
/// </summary>
internal sealed class SnapshotFileWriter : IDisposable
{
    /// <summary>Bytes after which what was written is brought to the disk: what a sync of the log may at most find before it.</summary>
    public const int WriteOutLength = 512 * 1024;

    private const int BufferLength = 64 * 1024;
    private const int DigestVersion = 2;

    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly string _unfinished;
    private readonly string _name;
    private readonly Action<Zxid>? _completed;
    private readonly byte[] _buffer = new byte[BufferLength];
    private IDiskFile? _file;
    private Adler32 _adler = new();
    private int _buffered;
    private long _written;
    private long _writtenOut;

    /// <summary>Begins the snapshot of the state after <paramref name="last"/>.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">Where.</param>
    /// <param name="last">The last transaction in it.</param>
    /// <param name="completed">Hears when it is durable.</param>
    /// <param name="name">What it is called then, if not as snapshots are.</param>
    public SnapshotFileWriter(IDisk disk, string directory, Zxid last, Action<Zxid>? completed = null, string? name = null)
    {
        _disk = disk;
        _directory = directory;
        _completed = completed;
        Last = last;
        _name = name ?? DataFileName.Snapshot(last);
        _unfinished = Path.Combine(directory, DataFileName.Unfinished(DataFileName.Snapshot(last)));
        _file = disk.Open(_unfinished, DiskOpenMode.Create);
        Span<byte> header = stackalloc byte[FileHeader.Length];
        FileHeader.WriteSnapshot(header);
        Append(header);
    }

    /// <summary>The last transaction the snapshot contains; its name.</summary>
    public Zxid Last { get; }

    /// <summary>Bytes so far.</summary>
    public long Length => _written + _buffered;

    /// <summary>Adds a piece of the body: sessions, ACL table, znodes, terminator.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        _adler.Append(bytes);
        while (bytes.Length > 0)
        {
            int count = Math.Min(bytes.Length, BufferLength - _buffered);
            bytes[..count].CopyTo(_buffer.AsSpan(_buffered));
            _buffered += count;
            bytes = bytes[count..];
            if (_buffered == BufferLength)
                WriteBuffer();
        }
    }

    /// <summary>Seals the snapshot and makes it durable under its name.</summary>
    /// <param name="digestZxid">The transaction the digest belongs to; zero for none.</param>
    /// <param name="digest">The tree's digest, version 2.</param>
    public void Complete(Zxid digestZxid, long digest)
    {
        AppendSeal();
        Span<byte> block = stackalloc byte[20];
        BinaryPrimitives.WriteInt64BigEndian(block, digestZxid.Value);
        BinaryPrimitives.WriteInt32BigEndian(block[8..], DigestVersion);
        BinaryPrimitives.WriteInt64BigEndian(block[12..], digest);
        Append(block);
        AppendSeal();
        WriteBuffer();

        _file!.Sync();
        _file.Dispose();
        _file = null;
        _disk.Rename(_unfinished, Path.Combine(_directory, _name));
        _disk.SyncDirectory(_directory);
        _completed?.Invoke(Last);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_file is null)
            return;

        _file.Dispose();
        _file = null;
        _disk.Delete(_unfinished);
    }

    // A seal is the checksum of everything before it and the string "/", which no znode has for a path.
    private void AppendSeal()
    {
        Span<byte> seal = stackalloc byte[SnapshotFileReader.SealLength];
        BinaryPrimitives.WriteInt64BigEndian(seal, _adler.Value);
        BinaryPrimitives.WriteInt32BigEndian(seal[8..], 1);
        seal[12] = (byte)'/';
        Append(seal);
    }

    private void WriteBuffer()
    {
        _file!.Write(_buffer.AsSpan(0, _buffered), _written);
        _written += _buffered;
        _buffered = 0;
        if (_written - _writtenOut < WriteOutLength)
            return;

        _file.WriteOut(_writtenOut, _written - _writtenOut);
        _writtenOut = _written;
    }
}
