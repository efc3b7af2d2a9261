using Microsoft.Extensions.Logging;

namespace Coordination.Client;

/// <summary>
/// An observable that shows the newest value on subscription and then every later one, to each subscriber one at a time and on the
/// thread pool. A subscriber that throws is logged and loses only its own subscription.
/// </summary>
/// <typeparam name="T">The values.</typeparam>
/// <param name="initial">Shown until the first publication.</param>
/// <param name="log">Where throwing subscribers are told.</param>
internal sealed class SerialStream<T>(T initial, ILogger log) : IObservable<T>
{
    private readonly Lock _gate = new();
    private readonly List<Subscription> _subscriptions = [];
    private T _latest = initial;
    private bool _completed;

    /// <summary>The newest value.</summary>
    public T Latest
    {
        get
        {
            lock (_gate)
                return _latest;
        }
    }

    /// <inheritdoc/>
    public IDisposable Subscribe(IObserver<T> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        var subscription = new Subscription(this, new(observer, log));
        lock (_gate)
        {
            subscription.Delivery.Enqueue(_latest);
            if (_completed)
                subscription.Delivery.Complete();
            else
                _subscriptions.Add(subscription);
        }

        return subscription;
    }

    /// <summary>Shows a value.</summary>
    /// <param name="value">The value.</param>
    public void Publish(T value)
    {
        lock (_gate)
        {
            _latest = value;
            foreach (Subscription subscription in _subscriptions)
                subscription.Delivery.Enqueue(value);
        }
    }

    /// <summary>Ends the stream.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            foreach (Subscription subscription in _subscriptions)
                subscription.Delivery.Complete();
            _subscriptions.Clear();
        }
    }

    private sealed class Subscription(SerialStream<T> stream, QueuedDelivery<T> delivery) : IDisposable
    {
        public QueuedDelivery<T> Delivery { get; } = delivery;

        public void Dispose()
        {
            Delivery.Stop();
            lock (stream._gate)
                stream._subscriptions.Remove(this);
        }
    }
}
