namespace Coordination.Protocol.Tests;

/// <summary>What the reader and the writer do with the corners of jute.</summary>
public sealed class JuteTests
{
    [Fact]
    public void Integers_are_big_endian()
    {
        Assert.Equal("0102030405060708fffffffe", Written((ref JuteWriter writer) =>
        {
            writer.WriteInt64(0x0102030405060708);
            writer.WriteInt32(-2);
        }));
    }

    [Fact]
    public void A_null_string_buffer_and_vector_is_the_length_minus_one()
    {
        Assert.Equal("ffffffffffffffffffffffffffffffff", Written((ref JuteWriter writer) =>
        {
            writer.WriteString(null);
            writer.WriteBuffer((byte[]?)null);
            writer.WriteStrings(null);
            writer.WriteAcls(null);
        }));
    }

    [Fact]
    public void A_string_is_utf8_with_its_length_in_bytes() =>
        Assert.Equal("00000003e282ac", Written((ref JuteWriter writer) => writer.WriteString("\u20ac")));

    [Fact]
    public void Java_sends_supplementary_characters_as_two_surrogates_and_they_read_as_replacement_characters()
    {
        var reader = new JuteReader(Convert.FromHexString("00000006eda0bdedb880"));
        Assert.All(reader.ReadString()!, c => Assert.Equal('\ufffd', c));
    }

    [Theory]
    [InlineData("fffffffe", JuteError.NegativeLength)]
    [InlineData("80000000", JuteError.NegativeLength)]
    [InlineData("00000009", JuteError.Oversized)]
    [InlineData("7fffffff", JuteError.Oversized)]
    [InlineData("00000008", JuteError.Truncated)]
    [InlineData("000000", JuteError.Truncated)]
    public void A_bad_length_is_named(string hex, JuteError expected)
    {
        JuteFormatException exception = Assert.Throws<JuteFormatException>(() =>
        {
            var reader = new JuteReader(Convert.FromHexString(hex), maxLength: 8);
            reader.ReadBuffer();
        });
        Assert.Equal(expected, exception.Error);
        Assert.Equal(0, exception.Offset);
    }

    [Fact]
    public void A_vector_count_that_cannot_fit_is_refused_before_its_elements_are_read()
    {
        JuteFormatException exception = Assert.Throws<JuteFormatException>(() =>
        {
            var reader = new JuteReader(Convert.FromHexString("0000000300000000" + "00000000"));
            reader.ReadStrings();
        });
        Assert.Equal(JuteError.Truncated, exception.Error);
    }

    [Theory]
    [InlineData("ffffffff", true)]
    [InlineData("fffffffe", false)]
    [InlineData("80000000", false)]
    public void A_negative_vector_count_is_null_or_an_empty_vector(string hex, bool isNull)
    {
        var reader = new JuteReader(Convert.FromHexString(hex));
        string[]? strings = reader.ReadStrings();
        if (isNull)
            Assert.Null(strings);
        else
            Assert.Empty(strings!);
    }

    [Theory]
    [InlineData("00", false, false)]
    [InlineData("01", true, false)]
    [InlineData("02", true, true)]
    [InlineData("ff", true, true)]
    public void Any_byte_but_zero_is_true_and_an_odd_one_is_reported(string hex, bool value, bool odd)
    {
        var reader = new JuteReader(Convert.FromHexString(hex));
        Assert.Equal(value, reader.ReadBoolean());
        Assert.Equal(odd, reader.SawOddBoolean);
    }

    [Fact]
    public void The_body_of_a_failed_multi_is_the_one_recorded_from_apache()
    {
        const string hex = "ffffffff0000000000" + "00000000" + "ffffffff00ffffff99" + "ffffff99" + "ffffffff00fffffffe" + "fffffffe" + "ffffffff01ffffffff";
        MultiResponse response = Codec.Decode<MultiResponse>(Convert.FromHexString(hex));
        Assert.Equal([ErrorCode.Ok, ErrorCode.BadVersion, ErrorCode.RuntimeInconsistency], response.Results.Select(result => result.Error));
        Assert.Equal(hex, Convert.ToHexStringLower(Codec.Encode(response)));
    }

    [Theory]
    [InlineData(OpCode.Exists)]
    [InlineData(OpCode.Multi)]
    [InlineData(OpCode.Sync)]
    [InlineData((OpCode)999)]
    public void An_operation_that_no_multi_may_hold_is_refused(OpCode type)
    {
        byte[] bytes = [.. Codec.Encode(new MultiHeader(type, Done: false, -1)), .. Codec.Encode(new SyncRequest("/"))];
        Assert.Equal(JuteError.InvalidValue, Assert.Throws<JuteFormatException>(() => Codec.Decode<MultiRequest>(bytes)).Error);
    }

    [Fact]
    public void Reads_and_writes_in_one_multi_are_refused()
    {
        byte[] bytes = Codec.Encode(new MultiRequest([new(OpCode.Delete, "/a"), new(OpCode.GetData, "/a")]));
        Assert.Equal(JuteError.InvalidValue, Assert.Throws<JuteFormatException>(() => Codec.Decode<MultiRequest>(bytes)).Error);
    }

    private delegate void Writing(ref JuteWriter writer);

    private static string Written(Writing write)
    {
        using var buffer = new FrameBuffer(16);
        var writer = new JuteWriter(buffer);
        write(ref writer);
        writer.Flush();
        return Convert.ToHexStringLower(buffer.WrittenSpan);
    }
}
