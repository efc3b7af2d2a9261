using Microsoft.Extensions.Logging;

namespace Coordination.Client;

/// <summary>
/// Hands values to one observer, one at a time, on the thread pool. What waits is the subclass's business; it must keep it bounded.
/// </summary>
/// <typeparam name="T">The values.</typeparam>
internal abstract class Delivery<T> : IThreadPoolWorkItem
{
    private readonly IObserver<T> _observer;
    private readonly PullObserver<T>? _puller;
    private readonly ILogger _log;
    private bool _running;
    private bool _stopped;
    private bool _ending;
    private Exception? _error;

    /// <summary>Makes the delivery.</summary>
    /// <param name="observer">The observer; one that pulls fetches for itself.</param>
    /// <param name="log">Where a throwing observer is told.</param>
    protected Delivery(IObserver<T> observer, ILogger log)
    {
        _observer = observer;
        _log = log;
        _puller = observer as PullObserver<T>;
        _puller?.Attach(this);
    }

    /// <summary>Guards everything that waits.</summary>
    protected Lock Gate { get; } = new();

    /// <summary>Whether nothing more will be handed over.</summary>
    public bool IsStopped => Volatile.Read(ref _stopped);

    /// <summary>Ends the stream behind what waits.</summary>
    /// <param name="error">The error, or null for completion.</param>
    public void Complete(Exception? error = null)
    {
        lock (Gate)
        {
            _ending = true;
            _error = error;
            Schedule();
        }
    }

    /// <summary>Hands nothing over any more; a call that runs just now may still end.</summary>
    public void Stop() => Volatile.Write(ref _stopped, true);

    /// <inheritdoc/>
    public void Execute()
    {
        try
        {
            while (!IsStopped)
            {
                T value;
                lock (Gate)
                {
                    if (!TryTake(out value))
                    {
                        _running = false;
                        if (!_ending)
                            return;
                        break;
                    }
                }

                _observer.OnNext(value);
            }

            if (IsStopped)
                return;

            Stop();
            if (_error is null)
                _observer.OnCompleted();
            else
                _observer.OnError(_error);
        }
        catch (Exception e)
        {
            Stop();
            _log.SubscriberFailed(e);
            Failed();
        }
    }

    /// <summary>Fetches the next value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="ended">Whether none will come any more.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryPull(out T value, out bool ended)
    {
        lock (Gate)
        {
            bool taken = TryTake(out value);
            ended = !taken && (_ending || _stopped);
            return taken;
        }
    }

    /// <summary>The error that ended the stream, if one did.</summary>
    public Exception? Error => Volatile.Read(ref _error);

    /// <summary>Takes the next value. Called under <see cref="Gate"/>.</summary>
    /// <param name="value">The value.</param>
    /// <returns>False if none waits.</returns>
    protected abstract bool TryTake(out T value);

    /// <summary>The observer threw and gets nothing more.</summary>
    protected virtual void Failed()
    {
    }

    /// <summary>Something waits. Called under <see cref="Gate"/>.</summary>
    protected void Schedule()
    {
        _puller?.Notify();
        if (_puller is not null || _running || _stopped)
            return;

        _running = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }
}

/// <summary>Hands over every value, for streams of rare ones; beyond a bound the oldest go.</summary>
/// <typeparam name="T">The values.</typeparam>
/// <param name="observer">The observer.</param>
/// <param name="log">Where a throwing observer is told.</param>
internal sealed class QueuedDelivery<T>(IObserver<T> observer, ILogger log) : Delivery<T>(observer, log)
{
    private const int Bound = 1024;

    private readonly Queue<T> _waiting = new();

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value.</param>
    public void Enqueue(T value)
    {
        lock (Gate)
        {
            if (_waiting.Count == Bound)
                _waiting.Dequeue();
            _waiting.Enqueue(value);
            Schedule();
        }
    }

    /// <inheritdoc/>
    protected override bool TryTake(out T value) => _waiting.TryDequeue(out value!);
}
