using System.Numerics;

namespace Coordination.Server.Figures;

/// <summary>
/// Least, greatest, mean and percentiles of measured values: exact below 64, above that to one part in 32. Taking one in costs a few
/// instructions and no memory.
/// </summary>
internal sealed class Distribution
{
    private const int Exact = 64;
    private const int ExactBits = 6;
    private const int StepBits = 5;
    private const int Steps = 1 << StepBits;
    private const int MaxBits = 40;

    private readonly long[] _counts = new long[Exact + ((MaxBits - ExactBits) * Steps)];
    private Summary _summary;

    /// <summary>Least, greatest and mean.</summary>
    public Summary Summary => _summary;

    /// <summary>Takes a value in; one below 0 counts as 0.</summary>
    public void Add(long value)
    {
        value = Math.Max(0, value);
        _summary.Add(value);
        _counts[IndexOf(value)]++;
    }

    /// <summary>Takes in so many zeros.</summary>
    public void AddZeros(long count)
    {
        _summary.AddZeros(count);
        _counts[0] += count;
    }

    /// <summary>The value below or at which a share of all values is.</summary>
    /// <param name="share">0 to 1.</param>
    public long Percentile(double share)
    {
        long wanted = (long)Math.Ceiling(share * _summary.Count);
        long seen = 0;
        for (int i = 0; i < _counts.Length && wanted > 0; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
                return Math.Min(GreatestOf(i), _summary.Max);
        }

        return _summary.Max;
    }

    /// <summary>Starts anew.</summary>
    public void Reset()
    {
        _summary = default;
        Array.Clear(_counts);
    }

    private static int IndexOf(long value)
    {
        if (value < Exact)
            return (int)value;

        int bits = Math.Min(BitOperations.Log2((ulong)value), MaxBits - 1);
        long step = Math.Min(value, (1L << MaxBits) - 1) >> (bits - StepBits);
        return Exact + ((bits - ExactBits) * Steps) + (int)(step - Steps);
    }

    private static long GreatestOf(int index)
    {
        if (index < Exact)
            return index;

        int bits = ExactBits + ((index - Exact) / Steps);
        long step = Steps + ((index - Exact) % Steps);
        return ((step + 1) << (bits - StepBits)) - 1;
    }
}
