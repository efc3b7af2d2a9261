using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>
/// One committed znode. Siblings and all znodes in order of creation are linked through the znode itself, so adding and removing costs
/// the same among three children and among a million, and walking them has one defined order. Only <see cref="DataTree"/> changes one.
/// </summary>
internal sealed class Znode(string path, byte[]? data, long aclId, PersistedStat stat)
{
    /// <summary>The full path; empty for the root.</summary>
    public string Path { get; } = path;

    /// <summary>Replaced as a whole and never written into: snapshots and log entries share the array.</summary>
    public byte[]? Data = data;

    /// <summary>Key into <see cref="AclTable"/>.</summary>
    public long AclId = aclId;

    /// <summary>The stored stat.</summary>
    public PersistedStat Stat = stat;

    /// <summary>This znode's share of the tree digest, kept because the share to subtract is that of the state before a change.</summary>
    public uint Digest;

    /// <summary>Number of children.</summary>
    public int ChildCount;

    /// <summary>Position in the order of creation, increasing; a parent's is below those of its children.</summary>
    public long Ordinal;

    public Znode? Parent;
    public Znode? FirstChild;
    public Znode? LastChild;
    public Znode? PreviousSibling;
    public Znode? NextSibling;
    public Znode? PreviousCreated;
    public Znode? NextCreated;

    /// <summary>The last element of the path; empty for the root.</summary>
    public ReadOnlySpan<char> Name => Path.AsSpan(Path.LastIndexOf('/') + 1);

    /// <summary>The path as clients write it.</summary>
    public string ClientPath => Path.Length == 0 ? "/" : Path;

    /// <summary>The stat as clients see it.</summary>
    public ZnodeStat ToWireStat() => Stat.ToWire(Data?.Length ?? 0, ChildCount);
}
