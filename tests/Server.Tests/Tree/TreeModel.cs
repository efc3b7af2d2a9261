using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Tree;

/// <summary>A tree as simple as can be: everything of a znode under its full path, nothing saved, nothing indexed.</summary>
internal sealed class TreeModel
{
    private readonly Dictionary<string, Entry> _znodes = new(StringComparer.Ordinal);
    private int _serial;

    public TreeModel()
    {
        _znodes.Add("", new Entry { Acl = AclTable.OpenList, Data = [] });
        _znodes.Add("/zookeeper", new Entry { Acl = AclTable.OpenList, Data = [], Serial = ++_serial });
        _znodes.Add("/zookeeper/quota", new Entry { Acl = AclTable.OpenList, Data = [], Serial = ++_serial });
        _znodes.Add("/zookeeper/config", new Entry
        {
            Acl = [new(Permissions.Read, "world", "anyone")],
            Data = [],
            Serial = ++_serial,
            Stat = new() { Aversion = -1 },
        });
    }

    public int Count => _znodes.Count;

    public long DataSize => 1 + _znodes.Sum(static pair => pair.Key.Length + (long)(pair.Value.Data?.Length ?? 0));

    public ulong Digest => _znodes.Aggregate(
        0UL, static (sum, pair) => sum + TreeDigest.OfZnode(pair.Key, pair.Value.Data, pair.Value.Stat));

    public bool Has(string path) => _znodes.ContainsKey(path);

    public IEnumerable<string> Paths => _znodes.Keys;

    public IEnumerable<string> Children(string parent) => _znodes
        .Where(pair => pair.Key.Length > 0 && ParentOf(pair.Key) == parent)
        .OrderBy(static pair => pair.Value.Serial)
        .Select(static pair => pair.Key[(pair.Key.LastIndexOf('/') + 1)..]);

    public int Descendants(string top) => _znodes.Keys.Count(path => path.StartsWith(top + "/", StringComparison.Ordinal));

    public IEnumerable<string> OwnedBy(long owner) => _znodes
        .Where(pair => pair.Value.Stat.EphemeralOwner == owner)
        .OrderBy(static pair => pair.Value.Serial)
        .Select(static pair => pair.Key);

    public void Create(string path, byte[]? data, Acl[] acl, long owner, Zxid zxid, long time)
    {
        _znodes[ParentOf(path)].Stat.ChildCreated(zxid, -1);
        _znodes.Add(path, new Entry { Acl = acl, Data = data, Serial = ++_serial, Stat = PersistedStat.Created(zxid, time, owner) });
    }

    public void Delete(string path, Zxid zxid)
    {
        _znodes.Remove(path);
        _znodes[ParentOf(path)].Stat.ChildDeleted(zxid);
    }

    public void SetData(string path, byte[]? data, int version, Zxid zxid, long time)
    {
        _znodes[path].Data = data;
        _znodes[path].Stat.DataSet(zxid, time, version);
    }

    public void SetAcl(string path, Acl[] acl, int version)
    {
        _znodes[path].Acl = acl;
        _znodes[path].Stat.Aversion = version;
    }

    /// <summary>Everything it holds, as <see cref="SnapshotBytes.Describe"/> tells it of a tree.</summary>
    public List<string> Describe()
    {
        var lines = new List<string>();
        foreach ((string path, Entry znode) in _znodes)
        {
            string data = znode.Data is null ? "null" : Convert.ToHexString(znode.Data);
            ZnodeStat wire = znode.Stat.ToWire(znode.Data?.Length ?? 0, Children(path).Count());
            string name = path.Length == 0 ? "/" : path;
            lines.Add($"{name} {data} {string.Join(',', znode.Acl)} {znode.Stat.EphemeralOwner:x} {znode.Stat.Cversion} {wire}");
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private static string ParentOf(string path) => path[..path.LastIndexOf('/')];

    private sealed class Entry
    {
        public required Acl[] Acl;
        public byte[]? Data;
        public int Serial;
        public PersistedStat Stat;
    }
}
