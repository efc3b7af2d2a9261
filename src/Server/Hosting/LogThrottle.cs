namespace Coordination.Server.Hosting;

/// <summary>
/// Lets the first messages of a kind through, counts the others, and has the count said when the interval is over: what happens
/// ten thousand times is told, but as two lines.
/// </summary>
/// <param name="time">Tells the intervals apart.</param>
/// <param name="summarize">Says how many messages of a kind were left out.</param>
internal sealed class LogThrottle(TimeProvider time, Action<string, long> summarize)
{
    /// <summary>How long messages of a kind are counted after the first.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Kind> _kinds = [];

    /// <summary>
    /// Has the system start the thread of its timers: where no descriptor is left it cannot, and that is when there is most to count.
    /// </summary>
    public void Prepare() => time.CreateTimer(static _ => { }, null, Interval, Timeout.InfiniteTimeSpan).Dispose();

    /// <summary>Whether a message of this kind may be said now.</summary>
    /// <param name="kind">Names the message; stands in the summary.</param>
    /// <param name="perInterval">How many of the kind may be said in an interval.</param>
    public bool MaySay(string kind, int perInterval = 1)
    {
        lock (_gate)
        {
            if (!_kinds.TryGetValue(kind, out Kind? state))
            {
                state = new Kind();
                state.Timer = time.CreateTimer(_ => EndInterval(kind), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _kinds.Add(kind, state);
            }

            if (!state.IsRunning)
            {
                state.IsRunning = true;
                state.Timer!.Change(Interval, Timeout.InfiniteTimeSpan);
            }

            if (state.Said < perInterval)
            {
                state.Said++;
                return true;
            }

            state.LeftOut++;
            return false;
        }
    }

    /// <summary>Ends all intervals: what was counted is said now.</summary>
    public void Flush()
    {
        string[] kinds;
        lock (_gate)
            kinds = [.. _kinds.Keys];
        foreach (string kind in kinds)
            EndInterval(kind);
    }

    private void EndInterval(string kind)
    {
        long leftOut;
        lock (_gate)
        {
            Kind state = _kinds[kind];
            leftOut = state.LeftOut;
            state.IsRunning = false;
            state.Said = 0;
            state.LeftOut = 0;
        }

        if (leftOut > 0)
            summarize(kind, leftOut);
    }

    private sealed class Kind
    {
        public ITimer? Timer { get; set; }

        public bool IsRunning { get; set; }

        public int Said { get; set; }

        public long LeftOut { get; set; }
    }
}
