using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Storage;

/// <summary>What stands behind the body of a snapshot.</summary>
/// <param name="HasDigest">Whether there is a digest block with a digest in it.</param>
/// <param name="DigestZxid">The transaction the digest belongs to.</param>
/// <param name="Digest">The tree's digest, version 2.</param>
/// <param name="LastZxid">Apache 3.9's last transaction at the end of writing; the name of the file decides, not this.</param>
internal readonly record struct SnapshotTrailer(bool HasDigest, Zxid DigestZxid, long Digest, Zxid? LastZxid);

/// <summary>
/// Reads one snapshot front to back: the header at once, the body on demand, then <see cref="Complete"/> for the seals. Every length is
/// bounded before memory is taken.
/// </summary>
internal sealed class SnapshotFileReader : ISnapshotInput, IDisposable
{
    /// <summary>Bytes of a seal: checksum, length 1, '/'.</summary>
    public const int SealLength = 13;

    private const int BufferLength = 64 * 1024;
    private const int LastZxidLength = 8;
    private const int CurrentDigestVersion = 2;

    private readonly string _path;
    private readonly Stream _source;
    private readonly int _maxLength;
    private byte[] _buffer = new byte[BufferLength];
    private int _position;
    private int _hashed;
    private int _end;
    private long _before;
    private Adler32 _adler = new();

    /// <summary>Opens the file and reads its header.</summary>
    /// <exception cref="CorruptSnapshotException">It does not begin like a snapshot.</exception>
    public SnapshotFileReader(IDisk disk, string path, int maxLength)
    {
        _path = path;
        _maxLength = maxLength;
        _source = Open(disk, path);
        ReadOnlySpan<byte> header = Take(FileHeader.Length);
        if (FileHeader.ReadMagic(header) != FileHeader.SnapshotMagic)
            throw new CorruptSnapshotException(path, 0, "it does not begin with the header of a snapshot");
    }

    /// <inheritdoc/>
    public long SizeHint => _source is DiskFileStream ? _source.Length : 0;

    /// <summary>Uncompressed bytes read.</summary>
    public long Offset => _before + _position;

    /// <inheritdoc/>
    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(sizeof(int)));

    /// <inheritdoc/>
    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(sizeof(long)));

    /// <inheritdoc/>
    public string? ReadString()
    {
        int length = ReadLength();
        return length < 0 ? null : Encoding.UTF8.GetString(Take(length));
    }

    /// <inheritdoc/>
    public byte[]? ReadBuffer()
    {
        int length = ReadLength();
        return length < 0 ? null : Take(length).ToArray();
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> ReadSpan(out bool isNull)
    {
        int length = ReadLength();
        isNull = length < 0;
        return isNull ? [] : Take(length);
    }

    /// <summary>Checks the seal behind the body and reads what follows it.</summary>
    public SnapshotTrailer Complete()
    {
        CheckSeal();
        bool hasDigest = false;
        Zxid digestZxid = Zxid.Zero;
        long digest = 0;
        Zxid? lastZxid = null;
        if (Remaining() is > 0 and not (LastZxidLength + SealLength))
        {
            digestZxid = new Zxid(ReadInt64());
            int version = ReadInt32();
            if (version < CurrentDigestVersion)
                _ = ReadString();
            else
                digest = ReadInt64();
            hasDigest = version == CurrentDigestVersion && digestZxid > Zxid.Zero;
            CheckSeal();
        }

        if (Remaining() == LastZxidLength + SealLength)
        {
            lastZxid = new Zxid(ReadInt64());
            CheckSeal();
        }

        return new SnapshotTrailer(hasDigest, digestZxid, digest, lastZxid);
    }

    /// <summary>
    /// Reads the file to its end and checks its last seal, which covers every byte before it, without understanding the body. So a damaged
    /// snapshot is found before anything of it reached the tree.
    /// </summary>
    public void Verify()
    {
        while (Fill(SealLength + 1))
            _position = _end - SealLength;
        if (_end - _position < SealLength)
            throw Corrupt("it is shorter than the smallest snapshot");
        CheckSeal();
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private static Stream Open(IDisk disk, string path)
    {
        DiskFileStream file = new(disk.Open(path, DiskOpenMode.Read));
        return path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private void CheckSeal()
    {
        Hash();
        long expected = _adler.Value;
        long offset = Offset;
        long found = ReadInt64();
        if (found != expected)
            throw new CorruptSnapshotException(_path, offset, $"the checksum is {found:x} but the bytes before it give {expected:x}");
        if (ReadInt32() != 1 || Take(1)[0] != (byte)'/')
            throw new CorruptSnapshotException(_path, offset, "the seal does not end with \"/\"");
    }

    private int ReadLength()
    {
        int length = ReadInt32();
        return length >= -1 && length <= _maxLength ? length : throw Corrupt($"a length of {length}; at most {_maxLength} bytes are read");
    }

    /// <summary>Bytes to the end, when they are few enough to be a trailer.</summary>
    private int Remaining()
    {
        Fill(BufferLength / 2);
        return _end - _position;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (!Fill(length))
            throw Corrupt("the file ends there");
        _position += length;
        return _buffer.AsSpan(_position - length, length);
    }

    /// <summary>Brings that many unread bytes into the buffer, if the file has them.</summary>
    private bool Fill(int length)
    {
        if (_end - _position >= length)
            return true;

        Hash();
        byte[] target = length <= _buffer.Length ? _buffer : new byte[length];
        _buffer.AsSpan(_position, _end - _position).CopyTo(target);
        _before += _position;
        _end -= _position;
        _position = 0;
        _hashed = 0;
        _buffer = target;
        while (_end < length)
        {
            int count = ReadSource();
            if (count == 0)
                return false;
            _end += count;
        }

        return true;
    }

    private int ReadSource()
    {
        try
        {
            return _source.Read(_buffer, _end, _buffer.Length - _end);
        }
        catch (InvalidDataException error)
        {
            throw Corrupt($"it cannot be decompressed ({error.Message})");
        }
    }

    private void Hash()
    {
        _adler.Append(_buffer.AsSpan(_hashed, _position - _hashed));
        _hashed = _position;
    }

    private CorruptSnapshotException Corrupt(string reason) => new(_path, Offset, reason);
}
