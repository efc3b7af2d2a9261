using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>
/// One committed znode: a look at what the tree keeps in slots. It shows the present state, and is of no meaning once the znode is
/// deleted. Only <see cref="DataTree"/> changes one.
/// </summary>
internal readonly record struct Znode
{
    private readonly ZnodeStore _store;

    internal Znode(ZnodeStore store, int slot)
    {
        _store = store;
        Slot = slot;
    }

    /// <summary>Where the tree keeps it; used again after it is deleted.</summary>
    internal int Slot { get; }

    /// <summary>The full path; empty for the root. Made anew at every call.</summary>
    public string Path => _store.PathOf(Slot);

    /// <summary>Bytes of the full path.</summary>
    public int PathSize => _store.PathSizeOf(Slot);

    /// <summary>The path as clients write it.</summary>
    public string ClientPath => Slot == _store.Root ? "/" : Path;

    /// <summary>The last element of the path in UTF-8; empty for the root.</summary>
    public ReadOnlySpan<byte> Name => _store.NameOf(Slot);

    /// <summary>The data.</summary>
    public ZnodeData Data => _store.DataOf(Slot);

    /// <summary>Key into <see cref="AclTable"/>.</summary>
    public long AclId => Record.AclId;

    /// <summary>The stored stat.</summary>
    public PersistedStat Stat => _store.StatOf(Slot);

    /// <summary>Its share of the tree digest.</summary>
    public uint Digest => Record.Digest;

    /// <summary>Number of children.</summary>
    public int ChildCount => _store.ChildCountOf(Slot);

    /// <summary>Whether it is the root.</summary>
    public bool IsRoot => Slot == _store.Root;

    /// <summary>The znode above; null for the root.</summary>
    public Znode? Parent => At(Record.Parent);

    /// <summary>The oldest child.</summary>
    public Znode? FirstChild => At(_store.FirstChildOf(Slot));

    /// <summary>The child of the same parent that was created next.</summary>
    public Znode? NextSibling => At(Record.NextSibling);

    private ref ZnodeRecord Record => ref _store[Slot];

    /// <summary>The stat as clients see it.</summary>
    public ZnodeStat ToWireStat() => Stat.ToWire(Data.Length, ChildCount);

    /// <summary>Writes the full path in UTF-8.</summary>
    /// <param name="path">Exactly as long as <see cref="PathSize"/> says.</param>
    public void WritePath(Span<byte> path) => _store.WritePath(Slot, path);

    /// <summary>Whether the full path begins with something, without making the path.</summary>
    public bool PathStartsWith(ReadOnlySpan<byte> start) => _store.PathStartsWith(Slot, start);

    /// <inheritdoc/>
    public override string ToString() => ClientPath;

    private Znode? At(int slot) => slot == 0 ? null : new Znode(_store, slot);
}
