using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Coordination.Server.Tree;

/// <summary>
/// Apache's digest of a tree, version 2: the sum modulo 2^64 of one CRC-32 per znode, so that it follows a change without a walk and
/// two replicas compare in constant time. Access lists are not covered, and neither is what lies below /zookeeper.
/// </summary>
internal static class TreeDigest
{
    /// <summary>The version written beside a digest.</summary>
    public const int Version = 2;

    private const int StatSize = 60;
    private const int ShortPath = 512;

    /// <summary>Whether a znode counts.</summary>
    /// <param name="path">The full path in UTF-8, empty for the root.</param>
    public static bool Covers(ReadOnlySpan<byte> path) => !path.StartsWith("/zookeeper/"u8);

    /// <summary>One znode's share; 0 for a znode that does not count.</summary>
    /// <param name="path">The full path, empty for the root.</param>
    /// <param name="data">The data.</param>
    /// <param name="stat">The stored stat.</param>
    public static uint OfZnode(string path, ReadOnlySpan<byte> data, in PersistedStat stat)
    {
        int bound = Encoding.UTF8.GetMaxByteCount(path.Length);
        byte[]? rented = bound > ShortPath ? ArrayPool<byte>.Shared.Rent(bound) : null;
        Span<byte> bytes = rented ?? stackalloc byte[ShortPath];
        uint share = OfZnode(bytes[..Encoding.UTF8.GetBytes(path, bytes)], data, stat);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return share;
    }

    /// <summary>One znode's share; 0 for a znode that does not count.</summary>
    /// <param name="path">The full path in UTF-8, empty for the root.</param>
    /// <param name="data">The data.</param>
    /// <param name="stat">The stored stat.</param>
    public static uint OfZnode(ReadOnlySpan<byte> path, ReadOnlySpan<byte> data, in PersistedStat stat)
    {
        if (!Covers(path))
            return 0;

        uint crc = Crc32.Append(Crc32.Append(0, path), data);
        Span<byte> fields = stackalloc byte[StatSize];
        BinaryPrimitives.WriteInt64BigEndian(fields, stat.Czxid);
        BinaryPrimitives.WriteInt64BigEndian(fields[8..], stat.Mzxid);
        BinaryPrimitives.WriteInt64BigEndian(fields[16..], stat.Pzxid);
        BinaryPrimitives.WriteInt64BigEndian(fields[24..], stat.Ctime);
        BinaryPrimitives.WriteInt64BigEndian(fields[32..], stat.Mtime);
        BinaryPrimitives.WriteInt32BigEndian(fields[40..], stat.Version);
        BinaryPrimitives.WriteInt32BigEndian(fields[44..], stat.Cversion);
        BinaryPrimitives.WriteInt32BigEndian(fields[48..], stat.Aversion);
        BinaryPrimitives.WriteInt64BigEndian(fields[52..], stat.EphemeralOwner);
        return Crc32.Append(crc, fields);
    }
}
