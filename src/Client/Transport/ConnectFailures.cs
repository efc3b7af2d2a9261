namespace Coordination.Client;

/// <summary>What became of the last attempt at each server, for the messages of exceptions. Written by one thread, read by any.</summary>
internal sealed class ConnectFailures
{
    private const int Kept = 16;

    private readonly List<(string Server, string Reason)> _last = [];

    /// <summary>Notes a failure; a newer one of the same server replaces the older.</summary>
    /// <param name="server">The server.</param>
    /// <param name="reason">What happened.</param>
    public void Add(string server, string reason)
    {
        lock (_last)
        {
            _last.RemoveAll(entry => entry.Server == server);
            if (_last.Count == Kept)
                _last.RemoveAt(0);
            _last.Add((server, reason));
        }
    }

    /// <summary>Forgets everything, for a connection stands.</summary>
    public void Clear()
    {
        lock (_last)
            _last.Clear();
    }

    /// <summary>Says which servers were tried and with what result.</summary>
    /// <returns>A sentence.</returns>
    public string Describe()
    {
        lock (_last)
        {
            return _last.Count == 0
                ? "No attempt to connect has ended yet."
                : "Tried " + string.Join("; ", _last.Select(entry => $"{entry.Server}: {entry.Reason.TrimEnd('.')}")) + ".";
        }
    }
}
