namespace Coordination.Server.Hosting;

/// <summary>Decides who may open or take up a session: a bucket of tokens, behind dropping at random (the BLUE queue discipline).</summary>
/// <param name="options">Validated.</param>
/// <param name="random">Draws between 0 and 1.</param>
/// <param name="now">Monotonic milliseconds.</param>
internal sealed class ConnectionThrottle(ConnectionThrottleOptions options, Func<double> random, long now)
{
    private readonly long _fillMilliseconds = Math.Max(1, (long)options.FillTime.TotalMilliseconds);
    private long _tokens = options.Tokens;
    private long _filledAt = now;
    private long _adjustedAt = now;

    /// <summary>The probability with which a request is dropped before the bucket is looked at.</summary>
    public double DropProbability { get; private set; }

    /// <summary>Tokens that are missing in the bucket.</summary>
    public long Deficit => options.Tokens - _tokens;

    /// <summary>Takes the tokens for a session, new or coming back.</summary>
    /// <returns>False if the connection is to be turned away.</returns>
    public bool Admits(bool isNew, long now)
    {
        if (options.Tokens == 0)
            return true;

        int cost = !options.Weighted ? 1 : isNew ? options.NewSessionWeight : options.ReturningSessionWeight;
        Fill(now);
        if (options.FreezeTime is { } freeze && Drops(now, (long)freeze.TotalMilliseconds))
            return false;
        if (_tokens < cost)
            return false;

        _tokens -= cost;
        return true;
    }

    private void Fill(long now)
    {
        long elapsed = now - _filledAt;
        if (elapsed <= _fillMilliseconds)
            return;

        // More than the bucket holds is never needed; the product of a long rest and a large count would not fit.
        double refill = Math.Min(options.Tokens, (double)elapsed * options.FillCount / _fillMilliseconds);
        _tokens = Math.Min(_tokens + (long)refill, options.Tokens);
        _filledAt = now;
    }

    private bool Drops(long now, long freeze)
    {
        if (now - _adjustedAt > freeze)
        {
            _adjustedAt = now;
            if (_tokens == 0)
                DropProbability = Math.Min(DropProbability + options.DropIncrease, 1);
            else if (Deficit <= (long)Math.Round(options.Tokens * options.DecreaseRatio))
                DropProbability = Math.Max(DropProbability - options.DropDecrease, 0);
        }

        return random() < DropProbability;
    }
}
