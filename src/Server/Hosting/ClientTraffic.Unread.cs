namespace Coordination.Server.Hosting;

/// <content>
/// What clients do not read. From a bound on nothing more is taken from such a client, and it has its time: whoever has that much unread at
/// the end of it, and took less than that in it, is cut off. So a reply of any size may leave at any but the slowest pace. All together are
/// bounded as well, at the cost of those that leave the most.
/// </content>
internal sealed partial class ClientTraffic
{
    private readonly Queue<ConnectedClient> _timed = new();
    private long _unread;

    /// <summary>Bytes that all clients together have not read when they were last looked at.</summary>
    public long UnreadBytes => _unread;

    /// <summary>Counts what a client leaves unread, and lets its time begin where that is much.</summary>
    public void CountUnread(ConnectedClient client)
    {
        if (client.IsGone)
            return;

        long unread = client.Unread;
        _unread += unread - client.CountedUnread;
        client.CountedUnread = unread;
        if (unread >= _limits.PauseReadingAt && client.UnreadUntil == 0)
            BeginUnreadTime(client);
    }

    private void BeginUnreadTime(ConnectedClient client)
    {
        client.TakenBefore = client.Connection.SentBytes;
        client.UnreadUntil = _now + (long)_limits.UnreadTime.TotalMilliseconds;
        _timed.Enqueue(client);
        NextDueAt = Math.Min(NextDueAt, client.UnreadUntil);
    }

    /// <summary>All have the same time, so they stand in the order in which it ends.</summary>
    private void CheckUnread()
    {
        while (_timed.TryPeek(out ConnectedClient? client))
        {
            if (!client.IsGone && client.UnreadUntil > _now)
            {
                NextDueAt = Math.Min(NextDueAt, client.UnreadUntil);
                return;
            }

            _timed.Dequeue();
            if (client.IsGone)
                continue;

            client.UnreadUntil = 0;
            long taken = client.Connection.SentBytes - client.TakenBefore;
            if (taken >= _limits.PauseReadingAt || client.Unread < _limits.PauseReadingAt)
            {
                CountUnread(client);
                continue;
            }

            _log.UnreadTooLong(client.Connection.RemoteAddress, client.Unread, taken, _limits.UnreadTime);
            CutSlow(client);
        }
    }

    /// <summary>Makes room well below the bound, so that the next reply does not ask for it again.</summary>
    private void CutLargest()
    {
        ConnectedClient[] all = [.. _clients.Values];
        foreach (ConnectedClient client in all)
            CountUnread(client);
        if (_unread <= _limits.MaxTotalUnread)
            return;

        Array.Sort(all, static (one, other) => other.CountedUnread.CompareTo(one.CountedUnread) is var order and not 0
            ? order
            : one.Link.Id.CompareTo(other.Link.Id));
        long target = _limits.MaxTotalUnread - (_limits.MaxTotalUnread / 8);
        for (int i = 0; _unread > target; i++)
        {
            _log.UnreadAltogether(all[i].Connection.RemoteAddress, all[i].CountedUnread, _limits.MaxTotalUnread);
            CutSlow(all[i]);
        }
    }

    private void CutSlow(ConnectedClient client)
    {
        _metrics.SlowReaderCut();
        Cut(client);
    }

    private void ForgetUnread(ConnectedClient client)
    {
        _unread -= client.CountedUnread;
        client.CountedUnread = 0;
    }
}
