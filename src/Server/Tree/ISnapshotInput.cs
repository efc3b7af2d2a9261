namespace Coordination.Server.Tree;

/// <summary>
/// What the loader of a snapshot reads from: jute values in the order of the file. Storage implements it with a running checksum; every
/// length is bounded there, before anything is allocated for it.
/// </summary>
internal interface ISnapshotInput
{
    /// <summary>Reads a big-endian 32-bit integer.</summary>
    int ReadInt32();

    /// <summary>Reads a big-endian 64-bit integer.</summary>
    long ReadInt64();

    /// <summary>Reads a string; null for the length -1.</summary>
    string? ReadString();

    /// <summary>Reads a buffer; null for the length -1.</summary>
    byte[]? ReadBuffer();

    /// <summary>Reads a buffer, or a string as UTF-8, without an array for it; valid until the next read.</summary>
    /// <param name="isNull">Whether the length is -1.</param>
    ReadOnlySpan<byte> ReadSpan(out bool isNull)
    {
        byte[]? bytes = ReadBuffer();
        isNull = bytes is null;
        return bytes;
    }

    /// <summary>About how many bytes there are in all; 0 if nobody knows. Only room is made for what they may hold, nothing is believed.</summary>
    long SizeHint => 0;
}
