namespace Coordination.Server.Tree;

/// <summary>
/// A set of znodes that is walked in the order of insertion: its order reaches transactions and replies. They are linked through
/// themselves, so a znode is in one such set at most.
/// </summary>
/// <param name="store">Where the znodes are.</param>
internal sealed class ZnodeSet(ZnodeStore store)
{
    private int _first;
    private int _last;
    private int _cursor;

    /// <summary>Number of znodes.</summary>
    public int Count { get; private set; }

    /// <summary>The znode that is there longest.</summary>
    public Znode? First => _first == 0 ? null : new Znode(store, _first);

    /// <summary>Adds a znode that is in no set.</summary>
    public void Add(Znode znode)
    {
        store.LinkOwned(_last, znode.Slot);
        if (_first == 0)
            _first = znode.Slot;
        _last = znode.Slot;
        Count++;
    }

    /// <summary>Removes a znode that is in this set.</summary>
    public void Remove(Znode znode)
    {
        (int previous, int next) = store.UnlinkOwned(znode.Slot);
        if (previous == 0)
            _first = next;
        if (next == 0)
            _last = previous;
        if (_cursor == znode.Slot)
            _cursor = next;
        Count--;
    }

    /// <summary>Puts the cursor at the first znode.</summary>
    public void Rewind() => _cursor = _first;

    /// <summary>The znode at the cursor, which goes on; the set may change between two of them. Null behind the last.</summary>
    public Znode? Advance()
    {
        if (_cursor == 0)
            return null;

        Znode current = new(store, _cursor);
        _cursor = store.NextOwnedOf(_cursor);
        return current;
    }

    /// <summary>Walks the set, which must not change meanwhile.</summary>
    public Enumerator GetEnumerator() => new(store, _first);

    /// <summary>Where a walk stands.</summary>
    internal struct Enumerator(ZnodeStore store, int first)
    {
        private int _current;

        /// <summary>The present znode.</summary>
        public readonly Znode Current => new(store, _current);

        /// <summary>Goes on.</summary>
        public bool MoveNext()
        {
            _current = _current == 0 ? first : store.NextOwnedOf(_current);
            return _current != 0;
        }
    }
}
