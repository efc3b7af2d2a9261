using System.Threading.Channels;

namespace Coordination.Client.Tests;

/// <summary>Collects a stream so that a test can wait for what it expects.</summary>
internal sealed class Recorder<T> : IObserver<T>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Channel<T> _values = Channel.CreateUnbounded<T>();
    private readonly IDisposable _subscription;

    public Recorder(IObservable<T> stream) => _subscription = stream.Subscribe(this);

    public Task Completion => DrainAsync();

    public async Task<T> NextAsync()
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(Patience);
        return await _values.Reader.ReadAsync(timeout.Token);
    }

    public async Task<T> UntilAsync(Func<T, bool> condition)
    {
        var seen = new List<T>();
        while (true)
        {
            try
            {
                T value = await NextAsync();
                if (condition(value))
                    return value;
                seen.Add(value);
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException("Not seen. Seen were: " + string.Join(", ", seen), e);
            }
        }
    }

    public bool TryRead(out T? value) => _values.Reader.TryRead(out value);

    private async Task DrainAsync()
    {
        await foreach (T _ in _values.Reader.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            // Only the end matters.
        }
    }

    public void OnNext(T value) => _values.Writer.TryWrite(value);

    public void OnCompleted() => _values.Writer.TryComplete();

    public void OnError(Exception error) => _values.Writer.TryComplete(error);

    public void Dispose() => _subscription.Dispose();
}
