using Coordination.Protocol;

namespace Coordination.Server.Storage;

/// <summary>Keeps the entries behind a transaction from being purged, until it is disposed or the room for such is used up.</summary>
internal sealed class LogPin(LogPins pins, Zxid after) : IDisposable
{
    private long _after = after.Value;
    private volatile bool _isBroken;

    /// <summary>The entries behind this one are kept. It only moves forward.</summary>
    public Zxid After
    {
        get => new(Volatile.Read(ref _after));
        set => Volatile.Write(ref _after, value.Value);
    }

    /// <summary>Whether the entries may be gone: whoever needed them needs a snapshot instead.</summary>
    public bool IsBroken => _isBroken;

    /// <inheritdoc/>
    public void Dispose() => pins.Remove(this);

    internal void Break() => _isBroken = true;
}

/// <summary>
/// The pins of a log, for members that lag and for readers of its files. What they keep beyond what is kept anyway may not exceed a
/// budget: then the ones that lag most give way. May be used by any thread.
/// </summary>
internal sealed class LogPins(long budget)
{
    private readonly Lock _gate = new();
    private readonly List<LogPin> _pins = [];

    /// <summary>Keeps the entries behind a transaction.</summary>
    public LogPin Add(Zxid after)
    {
        LogPin pin = new(this, after);
        lock (_gate)
            _pins.Add(pin);
        return pin;
    }

    /// <summary>The history has changed: nobody may go on with what was read of it.</summary>
    public void BreakAll()
    {
        lock (_gate)
        {
            _pins.ForEach(static pin => pin.Break());
            _pins.Clear();
        }
    }

    /// <summary>Decides which of the logs that could go are kept, and breaks the pins that are not honoured.</summary>
    /// <param name="logs">All logs, oldest first, with their lengths.</param>
    /// <param name="firstKept">The first of them that stays in any case.</param>
    /// <returns>The first that stays.</returns>
    public int Keep(IReadOnlyList<(Zxid First, long Length)> logs, int firstKept)
    {
        lock (_gate)
        {
            long room = budget;
            int affordable = firstKept;
            while (affordable > 0 && logs[affordable - 1].Length <= room)
                room -= logs[--affordable].Length;

            int kept = firstKept;
            foreach (LogPin pin in _pins)
            {
                int needed = FirstNeeded(logs, pin.After);
                if (needed < affordable)
                    pin.Break();
                else
                    kept = Math.Min(kept, needed);
            }

            _pins.RemoveAll(static pin => pin.IsBroken);
            return kept;
        }
    }

    internal void Remove(LogPin pin)
    {
        lock (_gate)
            _pins.Remove(pin);
    }

    private static int FirstNeeded(IReadOnlyList<(Zxid First, long Length)> logs, Zxid after)
    {
        int needed = 0;
        for (int i = 0; i < logs.Count && logs[i].First <= after.Next; i++)
            needed = i;
        return needed;
    }
}
