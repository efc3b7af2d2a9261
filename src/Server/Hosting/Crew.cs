using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Coordination.Server.Hosting;

/// <summary>
/// Threads that help the owner with work that falls into independent pieces. <see cref="Run"/> returns when every piece is done, so
/// between two runs there is one thread again: what the pieces may touch is theirs alone, and what they read nobody changes.
/// </summary>
/// <remarks>
/// A piece is claimed by exchanging one word that holds the run, the number of pieces and the next of them. So a thread that comes late
/// can neither claim a piece twice nor one of a run that is over, and the owner never waits for a thread that has claimed nothing.
/// </remarks>
internal sealed class Crew : IDisposable
{
    private const int Bits = 20;
    private const ulong Mask = (1UL << Bits) - 1;

    /// <summary>How long a helper looks for more before it sleeps: waking it costs about as much.</summary>
    private static readonly long Patience = Stopwatch.Frequency / 50_000;

    private readonly SemaphoreSlim _wake = new(0);
    private readonly Thread[] _helpers;
    private Action<int>? _work;
    private Exception? _failure;
    private ulong _state;
    private ulong _run;
    private int _done;
    private int _sleepers;
    private volatile bool _isStopping;

    /// <param name="helpers">Threads beside the owner.</param>
    public Crew(int helpers)
    {
        _helpers = new Thread[helpers];
        for (int i = 0; i < helpers; i++)
        {
            _helpers[i] = new Thread(Help) { IsBackground = true, Name = $"Coordination helper {i + 1}" };
            _helpers[i].Start();
        }
    }

    /// <summary>The most pieces of one run.</summary>
    public static int MaxPieces => (int)Mask;

    /// <summary>For the owner: does the pieces 0 to <paramref name="count"/> - 1, each once, on this thread and on the helpers.</summary>
    /// <param name="count">At most <see cref="MaxPieces"/>.</param>
    /// <param name="work">Does one piece.</param>
    public void Run(int count, Action<int> work)
    {
        _work = work;
        Volatile.Write(ref _done, 0);
        Interlocked.Exchange(ref _state, (++_run << (2 * Bits)) | ((ulong)count << Bits));
        int sleepers = Math.Min(Volatile.Read(ref _sleepers), count - 1);
        if (sleepers > 0)
            _wake.Release(sleepers);

        WorkOff();
        var spin = default(SpinWait);
        while (Volatile.Read(ref _done) < count)
            spin.SpinOnce(sleep1Threshold: -1);
        if (_failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isStopping = true;
        _wake.Release(_helpers.Length);
        foreach (Thread helper in _helpers)
            helper.Join();
        _wake.Dispose();
    }

    private static bool HasPieces(ulong state) => (state & Mask) < ((state >> Bits) & Mask);

    private void Help()
    {
        while (!_isStopping)
        {
            WorkOff();
            long until = Stopwatch.GetTimestamp() + Patience;
            while (!HasPieces(Volatile.Read(ref _state)) && Stopwatch.GetTimestamp() < until)
                Thread.SpinWait(8);

            // The owner reads the number of sleepers after it has published a run, and this looks for one after it has counted itself.
            Interlocked.Increment(ref _sleepers);
            if (!HasPieces(Volatile.Read(ref _state)) && !_isStopping)
                _wake.Wait();
            Interlocked.Decrement(ref _sleepers);
        }
    }

    private void WorkOff()
    {
        while (true)
        {
            ulong state = Volatile.Read(ref _state);
            if (!HasPieces(state))
                return;
            if (Interlocked.CompareExchange(ref _state, state + 1, state) != state)
                continue;

            try
            {
                _work!((int)(state & Mask));
            }
            catch (Exception e)
            {
                _failure = e;
            }

            Interlocked.Increment(ref _done);
        }
    }
}
