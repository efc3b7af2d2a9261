using System.Text;

namespace Coordination.Testing;

/// <summary>A bounded record of a program's output, in which a test can wait for a line. Thread-safe.</summary>
internal sealed class OutputTail(int capacity)
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _complete;

    /// <summary>Adds text; drops the oldest above the bound.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        lock (_gate)
        {
            _text.Append(text);
            if (_text.Length > capacity)
                _text.Remove(0, _text.Length - capacity);
            Pulse();
        }
    }

    /// <summary>No more text will come.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _complete = true;
            Pulse();
        }
    }

    /// <summary>Waits for a line; null at the end of the output.</summary>
    public async Task<string?> FindLineAsync(Func<string, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                foreach (string line in _text.ToString().Split('\n'))
                {
                    if (condition(line))
                        return line;
                }

                if (_complete)
                    return null;

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    public override string ToString()
    {
        lock (_gate)
            return _text.ToString();
    }

    private void Pulse()
    {
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
