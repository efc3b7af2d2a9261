using Coordination.Protocol;

namespace Coordination.Server.Network.Ensemble;

/// <summary>Something that came over election connections.</summary>
/// <param name="Server">From whom, or about whom.</param>
/// <param name="Notification">What it says; null if <see cref="IsReachable"/> is the news.</param>
/// <param name="IsReachable">Whether somebody answers at its addresses.</param>
internal readonly record struct ElectionArrival(long Server, ElectionNotification? Notification, bool IsReachable = true);

/// <summary>
/// What waits for the owner. Of notifications the latest hundred: whoever sends faster than they are taken loses the oldest, as with
/// Apache's servers, and an election does not rely on any. Of reachability the last word for each server.
/// </summary>
internal sealed class ElectionInbox
{
    private const int Capacity = 100;

    private readonly Lock _lock = new();
    private readonly Queue<ElectionArrival> _notifications = [];
    private readonly SortedList<long, bool> _reachable = [];

    /// <summary>Leaves a notification.</summary>
    /// <returns>Whether there was nothing before.</returns>
    public bool Put(long server, in ElectionNotification notification)
    {
        lock (_lock)
        {
            bool wasEmpty = IsEmpty;
            if (_notifications.Count == Capacity)
                _notifications.Dequeue();
            _notifications.Enqueue(new ElectionArrival(server, notification));
            return wasEmpty;
        }
    }

    /// <summary>Leaves the word that a server can be reached, or cannot.</summary>
    /// <returns>Whether there was nothing before.</returns>
    public bool Put(long server, bool isReachable)
    {
        lock (_lock)
        {
            bool wasEmpty = IsEmpty;
            _reachable[server] = isReachable;
            return wasEmpty;
        }
    }

    /// <summary>Takes what waits, one at a time.</summary>
    public bool TryTake(out ElectionArrival arrival)
    {
        lock (_lock)
        {
            if (_notifications.TryDequeue(out arrival))
                return true;
            if (_reachable.Count == 0)
                return false;

            arrival = new ElectionArrival(_reachable.GetKeyAtIndex(0), null, _reachable.GetValueAtIndex(0));
            _reachable.RemoveAt(0);
            return true;
        }
    }

    private bool IsEmpty => _notifications.Count == 0 && _reachable.Count == 0;
}
