namespace Coordination.Server.Network;

/// <summary>
/// How many handshakes may be under way: each costs a private-key operation and memory before anybody has proved anything. When all slots
/// are taken, a newcomer ends the oldest handshake that has had its chance, so that those who begin one and fall silent lock nobody out.
/// </summary>
/// <param name="limit">Slots.</param>
/// <param name="time">The clock by which a handshake grows old.</param>
internal sealed class HandshakeSlots(int limit, TimeProvider time)
{
    private static readonly TimeSpan Chance = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly LinkedList<Slot> _taken = [];

    /// <summary>Handshakes under way.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _taken.Count;
        }
    }

    /// <summary>Takes a slot; null if all are taken by handshakes that have just begun.</summary>
    /// <param name="abandon">Ends the handshake that takes the slot; may be called from any thread.</param>
    public IDisposable? TryTake(Action abandon)
    {
        Slot? evicted = null;
        Slot slot = new(this, abandon, time.GetTimestamp());
        lock (_gate)
        {
            if (_taken.Count >= limit)
            {
                evicted = _taken.First!.Value;
                if (time.GetElapsedTime(evicted.Since) < Chance)
                    return null;
                _taken.RemoveFirst();
            }

            _taken.AddLast(slot.Node);
        }

        evicted?.Abandon();
        return slot;
    }

    private void Release(Slot slot)
    {
        lock (_gate)
        {
            if (slot.Node.List is not null)
                _taken.Remove(slot.Node);
        }
    }

    private sealed class Slot : IDisposable
    {
        private readonly HandshakeSlots _owner;

        public Slot(HandshakeSlots owner, Action abandon, long since)
        {
            _owner = owner;
            Abandon = abandon;
            Since = since;
            Node = new LinkedListNode<Slot>(this);
        }

        public Action Abandon { get; }

        public long Since { get; }

        public LinkedListNode<Slot> Node { get; }

        public void Dispose() => _owner.Release(this);
    }
}
