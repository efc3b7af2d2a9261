using System.Diagnostics;
using Coordination.Server.Hosting;

namespace Coordination.Server.Network;

/// <summary>
/// One thread that waits for all sockets, runs the owner's turns and keeps time: a request never changes threads, and nothing depends on
/// the thread pool.
/// </summary>
/// <param name="clock">For waiting until a moment.</param>
/// <param name="spin">For how long it looks for more before it sleeps, while there is reason to think that it comes; zero for never.</param>
internal sealed class PollingThread(MonotonicClock clock, TimeSpan spin = default) : ITurnRunner
{
    /// <summary>Milliseconds between two failures after the first: whatever is broken for good must not keep a core busy.</summary>
    private const int PauseAfterFailure = 100;

    /// <summary>Set in the keys of the connections between servers; no descriptor is as large.</summary>
    public const int LearnerKey = 1 << 30;

    /// <summary>Turns in a row, after which the sockets are looked at again.</summary>
    private const int TurnsInARow = 8;

    private readonly Epoll _epoll = new();
    private readonly Eagerness _eagerness = new((long)(spin.TotalSeconds * Stopwatch.Frequency));
    private readonly Lock _gate = new();
    private readonly List<Action> _commands = [];
    private Thread? _thread;
    private Func<bool>? _turn;
    private Action? _time;
    private Action<uint, int>? _ready;
    private Action<uint, int>? _learnerReady;
    private Action<Exception>? _failed;
    private long _dueAt = long.MaxValue;
    private long _laterAt = long.MaxValue;
    private Action? _later;
    private bool _hasFailed;
    private volatile bool _mustRun;
    private volatile bool _isStopping;

    /// <summary>The descriptors waited for; only on this thread.</summary>
    public Epoll Epoll => _epoll;

    /// <summary>Tells who hears of ready descriptors. Before anything is watched.</summary>
    /// <param name="ready">Hears what happened and the descriptor's key.</param>
    /// <param name="failed">Hears of whatever is thrown on the thread, which goes on: the process may be somebody else's.</param>
    public void Attach(Action<uint, int> ready, Action<Exception> failed)
    {
        _ready = ready;
        _failed = failed;
    }

    /// <summary>Tells who hears of ready descriptors whose key holds <see cref="LearnerKey"/>. Before any of them is watched.</summary>
    /// <param name="ready">Hears what happened and the rest of the key.</param>
    /// <param name="failed">Hears of whatever is thrown on the thread, unless somebody hears of it already.</param>
    public void AttachLearners(Action<uint, int> ready, Action<Exception> failed)
    {
        _learnerReady = ready;
        _failed ??= failed;
    }

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
        _mustRun = true;
        if (Thread.CurrentThread != _thread)
            _epoll.Wake();
    }

    /// <inheritdoc/>
    public void WakeAt(long monotonicMilliseconds) => _dueAt = monotonicMilliseconds;

    /// <summary>Runs something on the thread.</summary>
    public void Run(Action command)
    {
        lock (_gate)
            _commands.Add(command);
        _epoll.Wake();
    }

    /// <summary>Runs something on the thread in a while; only on this thread, one at a time.</summary>
    public void RunLater(long milliseconds, Action command)
    {
        _later = command;
        _laterAt = clock.Milliseconds + milliseconds;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isStopping = true;
        if (_thread is { } thread)
        {
            _epoll.Wake();
            if (thread != Thread.CurrentThread)
                thread.Join();
        }

        _epoll.Dispose();
    }

    private void Run()
    {
        while (!_isStopping)
        {
            try
            {
                RunRound();
            }
            catch (Exception e) when (_failed is not null)
            {
                Fail(e);
            }
        }
    }

    private void RunRound()
    {
        int count = Wait(Patience());
        for (int i = 0; i < count; i++)
        {
            (uint what, int key) = _epoll[i];
            if (key == _epoll.WakeKey)
                RunCommands();
            else if ((key & LearnerKey) == 0)
                _ready!(what, key);
            else
                _learnerReady!(what, key & ~LearnerKey);
        }

        if (_dueAt <= clock.Milliseconds)
        {
            _dueAt = long.MaxValue;
            _time!();
        }

        if (_laterAt <= clock.Milliseconds)
        {
            _laterAt = long.MaxValue;
            _later!();
        }

        RunTurns();
    }

    private int Wait(int milliseconds)
    {
        if (_eagerness.Patience == 0 || milliseconds == 0)
            return _epoll.Wait(milliseconds);

        long start = Stopwatch.GetTimestamp();
        if (_eagerness.IsEager)
        {
            do
            {
                int soon = _epoll.Wait(0);
                if (soon == 0)
                    continue;

                _eagerness.CameInTime();
                return soon;
            }
            while (Stopwatch.GetTimestamp() - start < _eagerness.Patience);
            _eagerness.LookedInVain();
        }

        int count = _epoll.Wait(milliseconds);
        _eagerness.Slept(Stopwatch.GetTimestamp() - start);
        return count;
    }

    /// <summary>Turns still have to run: they end the connections and answer whoever waits for the owner.</summary>
    private void Fail(Exception reason)
    {
        _failed!(reason);
        if (_hasFailed)
            Thread.Sleep(PauseAfterFailure);
        _hasFailed = true;
        RunTurns();
    }

    private int Patience()
    {
        if (_mustRun)
            return 0;
        long next = Math.Min(_dueAt, _laterAt);
        if (next == long.MaxValue)
            return -1;
        return (int)Math.Clamp(next - clock.Milliseconds, 0, int.MaxValue);
    }

    private void RunTurns()
    {
        for (int i = 0; _mustRun && i < TurnsInARow; i++)
        {
            // Posting into the idle mailbox sets the flag again, and may do so the moment a turn has given ownership back: from then on
            // only the poster may write the flag.
            _mustRun = false;
            if (_turn!())
                _mustRun = true;
        }
    }

    private void RunCommands()
    {
        _epoll.ClearWake();
        Action[] commands;
        lock (_gate)
        {
            commands = [.. _commands];
            _commands.Clear();
        }

        foreach (Action command in commands)
        {
            // Behind one that fails there may be the one that somebody waits for who stops the server.
            try
            {
                command();
            }
            catch (Exception e) when (_failed is not null)
            {
                _failed(e);
            }
        }
    }
}
