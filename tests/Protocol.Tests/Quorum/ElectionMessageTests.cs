using System.Buffers;
using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;

namespace Coordination.Protocol.Tests.Quorum;

/// <summary>Election messages of every age, and what is none.</summary>
public sealed class ElectionMessageTests
{
    private const string Vote = "00000002" + "0000000000000003" + "0000000500000007" + "0000000000000009";

    private static readonly Gen<ElectionNotification> Notifications =
        from state in Generators.Integers
        from leader in Generators.Longs
        from zxid in Generators.Longs
        from round in Generators.Longs
        from epoch in Generators.Longs
        from configuration in Generators.Text
        select new ElectionNotification((PeerState)state, leader, new Zxid(zxid), round, epoch, 2, JuteReader.TextOf(System.Text.Encoding.UTF8.GetBytes(configuration)));

    [Theory]
    [InlineData("", 5, 0, null)]
    [InlineData("0000000000000006", 6, 0, null)]
    [InlineData("000000000000000600000001", 6, 0, null)]
    [InlineData("00000000000000060000000100000000", 6, 1, null)]
    [InlineData("00000000000000060000000200000000", 6, 2, "")]
    [InlineData("000000000000000600000002000000017a", 6, 2, "z")]
    public void Every_format_is_told_by_its_length(string rest, long epoch, int version, string? configuration)
    {
        ElectionNotification notification = ElectionNotification.Read(Convert.FromHexString(Vote + rest));
        Assert.Equal(new(PeerState.Leading, 3, Zxid.Create(5, 7), 9, epoch, version, configuration), notification);
    }

    [Theory]
    [InlineData("00", JuteError.Truncated)]
    [InlineData("0000000000000006000000020000", JuteError.Truncated)]
    [InlineData("000000000000000600000002000000027a", JuteError.Truncated)]
    [InlineData("000000000000000600000002ffffffff", JuteError.NullText)]
    [InlineData("000000000000000600000002fffffffe", JuteError.NegativeLength)]
    [InlineData("0000000000000006000000027fffffff", JuteError.Truncated)]
    public void A_damaged_notification_is_an_error(string rest, JuteError expected) =>
        Assert.Equal(expected, Assert.Throws<JuteFormatException>(() => ElectionNotification.Read(Convert.FromHexString(Vote + rest))).Error);

    [Fact]
    public void A_notification_that_was_written_is_read_again() =>
        Verify(Notifications, notification => ElectionNotification.Read(Written(notification)) == notification);

    [Fact]
    public void Random_bytes_never_do_worse_than_a_format_error()
    {
        Verify(Generators.Bytes(most: 100), bytes => EndsWell(() => ElectionNotification.Read(bytes)));
        Verify(Generators.Bytes(most: 100), bytes => EndsWell(() => ElectionGreeting.TryRead(bytes, out _, out _)));
        Verify(Generators.Bytes(most: 100), bytes => EndsWell(() => ElectionStream.TryRead(bytes, out _, out _)));
        var greetings = from text in Generators.Bytes(most: 60) from version in Gen.Elements<byte>(0, 1) select Greeting(version, 1, text);
        Verify(greetings, bytes => EndsWell(() => ElectionGreeting.TryRead(bytes, out _, out _)));
    }

    [Fact]
    public void The_greeting_of_the_reference_is_read_and_written()
    {
        byte[] bytes = Convert.FromHexString("FFFFFFFFFFFF000000000000000000010000000F3132372E302E302E313A3331333131");
        for (int length = 0; length < bytes.Length; length++)
            Assert.False(ElectionGreeting.TryRead(bytes.AsSpan(0, length), out _, out _));

        Assert.True(ElectionGreeting.TryRead([.. bytes, 0, 0], out ElectionGreeting greeting, out int taken));
        Assert.Equal(bytes.Length, taken);
        Assert.Equal((ElectionGreeting.OneAddress, 1), (greeting.ProtocolVersion, greeting.ServerId));
        Assert.Equal([new("127.0.0.1", 31311)], greeting.Addresses);
        Assert.Equal(bytes, Written(greeting));
    }

    [Fact]
    public void A_greeting_may_hold_several_addresses_or_none()
    {
        byte[] several = Greeting(1, 5, "a:1|[0:0:0:0:0:0:0:1]:2|0.0.0.0:3"u8.ToArray());
        Assert.True(ElectionGreeting.TryRead(several, out ElectionGreeting greeting, out _));
        Assert.Equal(ElectionGreeting.SeveralAddresses, greeting.ProtocolVersion);
        Assert.Equal([new("a", 1), new("0:0:0:0:0:0:0:1", 2), new("0.0.0.0", 3)], greeting.Addresses);
        Assert.Equal([false, false, true], greeting.Addresses.Select(address => address.IsWildcard));
        Assert.Equal(several, Written(greeting));

        byte[] old = [0, 0, 0, 0, 0, 0, 0, 7];
        Assert.True(ElectionGreeting.TryRead([.. old, 1], out ElectionGreeting bare, out int length));
        Assert.Equal((null, 7, 8), (bare.ProtocolVersion, bare.ServerId, length));
        Assert.Empty(bare.Addresses);
        Assert.Equal(old, Written(bare));
    }

    [Theory]
    [InlineData(-65537, 1)]
    [InlineData(-1, 1)]
    [InlineData(-65536, 0)]
    [InlineData(-65536, -1)]
    [InlineData(-65536, 2049)]
    [InlineData(-65535, int.MaxValue)]
    public void A_greeting_out_of_bounds_is_refused_as_soon_as_that_is_known(long version, int length)
    {
        byte[] bytes = new byte[20];
        BinaryPrimitives.WriteInt64BigEndian(bytes, version);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), length);
        Assert.Throws<JuteFormatException>(() => ElectionGreeting.TryRead(bytes, out _, out _));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a:")]
    [InlineData("a:1|")]
    [InlineData(":1")]
    [InlineData("a:1:2")]
    [InlineData("[::1:1")]
    public void A_greeting_without_a_proper_address_is_refused(string text) =>
        Assert.Throws<JuteFormatException>(() => ElectionGreeting.TryRead(Greeting(0, 1, System.Text.Encoding.UTF8.GetBytes(text)), out _, out _));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(ElectionStream.MaxMessage + 1)]
    [InlineData(int.MaxValue)]
    public void A_message_length_out_of_bounds_is_refused(int length)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        Assert.Throws<JuteFormatException>(() => ElectionStream.TryRead(bytes, out _, out _));
        var sequence = new ReadOnlySequence<byte>(bytes);
        Assert.Throws<JuteFormatException>(() => ElectionStream.TryRead(ref sequence, out _));
    }

    private static byte[] Greeting(byte version, long id, byte[] text)
    {
        byte[] bytes = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, version, .. new byte[12], .. text];
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(8), id);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), text.Length);
        return bytes;
    }

    private static byte[] Written(ElectionNotification notification)
    {
        using var output = new FrameBuffer();
        var writer = new JuteWriter(output);
        notification.Write(ref writer);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Written(ElectionGreeting greeting)
    {
        using var output = new FrameBuffer();
        var writer = new JuteWriter(output);
        greeting.Write(ref writer);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static bool EndsWell(Action read)
    {
        try
        {
            read();
        }
        catch (JuteFormatException error)
        {
            return error.Message.Length > 0;
        }

        return true;
    }

    private static void Verify<T>(Gen<T> values, Func<T, bool> rule) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true), Prop.ForAll(values.ToArbitrary(), rule));
}
