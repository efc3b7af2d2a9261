using System.Buffers.Binary;
using System.IO.Compression;
using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>
/// Reads how far the tree was when a snapshot of Apache's was finished, from the end of the file: Apache writes while the tree changes, so
/// that a snapshot may hold transactions beyond the one it is named after. Where the end could be read in two ways, the answer is the
/// higher one: whoever asks throws away what may be too new.
/// </summary>
internal static class SnapshotTrailerReader
{
    private const int SealEndLength = 5;
    private const int LastZxidLength = 8;
    private const int DigestLength = 20;
    private const int TailLength = (3 * SnapshotFileReader.SealLength) + LastZxidLength + DigestLength;

    private static ReadOnlySpan<byte> SealEnd => [0, 0, 0, 1, (byte)'/'];

    /// <summary>The highest transaction of which a whole snapshot may hold effects, as far as it says so.</summary>
    public static Zxid ReachOf(IDisk disk, SnapshotFile file)
    {
        Span<byte> tail = stackalloc byte[TailLength];
        tail = tail[^ReadTail(disk, file, tail)..];
        Zxid reach = file.Last;
        if (tail.Length < SnapshotFileReader.SealLength)
            return reach;

        tail = tail[..^SnapshotFileReader.SealLength];
        if (EndsAt(tail, LastZxidLength))
        {
            reach = Max(reach, BinaryPrimitives.ReadInt64BigEndian(tail[^LastZxidLength..]));
            tail = tail[..^(LastZxidLength + SnapshotFileReader.SealLength)];
        }

        return EndsAt(tail, DigestLength) ? Max(reach, BinaryPrimitives.ReadInt64BigEndian(tail[^DigestLength..])) : reach;
    }

    /// <summary>Whether a seal ends that many bytes before the end.</summary>
    private static bool EndsAt(ReadOnlySpan<byte> tail, int length) =>
        tail.Length >= length + SnapshotFileReader.SealLength && tail[..^length].EndsWith(SealEnd);

    private static Zxid Max(Zxid left, long right) => right > left.Value ? new Zxid(right) : left;

    /// <summary>Fills the end of the buffer with the end of the file.</summary>
    private static int ReadTail(IDisk disk, SnapshotFile file, Span<byte> tail)
    {
        using IDiskFile opened = disk.Open(file.Path, DiskOpenMode.Read);
        if (file.Suffix.Length > 0)
            return TryReadCompressed(opened, tail);

        int length = (int)Math.Min(tail.Length, opened.Length);
        return opened.Read(tail[^length..], opened.Length - length);
    }

    private static int TryReadCompressed(IDiskFile file, Span<byte> tail)
    {
        try
        {
            return ReadCompressed(file, tail);
        }
        catch (InvalidDataException)
        {
            // It is not whole then, which others find out.
            return 0;
        }
    }

    private static int ReadCompressed(IDiskFile file, Span<byte> tail)
    {
        using GZipStream stream = new(new DiskFileStream(file), CompressionMode.Decompress);
        byte[] chunk = new byte[64 * 1024];
        int known = 0;
        int count;
        while ((count = stream.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false)) > 0)
        {
            int fresh = Math.Min(count, tail.Length);
            tail[fresh..].CopyTo(tail);
            chunk.AsSpan(count - fresh, fresh).CopyTo(tail[^fresh..]);
            known = Math.Min(tail.Length, known + fresh);
        }

        return known;
    }
}
