namespace Coordination.Server.Hosting;

/// <summary>
/// What one connection may have worked off in one turn, in requests and bytes, and in time: a few bytes can ask for a walk through a
/// million znodes. Two requests it may always have, and the clock is asked after the first one only, which mostly is the only one.
/// </summary>
/// <param name="limits">How much.</param>
/// <param name="clock">For the time.</param>
internal struct TurnShare(TrafficLimits limits, MonotonicClock clock)
{
    private int _budget = limits.TurnBudget;
    private long _until;

    /// <summary>Whether others are to be served now; asked before each request.</summary>
    public bool IsUsedUp()
    {
        if (_budget <= 0 || _budget == limits.TurnBudget)
            return _budget <= 0;

        long now = clock.Milliseconds;
        if (_until != 0)
            return now >= _until;

        _until = now + limits.TurnMilliseconds;
        return false;
    }

    /// <summary>A request is about to be worked off.</summary>
    /// <param name="length">Its bytes.</param>
    public void Take(int length) => _budget -= length + TrafficLimits.RequestCost;
}
