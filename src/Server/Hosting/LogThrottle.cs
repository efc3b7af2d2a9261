namespace Coordination.Server.Hosting;

/// <summary>Lets a few messages of each kind through per interval and counts the others.</summary>
/// <param name="clock">Tells the intervals apart.</param>
internal sealed class LogThrottle(MonotonicClock clock)
{
    private const int PerInterval = 10;
    private const long IntervalMilliseconds = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, (long Start, int Said, long Suppressed)> _kinds = [];

    /// <summary>Whether a message of this kind may be said now.</summary>
    /// <param name="kind">The message.</param>
    /// <param name="suppressed">How many were left out since the last one that was said.</param>
    public bool MaySay(int kind, out long suppressed)
    {
        suppressed = 0;
        long now = clock.Milliseconds;
        lock (_gate)
        {
            var state = _kinds.GetValueOrDefault(kind, (now, 0, 0));
            if (now - state.Item1 >= IntervalMilliseconds)
                state = (now, 0, state.Item3);

            if (state.Item2 >= PerInterval)
            {
                _kinds[kind] = (state.Item1, state.Item2, state.Item3 + 1);
                return false;
            }

            suppressed = state.Item3;
            _kinds[kind] = (state.Item1, state.Item2 + 1, 0);
            return true;
        }
    }
}
