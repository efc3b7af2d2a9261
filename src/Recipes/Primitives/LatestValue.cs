using Microsoft.Extensions.Logging;

namespace Coordination.Recipes;

/// <summary>
/// An observable that replays its latest value to a new subscriber. Each subscriber gets its values one after another and in order;
/// no lock is held while user code runs; one that throws is logged and unsubscribed alone.
/// </summary>
/// <typeparam name="T">What is published.</typeparam>
/// <param name="logger">Where a throwing subscriber is reported.</param>
internal sealed class LatestValue<T>(ILogger logger) : IObservable<T>
{
    private readonly Lock _gate = new();
    private readonly List<Subscription> _subscriptions = [];
    private bool _hasValue;
    private bool _completed;
    private T _value = default!;

    private ILogger Logger { get; } = logger;

    public void Publish(T value)
    {
        Subscription[] targets;
        lock (_gate)
        {
            if (_completed)
                return;
            (_value, _hasValue) = (value, true);
            targets = [.. _subscriptions];
            foreach (Subscription target in targets)
                target.Enqueue(value);
        }

        foreach (Subscription target in targets)
            target.Drain();
    }

    public void Complete()
    {
        Subscription[] targets;
        lock (_gate)
        {
            if (_completed)
                return;
            _completed = true;
            targets = [.. _subscriptions];
            foreach (Subscription target in targets)
                target.EnqueueCompletion();
        }

        foreach (Subscription target in targets)
            target.Drain();
    }

    public IDisposable Subscribe(IObserver<T> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        var subscription = new Subscription(this, observer);
        lock (_gate)
        {
            if (_hasValue)
                subscription.Enqueue(_value);
            if (_completed)
                subscription.EnqueueCompletion();
            else
                _subscriptions.Add(subscription);
        }

        subscription.Drain();
        return subscription;
    }

    private void Remove(Subscription subscription)
    {
        lock (_gate)
            _subscriptions.Remove(subscription);
    }

    private sealed class Subscription(LatestValue<T> owner, IObserver<T> observer) : IDisposable
    {
        private readonly Lock _gate = new();
        private readonly Queue<T> _pending = new();
        private bool _completing;
        private bool _draining;
        private bool _ended;

        public void Enqueue(T value)
        {
            lock (_gate)
                _pending.Enqueue(value);
        }

        public void EnqueueCompletion()
        {
            lock (_gate)
                _completing = true;
        }

        public void Dispose()
        {
            lock (_gate)
                _ended = true;
            owner.Remove(this);
        }

        public void Drain()
        {
            lock (_gate)
            {
                if (_draining)
                    return;
                _draining = true;
            }

            while (Next(out T value, out bool last))
            {
                if (!Deliver(value, last) || last)
                    Dispose();
            }
        }

        private bool Next(out T value, out bool last)
        {
            lock (_gate)
            {
                last = false;
                if (!_ended && _pending.TryDequeue(out value!))
                    return true;
                value = default!;
                last = _completing && !_ended;
                _draining = last;
                return last;
            }
        }

        private bool Deliver(T value, bool last)
        {
            try
            {
                if (last)
                    observer.OnCompleted();
                else
                    observer.OnNext(value);
                return true;
            }
            catch (Exception e)
            {
                owner.Logger.SubscriberThrew(e);
                return false;
            }
        }
    }
}
