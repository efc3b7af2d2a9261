namespace Coordination.Client;

/// <summary>
/// The twin of an observable for <c>await foreach</c>. What the loop is too slow for stays where it is merged for slow subscribers;
/// nothing piles up here.
/// </summary>
/// <typeparam name="T">The values.</typeparam>
/// <param name="stream">The observable.</param>
/// <param name="cancellationToken">Ends every enumeration.</param>
internal sealed class PulledStream<T>(IObservable<T> stream, CancellationToken cancellationToken) : IAsyncEnumerable<T>
{
    /// <inheritdoc/>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken enumeration = default) =>
        EnumerateAsync(enumeration).GetAsyncEnumerator(CancellationToken.None);

    private async IAsyncEnumerable<T> EnumerateAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken enumeration)
    {
        await LeaveContext.Now();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enumeration);
        var observer = new PullObserver<T>();
        using IDisposable subscription = stream.Subscribe(observer);
        while (true)
        {
            both.Token.ThrowIfCancellationRequested();
            Task available = observer.NextAsync();
            if (observer.TryPull(out T value, out bool ended))
            {
                yield return value;
                await LeaveContext.Now();
                continue;
            }

            if (ended)
            {
                if (observer.Error is { } error)
                    throw error;
                yield break;
            }

            await available.WaitAsync(both.Token);
        }
    }
}

/// <summary>An observer that fetches values itself when it is told that there are some.</summary>
/// <typeparam name="T">The values.</typeparam>
internal sealed class PullObserver<T> : IObserver<T>
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _available = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Delivery<T>? _source;

    /// <summary>The error that ended the stream, if one did.</summary>
    public Exception? Error => _source?.Error;

    /// <summary>Names the source; once.</summary>
    /// <param name="source">Where to fetch.</param>
    public void Attach(Delivery<T> source) => _source = source;

    /// <summary>There may be something to fetch.</summary>
    public void Notify()
    {
        lock (_gate)
            _available.TrySetResult();
    }

    /// <summary>Completes when there may be something that was not there at this call.</summary>
    /// <returns>A task.</returns>
    public Task NextAsync()
    {
        lock (_gate)
        {
            if (_available.Task.IsCompleted)
                _available = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _available.Task;
        }
    }

    /// <summary>Fetches.</summary>
    /// <param name="value">The value.</param>
    /// <param name="ended">Whether none will come any more.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryPull(out T value, out bool ended)
    {
        if (_source is { } source)
            return source.TryPull(out value, out ended);

        value = default!;
        ended = false;
        return false;
    }

    /// <inheritdoc/>
    public void OnNext(T value) => Notify();

    /// <inheritdoc/>
    public void OnCompleted() => Notify();

    /// <inheritdoc/>
    public void OnError(Exception error) => Notify();
}
