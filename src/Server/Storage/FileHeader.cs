using System.Buffers.Binary;

namespace Coordination.Server.Storage;

/// <summary>The first 16 bytes of a log or snapshot: magic, format version and a database id that Apache never looks at.</summary>
internal static class FileHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int Length = 16;

    /// <summary>"ZKLG".</summary>
    public const int LogMagic = 0x5A4B4C47;

    /// <summary>"ZKSN".</summary>
    public const int SnapshotMagic = 0x5A4B534E;

    private const int FormatVersion = 2;

    /// <summary>Writes the header of a log.</summary>
    public static void WriteLog(Span<byte> destination) => Write(destination, LogMagic, databaseId: 0);

    /// <summary>Writes the header of a snapshot.</summary>
    public static void WriteSnapshot(Span<byte> destination) => Write(destination, SnapshotMagic, databaseId: -1);

    /// <summary>The magic number; nothing else is checked, as in Apache's reader.</summary>
    public static int ReadMagic(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadInt32BigEndian(header);

    private static void Write(Span<byte> destination, int magic, long databaseId)
    {
        BinaryPrimitives.WriteInt32BigEndian(destination, magic);
        BinaryPrimitives.WriteInt32BigEndian(destination[4..], FormatVersion);
        BinaryPrimitives.WriteInt64BigEndian(destination[8..], databaseId);
    }
}
