using System.Buffers;
using System.Text;

namespace Coordination.Protocol.Tests;

/// <summary>The small values: zxid, digest identity, frame buffer.</summary>
public sealed class ValueTests
{
    [Fact]
    public void A_zxid_is_an_epoch_and_an_unsigned_counter()
    {
        Zxid zxid = Zxid.Create(7, 0xffff_fffe);
        Assert.Equal((7, 0xffff_fffeu), (zxid.Epoch, zxid.Counter));
        Assert.Equal("0x7fffffffe", zxid.ToString());
        Assert.Equal(Zxid.Create(8, 0), zxid.Next.Next);
        Assert.True(Zxid.Create(1, 0xffff_ffff) < Zxid.Create(2, 0));
        Assert.True(Zxid.Zero <= new Zxid(0) && Zxid.Zero >= default(Zxid) && new Zxid(1) > Zxid.Zero);
        Assert.Equal("0x0", Zxid.Zero.ToString());
    }

    /// <summary>Apache's own documentation has the first; the others come from its <c>DigestAuthenticationProvider</c>.</summary>
    [Theory]
    [InlineData("u:p", "u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ=")]
    [InlineData("super:test", "super:D/InIHSb7yEEbrWz8b9l71RjZJU=")]
    public void A_digest_identity_is_user_and_hash_of_the_credentials(string credentials, string id) =>
        Assert.Equal(id, DigestIdentity.Create(Encoding.UTF8.GetBytes(credentials)));

    [Fact]
    public void Without_a_colon_all_of_the_credentials_is_the_user()
    {
        Assert.StartsWith("abc:", DigestIdentity.Create("abc"u8), StringComparison.Ordinal);
        Assert.Equal(DigestIdentity.Create("u:p:q"u8), DigestIdentity.Create("u", "p:q"));
    }

    [Fact]
    public void Credentials_that_are_no_utf8_are_hashed_as_apache_reads_them() =>
        Assert.Equal(DigestIdentity.Create("u:\ufffd"u8), DigestIdentity.Create([(byte)'u', (byte)':', 0xff]));

    [Fact]
    public void A_frame_is_its_length_and_its_body_however_often_the_buffer_grows()
    {
        using var buffer = new FrameBuffer(initialCapacity: 16);
        for (int size = 0; size < 3000; size += 177)
        {
            int mark = buffer.BeginFrame();
            var writer = new JuteWriter(buffer);
            for (int i = 0; i < size; i++)
                writer.WriteByte((byte)i);
            writer.Flush();
            buffer.EndFrame(mark);

            var reader = new JuteReader(buffer.WrittenSpan[mark..]);
            Assert.Equal(size, reader.ReadBufferSpan(out _).Length);
            Assert.Equal(0, reader.Remaining);
        }
    }

    [Fact]
    public void A_frame_given_up_leaves_nothing_behind()
    {
        using var buffer = new FrameBuffer();
        buffer.Write((ReadOnlySpan<byte>)[1, 2, 3]);
        int mark = buffer.BeginFrame();
        buffer.Write(new byte[5000]);
        buffer.Truncate(mark);
        Assert.Equal([1, 2, 3], buffer.WrittenSpan.ToArray());
        buffer.Clear();
        Assert.Equal(0, buffer.Length);
    }

    [Fact]
    public void Misuse_of_a_frame_buffer_is_refused()
    {
        using var buffer = new FrameBuffer();
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Truncate(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Truncate(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(int.MaxValue));
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.GetSpan());
    }
}
