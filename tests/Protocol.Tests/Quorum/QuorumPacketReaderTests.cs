using System.Buffers;
using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;

namespace Coordination.Protocol.Tests.Quorum;

/// <summary>Packets have no length of their own; this finds their ends.</summary>
public sealed class QuorumPacketReaderTests
{
    private const int Limit = 1 << 16;

    private static readonly Gen<QuorumPacket[]> Streams = Gen.Choose(1, 6).SelectMany(count => Generators.QuorumPacket.ArrayOf(count));

    [Fact]
    public void A_stream_cut_anywhere_falls_into_its_packets()
    {
        Verify(from packets in Streams from piece in Gen.Choose(1, 60) select (packets, piece), sample =>
        {
            byte[] bytes = [.. sample.packets.SelectMany(Codec.Encode)];
            var found = new List<string>();
            int taken = 0;
            for (int end = 0; end < bytes.Length;)
            {
                end = Math.Min(end + sample.piece, bytes.Length);
                ReadOnlySequence<byte> arrived = Pieces(bytes.AsMemory(taken, end - taken), sample.piece);
                while (QuorumPacketReader.TryRead(ref arrived, Limit, out QuorumPacket packet))
                    found.Add(Convert.ToHexString(Codec.Encode(packet)));
                taken = end - (int)arrived.Length;
            }

            return taken == bytes.Length && found.SequenceEqual(sample.packets.Select(packet => Convert.ToHexString(Codec.Encode(packet))));
        });
    }

    [Fact]
    public void A_packet_is_not_there_before_its_last_byte()
    {
        Verify(Generators.QuorumPacket, packet =>
        {
            byte[] bytes = Codec.Encode(packet);
            for (int length = 0; length < bytes.Length; length++)
            {
                if (QuorumPacketReader.TryRead(bytes.AsSpan(0, length), Limit, out _))
                    return false;
            }

            return QuorumPacketReader.TryRead([.. bytes, 1, 2, 3], Limit, out QuorumPacketView view) && view.Length == bytes.Length;
        });
    }

    [Fact]
    public void Bytes_in_one_piece_and_in_many_read_alike()
    {
        Verify(Damaged(), bytes => Outcome(() => ReadWhole(bytes)) == Outcome(() => ReadPieces(bytes)));
    }

    [Theory]
    [InlineData(12, -2, JuteError.NegativeLength)]
    [InlineData(12, Limit + 1, JuteError.Oversized)]
    [InlineData(12, int.MaxValue, JuteError.Oversized)]
    [InlineData(16, (Limit / 8) + 1, JuteError.Oversized)]
    [InlineData(16, int.MaxValue, JuteError.Oversized)]
    [InlineData(20, -2, JuteError.NegativeLength)]
    [InlineData(20, Limit + 1, JuteError.Oversized)]
    public void A_length_out_of_bounds_is_refused_as_soon_as_it_is_there(int offset, int length, JuteError expected)
    {
        byte[] bytes = new byte[offset + sizeof(int)];
        if (offset > 16)
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), 1);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(offset), length);
        Assert.Equal(expected, Assert.Throws<JuteFormatException>(() => QuorumPacketReader.TryRead(bytes, Limit, out _)).Error);

        var sequence = Pieces(bytes, 5);
        Assert.Equal(expected, Assert.Throws<JuteFormatException>(() => QuorumPacketReader.TryRead(ref sequence, Limit, out _)).Error);
        Assert.Equal(bytes.Length, sequence.Length);
    }

    [Fact]
    public void Identities_together_may_not_exceed_the_limit()
    {
        AuthId[] ids = [new("digest", new string('a', 600)), new("digest", new string('b', 600))];
        byte[] bytes = Codec.Encode(new QuorumPacket(QuorumPacketType.Request, Zxid.Zero, null, ids));
        Assert.True(QuorumPacketReader.TryRead(bytes, 2048, out _));
        Assert.Equal(JuteError.Oversized, Assert.Throws<JuteFormatException>(() => QuorumPacketReader.TryRead(bytes, 1024, out _)).Error);
    }

    [Fact]
    public void Data_that_is_announced_and_does_not_come_takes_no_memory()
    {
        byte[] start = new byte[40];
        BinaryPrimitives.WriteInt32BigEndian(start.AsSpan(12), Limit);
        _ = QuorumPacketReader.TryRead(start, Limit, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Assert.False(QuorumPacketReader.TryRead(start, Limit, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public void Reading_a_view_allocates_nothing()
    {
        byte[] bytes = Codec.Encode(new QuorumPacket(QuorumPacketType.Proposal, new Zxid(7), new byte[1000], null));
        Assert.True(QuorumPacketReader.TryRead(bytes, Limit, out _));
        long before = GC.GetAllocatedBytesForCurrentThread();
        long sum = 0;
        for (int i = 0; i < 1000; i++)
        {
            QuorumPacketReader.TryRead(bytes, Limit, out QuorumPacketView view);
            sum += view.Zxid.Value + view.Data.Length;
        }

        Assert.Equal(1_007_000, sum);

        // The runtime may take a little for itself; one object a packet would be 24,000 bytes.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public void Touches_that_end_inside_one_are_an_error() =>
        Assert.Equal(JuteError.Truncated, Assert.Throws<JuteFormatException>(() =>
        {
            var touches = new SessionTouches(new byte[13]);
            Assert.True(touches.TryReadNext(out _));
            touches.TryReadNext(out _);
        }).Error);

    private static Gen<byte[]> Damaged() =>
        from packet in Generators.QuorumPacket
        let bytes = Codec.Encode(packet)
        from spot in Gen.Choose(0, bytes.Length - 1)
        from value in Gen.Elements<byte>(0, 1, 0x7f, 0x80, 0xff)
        from length in Gen.Choose(0, bytes.Length)
        select (byte[])[.. bytes[..spot], value, .. bytes[(spot + 1)..Math.Clamp(length, spot + 1, bytes.Length)]];

    private static string? ReadWhole(byte[] bytes) =>
        QuorumPacketReader.TryRead(bytes, Limit, out QuorumPacketView view) ? Convert.ToHexString(Codec.Encode(view.ToPacket())) : null;

    private static string? ReadPieces(byte[] bytes)
    {
        ReadOnlySequence<byte> sequence = Pieces(bytes, 3);
        return QuorumPacketReader.TryRead(ref sequence, Limit, out QuorumPacket packet) ? Convert.ToHexString(Codec.Encode(packet)) : null;
    }

    private static string? Outcome(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (JuteFormatException error)
        {
            return error.Error.ToString();
        }
    }

    private static ReadOnlySequence<byte> Pieces(ReadOnlyMemory<byte> bytes, int size)
    {
        if (bytes.Length <= size)
            return new ReadOnlySequence<byte>(bytes);

        var first = new Piece(bytes[..size], 0);
        Piece last = first;
        for (int start = size; start < bytes.Length; start += size)
            last = last.Append(bytes[start..Math.Min(start + size, bytes.Length)]);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private static void Verify<T>(Gen<T> values, Func<T, bool> rule) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true), Prop.ForAll(values.ToArbitrary(), rule));

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
