using System.Diagnostics;

namespace Coordination.Server.Hosting;

/// <summary>
/// Looks at the disk and at the system beside the turns, one look after another: either may keep the looker for long. A thread of the
/// host's and none of the pool, whose threads may all be blocked, and which would still be at it when the directory is somebody else's.
/// </summary>
internal sealed class SideThread : IDisposable
{
    private readonly object _gate = new();
    private readonly Queue<Action> _work = new();
    private readonly Action<LoopInput> _post;
    private readonly Action _regular;
    private readonly TimeSpan _interval;
    private readonly Thread _thread;
    private bool _isStopping;

    /// <param name="regular">What is done again and again, from the first interval on.</param>
    /// <param name="interval">From one time to the next.</param>
    /// <param name="post">Takes faults.</param>
    public SideThread(Action regular, TimeSpan interval, Action<LoopInput> post)
    {
        _regular = regular;
        _interval = interval;
        _post = post;
        _thread = new Thread(Run) { IsBackground = true, Name = "Coordination side" };
    }

    /// <summary>Begins.</summary>
    public void Start() => _thread.Start();

    /// <summary>Has something done soon; not after the end.</summary>
    public void Do(Action work)
    {
        lock (_gate)
        {
            _work.Enqueue(work);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits for what is being done; nothing more is begun.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }

        if (_thread.IsAlive && _thread != Thread.CurrentThread)
            _thread.Join();
    }

    private void Run()
    {
        try
        {
            long last = Stopwatch.GetTimestamp();
            while (Next(_interval - Stopwatch.GetElapsedTime(last)) is { } work)
            {
                work();
                if (work == _regular)
                    last = Stopwatch.GetTimestamp();
            }
        }
        catch (Exception e)
        {
            _post(new LoopInput(LoopInputKind.Fault, e));
        }
    }

    /// <summary>What is to be done now, the regular thing first if it is due; null at the end.</summary>
    private Action? Next(TimeSpan untilDue)
    {
        lock (_gate)
        {
            // A wait that ends early just looks at the clock again.
            if (untilDue > TimeSpan.Zero && _work.Count == 0 && !_isStopping)
                Monitor.Wait(_gate, (int)Math.Min(Math.Ceiling(untilDue.TotalMilliseconds), int.MaxValue));
            if (_isStopping)
                return null;
            if (untilDue <= TimeSpan.Zero)
                return _regular;
            return _work.TryDequeue(out Action? work) ? work : Nothing;
        }
    }

    private static void Nothing()
    {
    }
}
