using System.Reactive.Linq;
using Coordination.Client;

namespace Coordination.Recipes;

/// <summary>Picks from the latest list without a lock.</summary>
internal sealed class ServicePicker : IServicePicker
{
    private readonly IDisposable _subscription;
    private readonly PickStrategy _strategy;
    private readonly Lock _gate = new();
    private TaskCompletionSource _any = NewSignal();
    private volatile ServiceInstance[] _enabled = [];
    private int _next = -1;
    private bool _disposed;

    public ServicePicker(IObservable<ServiceSnapshot> snapshots, PickStrategy strategy)
    {
        _strategy = strategy;
        _subscription = snapshots.Subscribe(Update, Fail, () => Fail(new ObjectDisposedException(nameof(ICoordinationClient))));
    }

    public ServiceInstance? Pick()
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(IServicePicker));
        ServiceInstance[] enabled = _enabled;
        if (enabled.Length == 0)
            return null;

        // Random here spreads load; nothing about it must be unpredictable.
        uint index = _strategy == PickStrategy.Random ? (uint)Random.Shared.Next() : (uint)Interlocked.Increment(ref _next);
        return enabled[index % (uint)enabled.Length];
    }

    public async ValueTask<ServiceInstance> PickAsync(CancellationToken cancellationToken = default)
    {
        await CallerContext.Leave();
        while (true)
        {
            Task any;
            lock (_gate)
                any = _any.Task;
            if (Pick() is { } instance)
                return instance;
            await any.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _subscription.Dispose();
        Fail(new ObjectDisposedException(nameof(IServicePicker)));
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Update(ServiceSnapshot snapshot)
    {
        _enabled = [.. snapshot.Instances.Where(static i => i.Enabled)];
        lock (_gate)
        {
            if (_enabled.Length > 0)
                _any.TrySetResult();
            else if (_any.Task.IsCompletedSuccessfully)
                _any = NewSignal();
        }
    }

    private void Fail(Exception exception)
    {
        lock (_gate)
        {
            if (!_any.TrySetException(exception))
            {
                _any = NewSignal();
                _any.SetException(exception);
            }

            // Observed here, so that a failure nobody waits for is no unobserved exception.
            _ = _any.Task.Exception;
        }
    }
}
