namespace Coordination.Server.Tree;

/// <summary>Finds znodes by what their owner field says: ephemerals by session, containers, znodes with a time to live.</summary>
/// <param name="store">Where the znodes are.</param>
internal sealed class NodeIndexes(ZnodeStore store)
{
    private readonly Dictionary<long, ZnodeSet> _ephemerals = [];
    private readonly ZnodeSet _none = new(store);

    /// <summary>Ephemeral znodes in all sessions.</summary>
    public int EphemeralCount { get; private set; }

    /// <summary>Containers in order of creation.</summary>
    public ZnodeSet Containers { get; } = new(store);

    /// <summary>Znodes with a time to live in order of creation.</summary>
    public ZnodeSet TimesToLive { get; } = new(store);

    /// <summary>The ephemerals of a session in order of creation.</summary>
    public ZnodeSet EphemeralsOf(long session) => _ephemerals.GetValueOrDefault(session, _none);

    /// <summary>Sessions that own ephemerals, ascending.</summary>
    public long[] SessionsWithEphemerals()
    {
        long[] sessions = [.. _ephemerals.Keys];
        Array.Sort(sessions);
        return sessions;
    }

    public void Add(Znode znode)
    {
        long owner = znode.Stat.EphemeralOwner;
        if (owner == ZnodeOwner.None)
            return;

        if (owner == ZnodeOwner.Container)
        {
            Containers.Add(znode);
        }
        else if (ZnodeOwner.IsTimeToLive(owner))
        {
            TimesToLive.Add(znode);
        }
        else
        {
            if (!_ephemerals.TryGetValue(owner, out ZnodeSet? set))
                _ephemerals.Add(owner, set = new ZnodeSet(store));
            set.Add(znode);
            EphemeralCount++;
        }
    }

    public void Remove(Znode znode)
    {
        long owner = znode.Stat.EphemeralOwner;
        if (owner == ZnodeOwner.None)
            return;

        if (owner == ZnodeOwner.Container)
        {
            Containers.Remove(znode);
        }
        else if (ZnodeOwner.IsTimeToLive(owner))
        {
            TimesToLive.Remove(znode);
        }
        else if (_ephemerals.TryGetValue(owner, out ZnodeSet? set))
        {
            set.Remove(znode);
            EphemeralCount--;
            if (set.Count == 0)
                _ephemerals.Remove(owner);
        }
    }
}
