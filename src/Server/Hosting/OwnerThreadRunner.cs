namespace Coordination.Server.Hosting;

/// <summary>A dedicated thread runs every turn: it keeps its promises about time even when the thread pool is exhausted.</summary>
/// <param name="clock">For waiting until a moment.</param>
internal sealed class OwnerThreadRunner(MonotonicClock clock) : ITurnRunner
{
    private readonly object _gate = new();
    private Thread? _thread;
    private Func<bool>? _turn;
    private Action? _time;
    private long _dueAt = long.MaxValue;
    private bool _isAwake;
    private bool _isStopping;

    /// <inheritdoc/>
    public void Start(Func<bool> turn, Action time)
    {
        _turn = turn;
        _time = time;
        _thread = new Thread(Run) { IsBackground = true, Name = "Coordination replica" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public void Wake(bool brief)
    {
        lock (_gate)
        {
            _isAwake = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <inheritdoc/>
    public void WakeAt(long monotonicMilliseconds) => _dueAt = monotonicMilliseconds;

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }

        if (_thread is { } thread && thread != Thread.CurrentThread)
            thread.Join();
    }

    private void Run()
    {
        while (WaitForWork())
        {
            while (_turn!())
            {
            }
        }
    }

    /// <summary>True when turns are to be run; posting the passing of time wakes this very thread.</summary>
    private bool WaitForWork()
    {
        while (true)
        {
            lock (_gate)
            {
                while (!_isAwake && !_isStopping && _dueAt - clock.Milliseconds is var wait and > 0)
                    Monitor.Wait(_gate, (int)Math.Min(wait, int.MaxValue));

                if (_isAwake)
                {
                    _isAwake = false;
                    return true;
                }

                if (_isStopping)
                    return false;
                _dueAt = long.MaxValue;
            }

            _time!();
        }
    }
}
