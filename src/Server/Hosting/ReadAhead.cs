using System.Runtime.ExceptionServices;

namespace Coordination.Server.Hosting;

/// <summary>
/// Two threads over one sequence: one reads parts ahead, the other takes them in the same order. There are few parts, which go to and
/// fro, so the reader is never far ahead. What the reader throws, the taker throws in its place, behind the parts that were whole.
/// </summary>
/// <typeparam name="T">A part.</typeparam>
internal sealed class ReadAhead<T> : IDisposable
    where T : class
{
    private const int Parts = 4;

    private readonly object _gate = new();
    private readonly Queue<T> _free = new(Parts);
    private readonly Queue<T> _full = new(Parts);
    private readonly Thread _reader;
    private ExceptionDispatchInfo? _failure;
    private T? _taken;
    private bool _hasEnded;
    private bool _isAbandoned;

    /// <summary>Begins to read.</summary>
    /// <param name="create">Makes an empty part.</param>
    /// <param name="read">
    /// Reads everything, on the other thread: <see cref="Rent"/> a part, fill it, <see cref="Hand"/> it over, and again.
    /// </param>
    public ReadAhead(Func<T> create, Action<ReadAhead<T>> read)
    {
        for (int i = 0; i < Parts; i++)
            _free.Enqueue(create());
        _reader = new Thread(() => Run(read)) { IsBackground = true, Name = "Coordination reading ahead" };
        _reader.Start();
    }

    /// <summary>The reader: an empty part; waits until there is one.</summary>
    /// <exception cref="OperationCanceledException">Nobody takes any more.</exception>
    public T Rent()
    {
        lock (_gate)
        {
            while (_free.Count == 0 && !_isAbandoned)
                Monitor.Wait(_gate);
            return _isAbandoned ? throw new OperationCanceledException() : _free.Dequeue();
        }
    }

    /// <summary>The reader: hands a part over.</summary>
    public void Hand(T part)
    {
        lock (_gate)
        {
            _full.Enqueue(part);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>The taker: the next part, which is its until the next call; it gives it back empty. Null behind the last.</summary>
    public T? Take()
    {
        lock (_gate)
        {
            if (_taken is not null)
            {
                _free.Enqueue(_taken);
                Monitor.Pulse(_gate);
            }

            while (_full.Count == 0 && !_hasEnded)
                Monitor.Wait(_gate);
            if (!_full.TryDequeue(out _taken))
                _failure?.Throw();
            return _taken;
        }
    }

    /// <summary>Waits for the reader, which reads no further.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isAbandoned = true;
            Monitor.Pulse(_gate);
        }

        _reader.Join();
    }

    private void Run(Action<ReadAhead<T>> read)
    {
        ExceptionDispatchInfo? failure = null;
        try
        {
            read(this);
        }
        catch (Exception error)
        {
            failure = ExceptionDispatchInfo.Capture(error);
        }

        lock (_gate)
        {
            _failure = failure;
            _hasEnded = true;
            Monitor.Pulse(_gate);
        }
    }
}
