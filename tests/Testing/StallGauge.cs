using System.Diagnostics;

namespace Coordination.Testing;

/// <summary>
/// Measures how long this machine keeps a thread waiting that has next to nothing to do. A latency measured meanwhile is the server's
/// fault only as far as it goes beyond that.
/// </summary>
public sealed class StallGauge : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _isStopping;
    private long _longest;

    /// <summary>Begins to measure.</summary>
    public StallGauge()
    {
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>The longest wait beyond what was asked for, so far.</summary>
    public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref _longest));

    /// <inheritdoc/>
    public void Dispose()
    {
        _isStopping = true;
        _thread.Join();
    }

    private void Run()
    {
        while (!_isStopping)
        {
            long started = Stopwatch.GetTimestamp();
            Thread.Sleep(1);
            long late = (Stopwatch.GetElapsedTime(started) - TimeSpan.FromMilliseconds(1)).Ticks;
            if (late > Interlocked.Read(ref _longest))
                Interlocked.Exchange(ref _longest, late);
        }
    }
}
