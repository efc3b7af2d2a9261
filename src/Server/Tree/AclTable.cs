using System.Runtime.InteropServices;
using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>
/// Access lists, each stored once and counted by the znodes that use it. Ids are as in Apache's snapshots: -1 is "everybody may do
/// everything" and stands in no table, the others count from 1 and are never used twice.
/// </summary>
internal sealed class AclTable
{
    /// <summary>The id of <see cref="OpenList"/>.</summary>
    public const long OpenId = -1;

    /// <summary>world:anyone with all permissions.</summary>
    public static readonly Acl[] OpenList = [new(Permissions.All, "world", "anyone")];

    // A znode of a damaged or fuzzy snapshot may name an id that no table holds; nobody may do anything until a replayed
    // transaction sets the list again. Granting access instead would open what somebody had closed.
    private static readonly Acl[] NobodyList = [new(Permissions.None, "world", "anyone")];

    private readonly Dictionary<long, Entry> _byId = [];
    private readonly Dictionary<AclKey, long> _ids = [];
    private long _lastId;

    /// <summary>Lists in the table, the open one not counted.</summary>
    public int Count => _byId.Count;

    /// <summary>The list of an id.</summary>
    public Acl[] Get(long id)
    {
        if (id == OpenId)
            return OpenList;

        return _byId.TryGetValue(id, out Entry? entry) && entry.List is not null ? entry.List : NobodyList;
    }

    /// <summary>Counts one more user of a list and returns its id.</summary>
    public long Acquire(Acl[] list)
    {
        if (IsOpen(list))
            return OpenId;

        ref long id = ref CollectionsMarshal.GetValueRefOrAddDefault(_ids, new AclKey(list), out bool known);
        if (!known)
        {
            id = ++_lastId;
            _byId.Add(id, new Entry { List = list });
        }

        _byId[id].Users++;
        return id;
    }

    /// <summary>Counts one more user of an id that a snapshot names.</summary>
    public void AcquireId(long id)
    {
        if (id == OpenId)
            return;

        _lastId = Math.Max(_lastId, id);
        ref Entry? entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_byId, id, out _);
        entry ??= new Entry();
        entry.Users++;
    }

    /// <summary>Counts one user less; a list without users is forgotten.</summary>
    public void Release(long id)
    {
        if (id == OpenId || !_byId.TryGetValue(id, out Entry? entry) || --entry.Users > 0)
            return;

        Forget(id, entry);
    }

    /// <summary>Puts an entry of a snapshot's table in place.</summary>
    public void Restore(long id, Acl[] list)
    {
        _lastId = Math.Max(_lastId, id);
        _byId[id] = new Entry { List = list };
        _ids.TryAdd(new AclKey(list), id);
    }

    /// <summary>Forgets the lists that no znode of a loaded snapshot uses.</summary>
    public void RemoveUnused()
    {
        foreach (KeyValuePair<long, Acl[]> entry in Entries())
        {
            if (_byId[entry.Key].Users == 0)
                Forget(entry.Key, _byId[entry.Key]);
        }
    }

    /// <summary>The table in order of ids, for a snapshot.</summary>
    public KeyValuePair<long, Acl[]>[] Entries()
    {
        long[] ids = [.. _byId.Keys];
        Array.Sort(ids);
        return Array.ConvertAll(ids, id => KeyValuePair.Create(id, _byId[id].List ?? NobodyList));
    }

    private static bool IsOpen(Acl[] list) => ReferenceEquals(list, OpenList) || (list.Length == 1 && list[0] == OpenList[0]);

    private void Forget(long id, Entry entry)
    {
        _byId.Remove(id);
        if (entry.List is not null && _ids.TryGetValue(new AclKey(entry.List), out long owner) && owner == id)
            _ids.Remove(new AclKey(entry.List));
    }

    private sealed class Entry
    {
        public Acl[]? List { get; init; }

        public int Users { get; set; }
    }

    /// <summary>An access list compared by its entries in order.</summary>
    private readonly struct AclKey(Acl[] list) : IEquatable<AclKey>
    {
        private readonly Acl[] _list = list;

        public bool Equals(AclKey other) => _list.AsSpan().SequenceEqual(other._list);

        public override bool Equals(object? obj) => obj is AclKey other && Equals(other);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (Acl acl in _list)
                hash.Add(acl);
            return hash.ToHashCode();
        }
    }
}
