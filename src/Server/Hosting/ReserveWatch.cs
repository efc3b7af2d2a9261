using Coordination.Server.Storage;

namespace Coordination.Server.Hosting;

/// <summary>
/// Looks at the room on the disk once in a while, on a thread of the timer, and tells the loop when the reserve is reached or left. Who
/// writes much between two looks causes one himself, so that a fast writer cannot run through the reserve.
/// </summary>
internal sealed class ReserveWatch : IDisposable
{
    /// <summary>Less than this is never worth a look of its own.</summary>
    private const long SmallestBudget = 64 << 10;

    private readonly Lock _gate = new();
    private readonly DiskReserve _reserve;
    private readonly TimeSpan _interval;
    private readonly Action<LoopInput> _post;
    private readonly ServerLog _log;
    private readonly ITimer _timer;
    private long _budget;
    private bool _isDisposed;

    /// <param name="reserve">The disk.</param>
    /// <param name="interval">From one look to the next.</param>
    /// <param name="clock">For the timer.</param>
    /// <param name="post">Takes <see cref="LoopInputKind.DiskReserve"/>.</param>
    /// <param name="log">Says what happens.</param>
    public ReserveWatch(DiskReserve reserve, TimeSpan interval, MonotonicClock clock, Action<LoopInput> post, ServerLog log)
    {
        _reserve = reserve;
        _interval = interval;
        _post = post;
        _log = log;
        _timer = clock.Provider.CreateTimer(static state => ((ReserveWatch)state!).LookByTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Looks at once, then again and again.</summary>
    public void Start()
    {
        Look();
        _timer.Change(_interval, _interval);
    }

    /// <summary>Bytes were written; called by whoever wrote them.</summary>
    public void Wrote(long bytes)
    {
        if (Interlocked.Add(ref _budget, -bytes) < 0)
            Look();
    }

    /// <summary>Whether a file of that size fits without touching the reserve.</summary>
    public bool HasRoomFor(long bytes)
    {
        Look();
        lock (_gate)
            return _reserve.Mark == 0 || _reserve.Room >= bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        _timer.Dispose();
    }

    /// <summary>On a thread of the pool, where whatever is not caught ends the host's process.</summary>
    private void LookByTimer()
    {
        try
        {
            Look();
        }
        catch (Exception e)
        {
            _post(new LoopInput(LoopInputKind.Fault, e));
        }
    }

    private void Look()
    {
        // Somebody who looks already sees enough; the disk may keep him for long.
        if (!_gate.TryEnter())
            return;
        try
        {
            if (!_isDisposed)
                Check();
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void Check()
    {
        try
        {
            bool hasChanged = _reserve.Check();
            Interlocked.Exchange(ref _budget, Math.Max(_reserve.Room / 2, SmallestBudget));
            if (!hasChanged)
                return;
        }
        catch (DiskException e)
        {
            Interlocked.Exchange(ref _budget, SmallestBudget);
            _log.DiskSpaceUnknown(e.Message);
            return;
        }

        _post(new LoopInput(LoopInputKind.DiskReserve, null, _reserve.IsReached ? 1 : 0));
        _log.DiskReserve(_reserve.IsReached, _reserve.Free, _reserve.Mark);
    }
}
