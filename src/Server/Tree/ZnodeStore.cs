using Coordination.Server.Slabs;

namespace Coordination.Server.Tree;

/// <summary>
/// The znodes in slots. A znode knows its own name only and is found below its parent by a hash of both, so a path is walked from the
/// root; siblings are linked in order of creation, so adding and removing costs the same among three children and among a million.
/// </summary>
internal sealed partial class ZnodeStore
{
    private readonly Slab<ZnodeRecord> _znodes = new();
    private readonly Slab<ZnodeDetails> _details = new();
    private readonly SlabIndex<ZnodeRecord> _names;
    private readonly ContentBlocks _contents;

    public ZnodeStore()
    {
        _names = new SlabIndex<ZnodeRecord>(_znodes);
        _contents = new ContentBlocks(_znodes);
    }

    /// <summary>Makes room in the index for that many znodes at once, while there is none.</summary>
    public void Reserve(int count) => _names.Reserve(count);

    /// <summary>Number of znodes.</summary>
    public int Count => _znodes.Count;

    /// <summary>The root's slot; 0 in an empty store.</summary>
    public int Root { get; private set; }

    /// <summary>A znode by its slot.</summary>
    public ref ZnodeRecord this[int slot] => ref _znodes[slot];

    /// <summary>Finds a znode by its path; the root under "/" and the empty string. 0 if there is none.</summary>
    public int Find(ReadOnlySpan<char> path)
    {
        if (path.Length <= 1)
            return path is "" or "/" ? Root : 0;
        if (path[0] != '/')
            return 0;

        int slot = Root;
        while (slot != 0 && !path.IsEmpty)
        {
            path = path[1..];
            int end = path.IndexOf('/');
            ReadOnlySpan<char> name = end < 0 ? path : path[..end];
            path = path[name.Length..];
            slot = FindChild(slot, name);
        }

        return slot;
    }

    /// <summary>Finds a child by its name; 0 if there is none.</summary>
    public int FindChild(int parent, ReadOnlySpan<char> name) => FindChild(parent, name, SlabHash.Of(parent, name));

    /// <summary>The same, for who has the hash of both.</summary>
    public int FindChild(int parent, ReadOnlySpan<char> name, uint hash)
    {
        int slot = _names.First(hash);
        while (slot != 0)
        {
            ref ZnodeRecord candidate = ref _znodes[slot];
            if (candidate.Hash == hash && candidate.Parent == parent && CompactText.Equals(_contents.NameOf(candidate.Content), name))
                return slot;
            slot = candidate.NextInBucket;
        }

        return 0;
    }

    /// <summary>Adds the root, or a last child that is not there yet.</summary>
    /// <param name="parent">The znode above; 0 for the root.</param>
    /// <param name="name">The last element of the path.</param>
    /// <param name="hash">Of parent and name.</param>
    /// <param name="data">The data; copied.</param>
    /// <param name="hasData">No data and empty data are different things.</param>
    public int Add(int parent, ReadOnlySpan<char> name, uint hash, ReadOnlySpan<byte> data, bool hasData)
    {
        int slot = _znodes.Add();
        ref ZnodeRecord znode = ref _znodes[slot];
        _contents.Add(slot, name, data, hasData);
        znode.Parent = parent;
        if (parent == 0)
        {
            Root = slot;
        }
        else
        {
            znode.Hash = hash;
            _names.Add(slot);
            Link(parent, slot);
        }

        return slot;
    }

    /// <summary>Removes a znode without children that is not the root.</summary>
    public void Remove(int slot)
    {
        Unlink(slot);
        _names.Remove(slot);
        if (_znodes[slot].Details is var details and not 0)
            _details.Remove(details);
        ZnodeContent content = _znodes[slot].Content;
        _znodes.Remove(slot);
        _contents.Release(content);
    }

    /// <summary>Replaces the data.</summary>
    public void SetData(int slot, byte[]? data) => _contents.Replace(slot, data, data is not null);

    /// <summary>The last element of the path; empty for the root.</summary>
    public ReadOnlySpan<byte> NameOf(int slot) => _contents.NameOf(_znodes[slot].Content);

    /// <summary>The data.</summary>
    public ZnodeData DataOf(int slot) => _contents.DataOf(_znodes[slot].Content);

    /// <summary>The stored stat.</summary>
    public PersistedStat StatOf(int slot)
    {
        ref ZnodeRecord znode = ref _znodes[slot];
        if (znode.Details == 0)
            return PersistedStat.Created(new Protocol.Zxid(znode.Czxid), znode.Ctime, ZnodeOwner.None);

        ref ZnodeDetails details = ref _details[znode.Details];
        return new PersistedStat
        {
            Czxid = znode.Czxid,
            Mzxid = details.Mzxid,
            Ctime = znode.Ctime,
            Mtime = details.Mtime,
            Pzxid = details.Pzxid,
            EphemeralOwner = details.EphemeralOwner,
            Version = details.Version,
            Cversion = details.Cversion,
            Aversion = details.Aversion,
        };
    }

    /// <summary>Sets the stored stat.</summary>
    public void SetStat(int slot, in PersistedStat stat)
    {
        ref ZnodeRecord znode = ref _znodes[slot];
        znode.Czxid = stat.Czxid;
        znode.Ctime = stat.Ctime;
        if (znode.Details == 0)
        {
            if (stat.IsAsCreated)
                return;
            znode.Details = _details.Add();
        }

        Write(ref _details[znode.Details], stat);
    }

    /// <summary>The details of a znode, made if there are none.</summary>
    private ref ZnodeDetails DetailsOf(int slot)
    {
        ref ZnodeRecord znode = ref _znodes[slot];
        if (znode.Details == 0)
        {
            PersistedStat stat = StatOf(slot);
            znode.Details = _details.Add();
            Write(ref _details[znode.Details], stat);
        }

        return ref _details[znode.Details];
    }

    private static void Write(ref ZnodeDetails details, in PersistedStat stat)
    {
        details.Mzxid = stat.Mzxid;
        details.Mtime = stat.Mtime;
        details.Pzxid = stat.Pzxid;
        details.EphemeralOwner = stat.EphemeralOwner;
        details.Version = stat.Version;
        details.Cversion = stat.Cversion;
        details.Aversion = stat.Aversion;
    }
}
