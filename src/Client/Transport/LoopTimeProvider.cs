namespace Coordination.Client;

/// <summary>
/// Time for the reconnect pipeline: its back-off is a timer that the session's thread fires itself, so that a blocked thread pool delays
/// no reconnect. A strategy of the application's may set or dispose a timer anywhere.
/// </summary>
/// <param name="clock">The client's clock.</param>
/// <param name="wake">Makes the session's thread look when the next timer is due.</param>
internal sealed class LoopTimeProvider(IClientClock clock, Action wake) : TimeProvider
{
    private readonly List<LoopTimer> _timers = [];

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>When the next timer is due; null for none.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            TimeSpan? next = null;
            lock (_timers)
            {
                foreach (LoopTimer timer in _timers)
                {
                    if (next is null || timer.DueAt < next)
                        next = timer.DueAt;
                }
            }

            return next;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => clock.Now.Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LoopTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Fires what is due.</summary>
    /// <param name="now">The time.</param>
    public void RunDue(TimeSpan now)
    {
        LoopTimer[] due;
        lock (_timers)
        {
            if (_timers.Count == 0)
                return;

            due = [.. _timers.Where(timer => timer.DueAt <= now)];
            _timers.RemoveAll(timer => timer.DueAt <= now);
        }

        foreach (LoopTimer timer in due)
            timer.Fire();
    }

    private void Wake() => wake();

    private sealed class LoopTimer(LoopTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan DueAt { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._timers)
            {
                owner._timers.Remove(this);
                _period = period;
                if (dueTime < TimeSpan.Zero)
                    return true;

                DueAt = new TimeSpan(owner.GetTimestamp()) + dueTime;
                owner._timers.Add(this);
            }

            owner.Wake();
            return true;
        }

        public void Fire()
        {
            if (_period > TimeSpan.Zero)
                Change(_period, _period);
            callback(state);
        }

        public void Dispose()
        {
            lock (owner._timers)
                owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
