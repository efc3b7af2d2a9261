using System.Numerics;

namespace Coordination.Bench.Load;

/// <summary>Counts durations in buckets of constant relative width (1/64), from nanoseconds to minutes, without allocating.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBucketBits = 6;
    private const int SubBuckets = 1 << SubBucketBits;
    private readonly long[] _counts = new long[SubBuckets * 40];

    public long Count { get; private set; }

    public long MaxNanoseconds { get; private set; }

    public void Record(long nanoseconds)
    {
        if (nanoseconds < 0)
            nanoseconds = 0;
        _counts[Math.Min(IndexOf(nanoseconds), _counts.Length - 1)]++;
        Count++;
        if (nanoseconds > MaxNanoseconds)
            MaxNanoseconds = nanoseconds;
    }

    /// <summary>The duration below or at which this share of the samples lies, in microseconds.</summary>
    /// <param name="share">Between 0 and 1.</param>
    public double Percentile(double share)
    {
        long wanted = (long)Math.Ceiling(share * Count);
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted && seen > 0)
                return Math.Min(UpperBoundOf(i), MaxNanoseconds) / 1000.0;
        }

        return 0;
    }

    private static int IndexOf(long value)
    {
        if (value < SubBuckets * 2)
            return (int)value;
        int shift = BitOperations.Log2((ulong)value) - SubBucketBits;
        return (shift << SubBucketBits) + (int)(value >> shift);
    }

    private static long UpperBoundOf(int index)
    {
        if (index < SubBuckets * 2)
            return index;
        int shift = (index >> SubBucketBits) - 1;
        long first = (index & (SubBuckets - 1)) + SubBuckets;
        return ((first + 1) << shift) - 1;
    }
}
