using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>What a pump was told since it looked last.</summary>
[Flags]
internal enum WatchSignals
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read again.</summary>
    Changed = 1,

    /// <summary>The connection is lost.</summary>
    Suspended = 2,

    /// <summary>A connection stands again: read everything anew.</summary>
    Reconnected = 4,
}

/// <summary>
/// Turns the session thread's notes into work on the pool, one step at a time: however many notes come, they are worked off as one.
/// </summary>
internal abstract class WatchPump : IWatchListener
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private WatchSignals _signals;
    private bool _running;
    private bool _stopped;
    private bool _missed;

    /// <summary>Whether the pump has ended.</summary>
    public bool HasEnded => Volatile.Read(ref _stopped);

    /// <inheritdoc/>
    public virtual void OnEvent(WatchEventType type, string path) => Signal(WatchSignals.Changed);

    /// <inheritdoc/>
    public void OnSuspended()
    {
        _missed = true;
        Signal(WatchSignals.Suspended);
    }

    /// <inheritdoc/>
    public void OnReconnected()
    {
        // The first connection ends no gap.
        Signal(_missed ? WatchSignals.Reconnected : WatchSignals.Changed);
        _missed = false;
    }

    /// <inheritdoc/>
    public void OnDisarmed() => Signal(WatchSignals.Changed);

    /// <summary>Notes something.</summary>
    /// <param name="signals">What.</param>
    protected void Signal(WatchSignals signals)
    {
        lock (_gate)
        {
            // A suspension after a reconnect starts the gap anew; before it, the reconnect ends it.
            _signals = signals == WatchSignals.Suspended ? WatchSignals.Suspended : _signals | signals;
            if (_running || _stopped)
                return;
            _running = true;
        }

        _ = Task.Run(RunAsync);
    }

    /// <summary>Ends the pump.</summary>
    protected void StopPump() => Volatile.Write(ref _stopped, true);

    /// <summary>Works off what was noted.</summary>
    /// <param name="signals">All notes since the last step.</param>
    /// <returns>A task.</returns>
    protected abstract Task StepAsync(WatchSignals signals);

    /// <summary>The pump met an error that no reconnect cures.</summary>
    /// <param name="error">The error.</param>
    protected abstract void OnFatal(Exception error);

    private async Task RunAsync()
    {
        while (true)
        {
            WatchSignals signals;
            lock (_gate)
            {
                signals = _signals;
                _signals = WatchSignals.None;
                if (signals == WatchSignals.None || _stopped)
                {
                    _running = false;
                    return;
                }
            }

            try
            {
                await StepAsync(signals);
            }
            catch (ObjectDisposedException)
            {
                // The client is closed; its streams are completed elsewhere.
            }
            catch (Exception e) when (Refusal.IsTransient(e))
            {
                // The next connection says so; the pause is for a failure that came without a break.
                await Task.Delay(RetryPause);
                lock (_gate)
                    _signals |= WatchSignals.Changed;
            }
            catch (Exception e)
            {
                StopPump();
                OnFatal(e);
            }
        }
    }
}
