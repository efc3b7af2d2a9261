using System.Diagnostics.CodeAnalysis;

namespace Coordination.Server.Sessions;

/// <summary>The sessions that committed transactions have opened and not closed.</summary>
internal sealed class SessionTable
{
    private readonly Dictionary<long, Session> _sessions = [];

    /// <summary>Number of sessions.</summary>
    public int Count => _sessions.Count;

    /// <summary>Finds a session.</summary>
    public bool TryGet(long id, [NotNullWhen(true)] out Session? session) => _sessions.TryGetValue(id, out session);

    /// <summary>Opens a session. Repeating changes nothing.</summary>
    public Session Open(long id, int timeoutMilliseconds)
    {
        if (!_sessions.TryGetValue(id, out Session? session))
            _sessions.Add(id, session = new Session(id, timeoutMilliseconds));
        return session;
    }

    /// <summary>Removes a session, if it is there.</summary>
    public Session? Close(long id) => _sessions.Remove(id, out Session? session) ? session : null;

    /// <summary>
    /// What a leader knew beside the transactions is forgotten: who owns a session, and that its end was proposed.
    /// </summary>
    public void ForgetLeadership()
    {
        // Each by itself: the order reaches nobody.
        foreach (Session session in _sessions.Values)
        {
            session.Owner = Session.Nobody;
            session.IsClosing = false;
        }
    }

    /// <summary>All sessions, ascending by id: their order reaches snapshots and expiry.</summary>
    public Session[] Ordered()
    {
        Session[] sessions = [.. _sessions.Values];
        Array.Sort(sessions, static (left, right) => left.Id.CompareTo(right.Id));
        return sessions;
    }
}
