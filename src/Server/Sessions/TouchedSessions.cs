using System.Runtime.InteropServices;
using Coordination.Protocol;

namespace Coordination.Server.Sessions;

/// <summary>
/// Sessions that this server's clients have given a sign of life for since the leader last asked. Each stands here once, so there are never
/// more than sessions.
/// </summary>
internal sealed class TouchedSessions
{
    private List<SessionTouch> _touched = [];
    private List<SessionTouch> _taken = [];
    private long _round = 1;

    /// <summary>Sessions that stand here.</summary>
    public int Count => _touched.Count;

    /// <summary>A session was heard of.</summary>
    public void Add(Session session)
    {
        if (session.TouchRound == _round)
            return;

        session.TouchRound = _round;
        _touched.Add(new SessionTouch(session.Id, session.NegotiatedMilliseconds));
    }

    /// <summary>Takes what stands here; valid until the next call.</summary>
    public ReadOnlySpan<SessionTouch> Take()
    {
        (_touched, _taken) = (_taken, _touched);
        _touched.Clear();
        _round++;
        return CollectionsMarshal.AsSpan(_taken);
    }
}
