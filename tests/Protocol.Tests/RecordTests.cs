using FsCheck;
using FsCheck.Fluent;

namespace Coordination.Protocol.Tests;

/// <summary>Rules that hold for every record.</summary>
public sealed class RecordTests
{
    private const int MaxTests = 300;

    public static TheoryData<string> Records => [.. RecordCases.ByName.Keys];

    [Fact]
    public void Every_record_of_the_protocol_is_tested_here()
    {
        string[] records =
        [
            .. typeof(IJuteRecord<>).Assembly.GetTypes()
                .Where(type => type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IJuteRecord<>)))
                .Select(type => type.Name)
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(records, RecordCases.ByName.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Encoding_what_was_decoded_gives_the_same_bytes(string name)
    {
        RecordCase record = RecordCases.ByName[name];
        Verify(record.Encoded, bytes =>
        {
            byte[] again = record.Recode(bytes, out int remaining, out bool oddBoolean);
            return again.AsSpan().SequenceEqual(bytes) && remaining == 0 && !oddBoolean;
        });
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void A_record_cut_short_is_reported_as_truncated(string name)
    {
        RecordCase record = RecordCases.ByName[name];
        var cuts = from bytes in record.Encoded
                   from length in Gen.Choose(0, Math.Max(0, bytes.Length - 1))
                   select (bytes, length);
        Verify(cuts, cut =>
        {
            try
            {
                byte[] again = record.Recode(cut.bytes.AsSpan(0, cut.length), out _, out _);

                // Optional fields stand last: a byte of the handshake, two numbers of a learner. A record without fields cannot be cut.
                return again.Length == cut.length;
            }
            catch (JuteFormatException exception)
            {
                return exception.Error == JuteError.Truncated && exception.Offset <= cut.length;
            }
        });
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Bytes_behind_a_record_are_left_and_counted(string name)
    {
        RecordCase record = RecordCases.ByName[name];
        Verify(record.Encoded.Where(bytes => !EndsWithOptionalField(name, bytes)), bytes =>
        {
            byte[] again = record.Recode([.. bytes, 1, 2, 3], out int remaining, out _);
            return remaining == 3 && again.AsSpan().SequenceEqual(bytes);
        });
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Damaged_bytes_never_do_worse_than_a_format_error(string name)
    {
        RecordCase record = RecordCases.ByName[name];
        var damaged = from bytes in record.Encoded
                      from spots in Gen.Choose(0, Math.Max(0, bytes.Length - 1)).ArrayOf(4)
                      from values in Gen.Elements<byte>(0, 1, 0x7f, 0x80, 0xff, 0xfe, 42).ArrayOf(4)
                      select Damage(bytes, spots, values);
        Verify(damaged, bytes => DecodesOrReports(record, bytes));
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Random_bytes_never_do_worse_than_a_format_error(string name)
    {
        RecordCase record = RecordCases.ByName[name];
        Verify(Generators.Bytes(most: 120), bytes => DecodesOrReports(record, bytes));
    }

    /// <summary>Each four bytes of an encoding in turn become an enormous, or a negative, number.</summary>
    [Theory]
    [MemberData(nameof(Records))]
    public void A_length_bomb_allocates_next_to_nothing(string name)
    {
        RecordCase record = RecordCases.ByName[name];
        int[] bombs = [int.MaxValue, 0x3fff_ffff, 0x00ff_ffff, int.MinValue, -2];
        byte[] sample = record.Encoded.Sample(1, 30).MaxBy(bytes => bytes.Length)!;
        _ = DecodesOrReports(record, sample);

        for (int offset = 0; offset + 4 <= sample.Length; offset++)
        {
            foreach (int bomb in bombs)
            {
                byte[] bytes = [.. sample];
                System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(offset), bomb);
                long before = GC.GetAllocatedBytesForCurrentThread();
                bool bounded = DecodesOrReports(record, bytes);
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(bounded);
                Assert.True(allocated < 64 * 1024 + 64L * bytes.Length, $"{allocated} bytes for {bomb:x} at {offset} of {bytes.Length}");
            }
        }
    }

    private static bool DecodesOrReports(RecordCase record, byte[] bytes)
    {
        try
        {
            record.Recode(bytes, out int remaining, out _);
            return remaining >= 0 && remaining <= bytes.Length;
        }
        catch (JuteFormatException exception)
        {
            return exception.Offset >= 0 && exception.Offset <= bytes.Length && exception.Message.Length > 0;
        }
    }

    private static byte[] Damage(byte[] bytes, int[] spots, byte[] values)
    {
        byte[] damaged = [.. bytes];
        for (int i = 0; i < spots.Length && damaged.Length > 0; i++)
            damaged[spots[i]] = values[i];
        return damaged;
    }

    private static bool EndsWithOptionalField(string name, byte[] bytes) => name switch
    {
        nameof(ConnectRequest) => Codec.Decode<ConnectRequest>(bytes).ReadOnly is null,
        nameof(ConnectResponse) => Codec.Decode<ConnectResponse>(bytes).ReadOnly is null,
        nameof(LearnerInfo) => Codec.Decode<LearnerInfo>(bytes).ConfigurationVersion is null,
        _ => false,
    };

    /// <summary>On failure the message holds the seed with which FsCheck repeats the run.</summary>
    private static void Verify<T>(Gen<T> values, Func<T, bool> rule) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(MaxTests).WithQuietOnSuccess(true), Prop.ForAll(values.ToArbitrary(), rule));
}
