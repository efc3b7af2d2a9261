using System.Buffers.Binary;
using Coordination.Protocol;

namespace Coordination.Server.Tests.Consensus.World;

/// <summary>An entry of a history in the small world: a zxid and a number that nobody else has.</summary>
internal readonly record struct Entry(Zxid Zxid, long Number)
{
    /// <summary>The number of entries that change nothing.</summary>
    public const long Empty = -1;

    public byte[] ToBytes()
    {
        var bytes = new byte[40];
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(12), Zxid.Value);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(32), Number);
        return bytes;
    }

    public static Entry Read(ReadOnlySpan<byte> bytes)
    {
        Assert.Equal(40, bytes.Length);
        return new Entry(new Zxid(BinaryPrimitives.ReadInt64BigEndian(bytes[12..])), BinaryPrimitives.ReadInt64BigEndian(bytes[32..]));
    }

    public override string ToString() => $"{Zxid}#{Number}";
}
