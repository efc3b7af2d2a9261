namespace Coordination.Server.Hosting;

/// <content>When time is told to the replica.</content>
internal sealed partial class ReplicaLoop
{
    /// <summary>Milliseconds by which a tick may be late without a reason to suspect the server.</summary>
    private const long LateTick = 250;

    /// <summary>Milliseconds for reading what waited while the server stood still.</summary>
    private const long Grace = 500;

    private long _graceUntil;

    /// <summary>
    /// A tick that comes late means that the server itself stood still, and so did the reading of its sockets: heartbeats may wait there.
    /// They are read before anybody is declared dead. To expire a session later than possible is always safe.
    /// </summary>
    private void TickIfDue(long now)
    {
        long late = now - _replica.NextTickAt;
        if (late < 0 || now < _graceUntil)
            return;

        if (late > LateTick && _graceUntil == 0)
        {
            _graceUntil = now + Grace;
            return;
        }

        _graceUntil = 0;
        _replica.Tick();
    }
}
