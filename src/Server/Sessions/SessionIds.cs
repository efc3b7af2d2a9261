namespace Coordination.Server.Sessions;

/// <summary>
/// Hands out session ids as Apache's server does: the server's id in the top byte, 40 bits of a millisecond clock read once, 16 bits
/// that start at zero; then one more for each session.
/// </summary>
internal sealed class SessionIds
{
    private long _next;

    /// <summary>Starts the sequence.</summary>
    /// <param name="serverId">The server's id, 1 for a standalone server.</param>
    /// <param name="seedMilliseconds">A clock that is further on at every start of this server.</param>
    public SessionIds(byte serverId, long seedMilliseconds)
    {
        _next = unchecked(((long)serverId << 56) | (long)((ulong)(seedMilliseconds << 24) >> 8));

        // Long.MIN_VALUE marks containers.
        if (_next == long.MinValue)
            _next++;
    }

    /// <summary>The next id.</summary>
    public long Next() => unchecked(_next++);

    /// <summary>Moves the sequence behind an id that is in use, should the clock have been set back between two starts.</summary>
    public void SkipPast(long id)
    {
        if ((id >> 56) == (_next >> 56) && id >= _next)
            _next = id + 1;
    }
}
