namespace Coordination.Server.Tree;

/// <summary>A set of znodes that is walked in the order of insertion: its order reaches transactions and replies.</summary>
internal sealed class ZnodeSet
{
    private readonly Dictionary<Znode, LinkedListNode<Znode>> _places = [];
    private readonly LinkedList<Znode> _order = new();

    /// <summary>Number of znodes.</summary>
    public int Count => _places.Count;

    /// <summary>The first znode and, through <c>Next</c>, all others.</summary>
    public LinkedListNode<Znode>? First => _order.First;

    public void Add(Znode znode)
    {
        if (!_places.ContainsKey(znode))
            _places.Add(znode, _order.AddLast(znode));
    }

    public void Remove(Znode znode)
    {
        if (_places.Remove(znode, out LinkedListNode<Znode>? place))
            _order.Remove(place);
    }
}
