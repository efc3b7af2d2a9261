using System.Buffers.Binary;
using Coordination.Fuzz.Tests.Wire;
using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Fuzz.Tests.Decoding;

/// <summary>Any bytes, in both directions: requests as the server reads them, replies as the client does.</summary>
public sealed class DecoderTests
{
    private static int Frames => ProofScale.Of("COORDINATION_FUZZ_FRAMES", quick: 300_000, middle: 8_000_000, full: 100_000_000);

    [Fact]
    public async Task The_codec_refuses_exactly_what_is_no_record_and_writes_the_rest_back()
    {
        int first = FuzzSeed.Of(nameof(DecoderTests));
        int threads = Math.Clamp(Environment.ProcessorCount, 1, 4);
        DecoderFigures[] figures = await Task.WhenAll(Enumerable.Range(0, threads).Select(thread =>
            Task.Factory.StartNew(
                () => new DecoderFuzzer(first + thread, Codecs.Of).Run(Frames / threads),
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));

        double perSecond = figures.Average(static one => one.Frames / one.Time.TotalSeconds);
        TestContext.Current.SendDiagnosticMessage(
            "fuzz, codec: seeds {0}..{1}, {2:n0} frames, {3:p0} records, {4:p0} canonical, {5:n0} MB, {6:n0} frames/s per thread",
            first, first + threads - 1, figures.Sum(static one => one.Frames),
            (double)figures.Sum(static one => one.Accepted) / figures.Sum(static one => one.Frames),
            (double)figures.Sum(static one => one.Canonical) / figures.Sum(static one => one.Frames),
            figures.Sum(static one => one.Bytes) / 1_000_000, perSecond);

        // Half records and half rubbish: a fuzzer whose frames all fail at the first field, or never, looks at nothing.
        Assert.InRange((double)figures.Sum(static one => one.Accepted) / figures.Sum(static one => one.Frames), 0.2, 0.8);
    }

    /// <summary>Defects that the fuzzer must find, or it is worth nothing; each is put around the real codec.</summary>
    public static TheoryData<string> Defects =>
        ["memory for an announced length", "one byte too far", "a wrong exception", "an element dropped", "a negative length accepted"];

    [Theory]
    [MemberData(nameof(Defects))]
    public void A_planted_defect_is_found(string defect)
    {
        var fuzzer = new DecoderFuzzer(seed: 1, seed => Plant(defect, Codecs.Of(seed)));
        FuzzFailure failure = Assert.Throws<FuzzFailure>(() => fuzzer.Run(50_000));
        TestContext.Current.SendDiagnosticMessage("fuzz, planted: {0}: {1}", defect, failure.Message);
    }

    private static Recode Plant(string defect, Recode real) => (bytes, output) =>
    {
        int first = bytes.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32BigEndian(bytes) : 0;
        switch (defect)
        {
            case "memory for an announced length" when first is > 0 and < 1 << 24:
                GC.KeepAlive(new byte[first]);
                real(bytes, output);
                break;
            case "one byte too far" when first == bytes.Length - sizeof(int) + 1:
                _ = bytes[(sizeof(int) + first)..].Length;
                real(bytes, output);
                break;
            case "a wrong exception" when first < -1:
                throw new OverflowException("negative");
            case "an element dropped" when first > 1 && bytes.Length > 40:
                real(bytes, output);
                output.Truncate(output.Length - 1);
                break;
            case "a negative length accepted" when first < -1:
                try
                {
                    real(bytes, output);
                }
                catch (JuteFormatException)
                {
                    // The defect: what is no record goes for one.
                }

                break;
            default:
                real(bytes, output);
                break;
        }
    };
}
