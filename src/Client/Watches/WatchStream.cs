using Microsoft.Extensions.Logging;

namespace Coordination.Client;

/// <summary>An observable made of a function.</summary>
/// <typeparam name="T">The values.</typeparam>
/// <param name="subscribe">Adds an observer.</param>
internal sealed class WatchStream<T>(Func<IObserver<T>, IDisposable> subscribe) : IObservable<T>
{
    /// <inheritdoc/>
    public IDisposable Subscribe(IObserver<T> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return subscribe(observer);
    }
}

/// <summary>A subscription whose real one may come later.</summary>
internal sealed class PendingSubscription : IDisposable
{
    private readonly Lock _gate = new();
    private IDisposable? _subscription;
    private bool _disposed;

    /// <summary>Sets the real one; ends it at once if this one has ended.</summary>
    /// <param name="subscription">The real one.</param>
    public void Set(IDisposable subscription)
    {
        lock (_gate)
        {
            _subscription = subscription;
            if (!_disposed)
                return;
        }

        subscription.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IDisposable? subscription;
        lock (_gate)
        {
            _disposed = true;
            subscription = _subscription;
        }

        subscription?.Dispose();
    }
}

/// <summary>Delivers nothing but an error.</summary>
/// <typeparam name="T">The values that never come.</typeparam>
/// <param name="observer">The observer.</param>
/// <param name="log">Where a throwing observer is told.</param>
internal sealed class FailedDelivery<T>(IObserver<T> observer, ILogger log) : Delivery<T>(observer, log)
{
    /// <inheritdoc/>
    protected override bool TryTake(out T value)
    {
        value = default!;
        return false;
    }
}
