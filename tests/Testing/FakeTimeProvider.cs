namespace Coordination.Testing;

/// <summary>
/// A clock that moves only when told to. Timers fire on the thread that advances it, in the order of their due times, each with the
/// clock standing at its due time.
/// </summary>
public sealed class FakeTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<FakeTimer> _timers = [];
    private DateTimeOffset _wallClock;
    private long _ticks;
    private long _order;

    /// <summary>Starts a clock.</summary>
    /// <param name="start">The wall clock at the start; by default the first of January 2026.</param>
    public FakeTimeProvider(DateTimeOffset? start = null) =>
        _wallClock = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Time since the start, whatever the wall clock was set to.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_gate)
                return TimeSpan.FromTicks(_ticks);
        }
    }

    /// <summary>Timers that wait to fire.</summary>
    public int PendingTimers
    {
        get
        {
            lock (_gate)
                return _timers.Count;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_gate)
            return _ticks;
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _wallClock;
    }

    /// <summary>Steps the wall clock alone, as an administrator or a time server would; no timer fires.</summary>
    /// <param name="step">Forward or backward.</param>
    public void StepWallClock(TimeSpan step)
    {
        lock (_gate)
            _wallClock += step;
    }

    /// <summary>Moves the clock forward and fires what comes due, including timers set on the way.</summary>
    /// <param name="time">How far.</param>
    public void Advance(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        long target = Elapsed.Ticks + time.Ticks;
        while (TakeDue(target) is { } timer)
            timer.Fire();
        lock (_gate)
            MoveTo(target);
    }

    /// <summary>Moves the clock to the next timer and fires it.</summary>
    /// <returns>False if no timer waits.</returns>
    public bool AdvanceToNextTimer()
    {
        if (TakeDue(long.MaxValue) is not { } timer)
            return false;

        timer.Fire();
        return true;
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private FakeTimer? TakeDue(long target)
    {
        lock (_gate)
        {
            FakeTimer? first = null;
            foreach (FakeTimer timer in _timers)
            {
                if (timer.Due <= target && (first is null || (timer.Due, timer.Order).CompareTo((first.Due, first.Order)) < 0))
                    first = timer;
            }

            if (first is null)
                return null;

            MoveTo(Math.Max(_ticks, first.Due));
            if (first.Period > 0)
                (first.Due, first.Order) = (first.Due + first.Period, _order++);
            else
                _timers.Remove(first);
            return first;
        }
    }

    private void MoveTo(long ticks)
    {
        _wallClock += TimeSpan.FromTicks(ticks - _ticks);
        _ticks = ticks;
    }

    private bool Schedule(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
            if (timer.IsDisposed)
                return false;
            if (dueTime == Timeout.InfiniteTimeSpan)
                return true;

            timer.Due = _ticks + dueTime.Ticks;
            timer.Period = period == Timeout.InfiniteTimeSpan ? 0 : period.Ticks;
            timer.Order = _order++;
            _timers.Add(timer);
            return true;
        }
    }

    private sealed class FakeTimer(FakeTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; set; }

        public long Period { get; set; }

        public long Order { get; set; }

        public bool IsDisposed { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => owner.Schedule(this, dueTime, period);

        public void Dispose()
        {
            IsDisposed = true;
            owner.Schedule(this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
