using FsCheck;
using FsCheck.Fluent;

namespace Coordination.Protocol.Tests.Quorum;

/// <summary>Where a snapshot on a link ends.</summary>
public sealed class SnapshotStreamScannerTests
{
    private static readonly Gen<byte[]> Bodies =
        from sessions in Gen.Choose(0, 5)
        from lists in Generators.Acls.ArrayOf(3)
        from znodes in (from path in Generators.Text.Where(path => path != "/") from data in Generators.Buffers select (path, data)).ArrayOf(6)
        select Body(sessions, lists, znodes);

    private static readonly byte[] Signature = [0, 0, 0, 10, .. "BenWasHere"u8];

    [Fact]
    public void The_end_is_found_however_the_stream_arrives()
    {
        Verify(from body in Bodies from piece in Gen.Choose(1, 50) select (body, piece), sample =>
        {
            byte[] bytes = [.. sample.body, .. Signature, 1, 2, 3];
            var scanner = new SnapshotStreamScanner();
            int scanned = 0;
            int inBody = 0;
            while (!scanner.IsComplete)
            {
                scanned += scanner.Scan(bytes.AsSpan(scanned, Math.Min(sample.piece, bytes.Length - scanned)), out int body);
                inBody += body;
            }

            return scanned == bytes.Length - 3 && inBody == sample.body.Length && scanner.ZnodeCount == 6 && scanner.Scan([9], out _) == 0;
        });
    }

    [Fact]
    public void A_recorded_snapshot_is_all_body_and_signature()
    {
        RecordedItem item = Assert.Single(Recording.Read("join-learners"), item => item.What == "SnapshotStream" && item.Acceptor == 2 && item.Opener == 3);
        var scanner = new SnapshotStreamScanner();
        Assert.Equal(item.Bytes.Length, scanner.Scan(item.Bytes, out int body));
        Assert.True(scanner.IsComplete);
        Assert.Equal(item.Bytes.Length - Signature.Length, body);
        Assert.Equal([0, 0, 0, 1, (byte)'/'], item.Bytes[(body - 5)..body]);

        // The root, /zookeeper, its quota and config, and what the test's client had made.
        Assert.Equal(5, scanner.ZnodeCount);
        using var output = new FrameBuffer();
        var writer = new JuteWriter(output);
        SnapshotStreamScanner.WriteSignature(ref writer);
        writer.Flush();
        Assert.Equal(item.Bytes[body..], output.WrittenSpan.ToArray());
    }

    [Fact]
    public void Half_a_snapshot_is_not_complete()
    {
        byte[] bytes = [.. Body(1, [null], [("", null), ("/a", [1])]), .. Signature];
        for (int length = 0; length < bytes.Length; length++)
        {
            var scanner = new SnapshotStreamScanner();
            Assert.Equal(length, scanner.Scan(bytes.AsSpan(0, length), out _));
            Assert.False(scanner.IsComplete);
        }
    }

    [Theory]
    [InlineData("ffffffff", JuteError.InvalidValue)]
    [InlineData("0000000000000000ffffffff", JuteError.NullText)]
    [InlineData("00000000000000007fffffff", JuteError.Oversized)]
    [InlineData("0000000000000000fffffffe", JuteError.NullText)]
    [InlineData("000000000000000000000000fffffffe", JuteError.NegativeLength)]
    [InlineData("0000000000000000000000007fffffff", JuteError.Oversized)]
    [InlineData("0000000000000000000000012f0000000b", JuteError.InvalidValue)]
    [InlineData("0000000000000000000000012f0000000a42656e57617348657266", JuteError.InvalidValue)]
    [InlineData("0000000000000001000000000000000100000001000000007fffffff", JuteError.Oversized)]
    public void A_stream_that_can_be_no_snapshot_is_refused_where_that_shows(string hex, JuteError expected)
    {
        byte[] bytes = Convert.FromHexString(hex);
        var scanner = new SnapshotStreamScanner();
        JuteFormatException error = Assert.Throws<JuteFormatException>(() => scanner.Scan(bytes, out _));
        Assert.Equal(expected, error.Error);
        Assert.Equal(bytes.Length - 1, error.Offset);
    }

    [Fact]
    public void Any_bytes_are_scanned_without_memory()
    {
        Verify(Generators.Bytes(most: 200), bytes =>
        {
            var scanner = new SnapshotStreamScanner();
            try
            {
                return scanner.Scan(bytes, out int body) <= bytes.Length && body <= bytes.Length;
            }
            catch (JuteFormatException)
            {
                return true;
            }
        });
        byte[] large = new byte[1 << 20];
        var zeros = new SnapshotStreamScanner();
        long before = GC.GetAllocatedBytesForCurrentThread();
        zeros.Scan(large, out int scanned);
        Assert.Equal(large.Length, scanned);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    private static byte[] Body(int sessions, IReadOnlyList<Acl>?[] lists, (string Path, byte[]? Data)[] znodes)
    {
        using var output = new FrameBuffer();
        var writer = new JuteWriter(output);
        writer.WriteInt32(sessions);
        for (int i = 0; i < sessions; i++)
            new SessionTouch(i, 1000).Write(ref writer);
        writer.WriteInt32(lists.Length);
        for (int i = 0; i < lists.Length; i++)
        {
            writer.WriteInt64(i + 1);
            writer.WriteAcls(lists[i]);
        }

        foreach ((string path, byte[]? data) in znodes)
        {
            writer.WriteString(path);
            writer.WriteBuffer(data);
            writer.WriteRaw(new byte[68]);
        }

        writer.WriteString("/");
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static void Verify<T>(Gen<T> values, Func<T, bool> rule) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true), Prop.ForAll(values.ToArbitrary(), rule));
}
