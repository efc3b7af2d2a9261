namespace Coordination.Server.Hosting;

/// <summary>
/// Whoever posts into an idle mailbox runs the turns, which saves two hops between threads. Nobody is kept for ever: after a number of
/// turns the rest goes to the thread pool.
/// </summary>
/// <param name="clock">For the timer.</param>
internal sealed class PostingThreadRunner(MonotonicClock clock) : ITurnRunner, IThreadPoolWorkItem
{
    private const int TurnsPerPoster = 64;

    private Func<bool>? _turn;
    private ITimer? _timer;
    private Action? _time;
    private long _armedFor = long.MaxValue;
    private volatile bool _hasFired;

    /// <inheritdoc/>
    public void Start(Func<bool> turn, Action time)
    {
        _turn = turn;
        _time = time;
        _timer = clock.Provider.CreateTimer(
            static state => ((PostingThreadRunner)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Wake(bool brief)
    {
        int left = brief ? 1 : TurnsPerPoster;
        while (_turn!())
        {
            if (--left > 0)
                continue;

            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            return;
        }
    }

    /// <inheritdoc/>
    public void WakeAt(long monotonicMilliseconds)
    {
        long now = clock.Milliseconds;
        if (monotonicMilliseconds == _armedFor && monotonicMilliseconds > now && !_hasFired)
            return;

        _hasFired = false;
        _armedFor = monotonicMilliseconds;
        TimeSpan wait = monotonicMilliseconds == long.MaxValue
            ? Timeout.InfiniteTimeSpan
            : TimeSpan.FromMilliseconds(Math.Clamp(monotonicMilliseconds - now, 1, int.MaxValue));
        _timer!.Change(wait, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    /// <summary>The timer counts by a coarser clock and may ring a little early: then the turn has to wind it up again.</summary>
    private void Fire()
    {
        _hasFired = true;
        _time!();
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => Wake(brief: false);
}
