namespace Coordination.Server.Figures;

/// <summary>Number, sum, least and greatest of measured values.</summary>
internal struct Summary
{
    private long _min;

    /// <summary>Values taken in.</summary>
    public long Count { get; private set; }

    /// <summary>The sum of all.</summary>
    public long Total { get; private set; }

    /// <summary>The greatest; 0 before the first.</summary>
    public long Max { get; private set; }

    /// <summary>The least; 0 before the first.</summary>
    public readonly long Min => Count == 0 ? 0 : _min;

    /// <summary>The mean; 0 before the first.</summary>
    public readonly double Average => Count == 0 ? 0 : (double)Total / Count;

    /// <summary>Takes in so many zeros.</summary>
    public void AddZeros(long count)
    {
        _min = 0;
        Count += count;
    }

    /// <summary>Takes in what another has taken in.</summary>
    public void Add(in Summary other)
    {
        if (other.Count == 0)
            return;

        _min = Count == 0 ? other._min : Math.Min(_min, other._min);
        Max = Math.Max(Max, other.Max);
        Total += other.Total;
        Count += other.Count;
    }

    /// <summary>Takes one in.</summary>
    public void Add(long value)
    {
        _min = Count == 0 ? value : Math.Min(_min, value);
        Max = Math.Max(Max, value);
        Total += value;
        Count++;
    }
}
