using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Coordination.Protocol;

/// <summary>A packet as it lies in a buffer; valid as long as the buffer is. Nothing was copied.</summary>
public readonly ref struct QuorumPacketView
{
    private readonly ReadOnlySpan<byte> _ids;

    internal QuorumPacketView(QuorumPacketType type, Zxid zxid, ReadOnlySpan<byte> data, bool hasData, ReadOnlySpan<byte> ids, int length)
    {
        Type = type;
        Zxid = zxid;
        Data = data;
        HasData = hasData;
        _ids = ids;
        Length = length;
    }

    /// <summary>What it says; any number may arrive here.</summary>
    public QuorumPacketType Type { get; }

    /// <summary>Meaning depends on the type.</summary>
    public Zxid Zxid { get; }

    /// <summary>The data; empty also where there is none.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>Whether there is data, be it empty.</summary>
    public bool HasData { get; }

    /// <summary>Bytes that the packet takes in the buffer.</summary>
    public int Length { get; }

    /// <summary>Reads a record that the whole data is, such as <see cref="LearnerInfo"/>.</summary>
    /// <typeparam name="T">The record's type.</typeparam>
    /// <exception cref="JuteFormatException">The data is no such record.</exception>
    public T ReadData<T>()
        where T : IJuteRecord<T>
    {
        var reader = new JuteReader(Data);
        return T.Read(ref reader);
    }

    /// <summary>Reads the data as text, such as the configuration of <see cref="QuorumPacketType.NewLeader"/>.</summary>
    /// <returns>The text; empty where there is no data.</returns>
    public string ReadText() => JuteReader.TextOf(Data);

    /// <summary>The identities as they stand in the buffer: equal bytes are equal identities.</summary>
    public ReadOnlySpan<byte> AuthInfo => _ids;

    /// <summary>Reads the identities.</summary>
    /// <returns>An array of their own, or null where there are none.</returns>
    public AuthId[]? ReadAuthInfo() => ReadAuthInfo(_ids);

    /// <summary>Reads identities from a copy of <see cref="AuthInfo"/>.</summary>
    /// <param name="bytes">The copy.</param>
    /// <returns>An array of their own, or null where there are none.</returns>
    /// <exception cref="JuteFormatException">The bytes are no identities.</exception>
    public static AuthId[]? ReadAuthInfo(ReadOnlySpan<byte> bytes)
    {
        var reader = new JuteReader(bytes);
        return QuorumPacket.ReadIds(ref reader);
    }

    /// <summary>Copies it out of the buffer.</summary>
    /// <returns>A packet that owns its data.</returns>
    public QuorumPacket ToPacket() => new(Type, Zxid, HasData ? Data.ToArray() : null, ReadAuthInfo());
}

/// <summary>
/// Finds packets in bytes that arrive piecemeal. A packet has no length of its own, so its end is where its fields say. A length that is
/// negative or above the limit is an error as soon as it has arrived: nobody waits for, or makes room for, what it announces.
/// </summary>
public static class QuorumPacketReader
{
    private const int ZxidOffset = 4;
    private const int DataLengthOffset = 12;
    private const int DataOffset = 16;

    /// <summary>Reads the packet at the start of a buffer.</summary>
    /// <param name="bytes">What has arrived.</param>
    /// <param name="maxData">The longest data, and the longest list of identities, accepted; in bytes.</param>
    /// <param name="packet">The packet, a view into the buffer.</param>
    /// <returns>False while the packet is not there to its end.</returns>
    /// <exception cref="JuteFormatException">The bytes are no packet, whatever may follow.</exception>
    public static bool TryRead(ReadOnlySpan<byte> bytes, int maxData, out QuorumPacketView packet)
    {
        packet = default;
        if (!TryFindIds(bytes, maxData, out int ids) || !TryFindEnd(bytes, ids, maxData, out int end))
            return false;

        int dataLength = BinaryPrimitives.ReadInt32BigEndian(bytes[DataLengthOffset..]);
        packet = new QuorumPacketView(
            (QuorumPacketType)BinaryPrimitives.ReadInt32BigEndian(bytes),
            new Zxid(BinaryPrimitives.ReadInt64BigEndian(bytes[ZxidOffset..])),
            bytes[DataOffset..ids],
            dataLength >= 0,
            bytes[ids..end],
            end);
        return true;
    }

    /// <summary>Takes the packet at the start of a buffer that may consist of several pieces.</summary>
    /// <param name="bytes">What has arrived; left behind the packet.</param>
    /// <param name="maxData">The longest data, and the longest list of identities, accepted; in bytes.</param>
    /// <param name="packet">The packet, a copy.</param>
    /// <returns>False while the packet is not there to its end; then nothing is taken.</returns>
    /// <exception cref="JuteFormatException">The bytes are no packet, whatever may follow.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> bytes, int maxData, out QuorumPacket packet)
    {
        if (bytes.IsSingleSegment)
            return TryTake(bytes.FirstSpan, ref bytes, maxData, out packet);

        packet = default;
        Span<byte> start = stackalloc byte[DataOffset];
        if (bytes.Length < DataOffset)
            return false;

        // As long as the data is on its way it is not gathered: that would cost its length for every piece that arrives.
        bytes.Slice(0, DataOffset).CopyTo(start);
        if (bytes.Length < DataOffset + (long)Math.Max(DataLengthOf(start, maxData), 0) + sizeof(int))
            return false;

        int length = (int)Math.Min(bytes.Length, DataOffset + (2L * maxData) + sizeof(int));
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            bytes.Slice(0, length).CopyTo(rented);
            return TryTake(rented.AsSpan(0, length), ref bytes, maxData, out packet);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static bool TryTake(ReadOnlySpan<byte> contiguous, ref ReadOnlySequence<byte> bytes, int maxData, out QuorumPacket packet)
    {
        packet = default;
        if (!TryRead(contiguous, maxData, out QuorumPacketView view))
            return false;

        packet = view.ToPacket();
        bytes = bytes.Slice(view.Length);
        return true;
    }

    private static bool TryFindIds(ReadOnlySpan<byte> bytes, int maxData, out int offset)
    {
        offset = DataOffset;
        if (bytes.Length < DataOffset)
            return false;

        int length = DataLengthOf(bytes, maxData);
        offset += Math.Max(length, 0);
        return bytes.Length - sizeof(int) >= offset;
    }

    private static int DataLengthOf(ReadOnlySpan<byte> bytes, int maxData)
    {
        int length = BinaryPrimitives.ReadInt32BigEndian(bytes[DataLengthOffset..]);
        Check(length, maxData, DataLengthOffset);
        return length;
    }

    private static bool TryFindEnd(ReadOnlySpan<byte> bytes, int ids, int maxData, out int end)
    {
        int count = BinaryPrimitives.ReadInt32BigEndian(bytes[ids..]);
        end = ids + sizeof(int);
        if (count > maxData / AuthId.MinimumSize)
            Throw(JuteError.Oversized, ids, $"{count} identities do not fit into {maxData} bytes");

        long limit = end + (long)maxData;
        for (long strings = 2L * Math.Max(count, 0); strings > 0; strings--)
        {
            if (bytes.Length - end < sizeof(int))
                return false;

            int length = BinaryPrimitives.ReadInt32BigEndian(bytes[end..]);
            Check(length, maxData, end);
            if (Math.Max(length, 0) > limit - end - sizeof(int))
                Throw(JuteError.Oversized, end, $"the identities exceed the limit of {maxData} bytes");
            if (bytes.Length - end - sizeof(int) < length)
                return false;

            end += sizeof(int) + Math.Max(length, 0);
        }

        return true;
    }

    private static void Check(int length, int maxData, int offset)
    {
        if (length < -1)
            Throw(JuteError.NegativeLength, offset, $"length {length} is negative");
        if (length > maxData)
            Throw(JuteError.Oversized, offset, $"length {length} exceeds the limit of {maxData} bytes");
    }

    [DoesNotReturn]
    private static void Throw(JuteError error, int offset, string detail) =>
        throw new JuteFormatException(error, offset, $"At byte {offset}: {detail}.");
}
