using System.Diagnostics;
using Coordination.Fuzz.Tests.Wire;

namespace Coordination.Fuzz.Tests.Decoding;

/// <summary>What a run of the fuzzer did.</summary>
/// <param name="Frames">Frames made and checked.</param>
/// <param name="Accepted">Frames that were records.</param>
/// <param name="Canonical">Frames that were canonical records.</param>
/// <param name="Bytes">Bytes in all of them.</param>
/// <param name="Time">How long it took.</param>
internal sealed record DecoderFigures(long Frames, long Accepted, long Canonical, long Bytes, TimeSpan Time);

/// <summary>Feeds mutated records to the codecs, on one thread, reproducibly.</summary>
/// <param name="seed">Chooses all frames.</param>
/// <param name="codecOf">The codec under test for a seed.</param>
internal sealed class DecoderFuzzer(int seed, Func<Seed, Recode> codecOf)
{
    /// <summary>How long a failing frame is made smaller.</summary>
    private static readonly TimeSpan ShrinkTime = TimeSpan.FromSeconds(10);

    private readonly Corpus _corpus = Corpus.Golden;

    /// <summary>Runs so many frames.</summary>
    /// <exception cref="FuzzFailure">A rule is broken; the frame has been made as small as it gets, and stands in the message.</exception>
    public DecoderFigures Run(long frames)
    {
        using var rules = new DecoderRules();
        var random = new Random(seed);
        var mutator = new Mutator(_corpus, random);
        Recode[] codecs = Array.ConvertAll(_corpus.All, codec => codecOf(codec));
        long started = Stopwatch.GetTimestamp();
        long bytes = 0;
        for (long i = 0; i < frames; i++)
        {
            int chosen = random.Next(_corpus.All.Length);
            Seed start = _corpus.All[chosen];
            mutator.Make(start, random.Next(1, 5), commonPaths: false);
            bytes += mutator.Length;
            try
            {
                rules.Check(start, codecs[chosen], mutator.Bytes, mutator.Length);
            }
            catch (FuzzFailure failure)
            {
                byte[] small = Shrink(failure, start, codecs[chosen], mutator.Bytes.AsSpan(0, mutator.Length).ToArray());
                string file = Findings.Save($"decoder-{seed}-{i}", small);
                throw new FuzzFailure(
                    failure.Rule, $"{failure.Message}; seed {seed}, frame {i} ({start.Name}), made smaller: {Convert.ToHexString(small.AsSpan(0, Math.Min(small.Length, 200)))} ({small.Length} bytes, in {file})");
            }
        }

        return new DecoderFigures(frames, rules.Accepted, rules.Canonical, bytes, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Leaves out whatever the failure does not need.</summary>
    private static byte[] Shrink(FuzzFailure failure, Seed seed, Recode codec, byte[] bytes)
    {
        using var rules = new DecoderRules();
        long started = Stopwatch.GetTimestamp();
        for (int size = bytes.Length / 2; size > 0; size /= 2)
        {
            for (int at = 0; at + size <= bytes.Length && Stopwatch.GetElapsedTime(started) < ShrinkTime;)
            {
                byte[] shorter = [.. bytes[..at], .. bytes[(at + size)..]];
                if (StillFails(shorter))
                    bytes = shorter;
                else
                    at += size;
            }
        }

        return bytes;

        bool StillFails(byte[] candidate)
        {
            try
            {
                rules.Check(seed, codec, candidate, candidate.Length);
                return false;
            }
            catch (FuzzFailure again)
            {
                return again.Rule == failure.Rule;
            }
        }
    }
}
