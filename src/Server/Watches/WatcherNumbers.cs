namespace Coordination.Server.Watches;

/// <summary>Small numbers for those who watch, so that a watch refers to its connection in four bytes. A number is used again.</summary>
internal sealed class WatcherNumbers
{
    private readonly List<Watcher?> _watchers = [null];
    private readonly Stack<int> _free = new();

    /// <summary>The highest number that a watch has room for.</summary>
    private const int Max = (1 << 28) - 1;

    /// <summary>Who has a number.</summary>
    public Watcher this[int number] => _watchers[number]!;

    /// <summary>Gives a watcher a number, unless it has one.</summary>
    public void Enter(Watcher watcher)
    {
        if (watcher.Number != 0)
            return;

        if (_free.TryPop(out int number))
        {
            _watchers[number] = watcher;
        }
        else
        {
            number = _watchers.Count;
            if (number > Max)
                throw new InvalidOperationException("There are more watching connections than numbers.");
            _watchers.Add(watcher);
        }

        watcher.Number = number;
    }

    /// <summary>Takes the number back; nothing may refer to it any more.</summary>
    public void Leave(Watcher watcher)
    {
        if (watcher.Number == 0)
            return;

        _watchers[watcher.Number] = null;
        _free.Push(watcher.Number);
        watcher.Number = 0;
    }
}
