using Coordination.Server.Slabs;

namespace Coordination.Server.Tree;

/// <summary>
/// What every znode has, in 72 bytes beside its name and data. A znode that is as it was created, without children, has nothing else;
/// what most znodes never get stands in <see cref="ZnodeDetails"/>.
/// </summary>
internal struct ZnodeRecord : IHashedEntry
{
    /// <summary>Name and data.</summary>
    public ZnodeContent Content;

    /// <summary>Key into <see cref="AclTable"/>.</summary>
    public long AclId;

    public long Czxid;
    public long Ctime;

    public int Parent;
    public int PreviousSibling;
    public int NextSibling;

    /// <summary>Slot of the details; 0 for none.</summary>
    public int Details;

    /// <summary>This znode's share of the tree digest, kept because the share to subtract is that of the state before a change.</summary>
    public uint Digest;

    /// <summary>The last snapshot that this znode is done with: written, or created after it began.</summary>
    public int SnapshotNumber;

    /// <inheritdoc/>
    public uint Hash { readonly get; set; }

    /// <inheritdoc/>
    public int NextInBucket { readonly get; set; }

    /// <inheritdoc/>
    public int NextFree
    {
        readonly get => NextInBucket;
        set => NextInBucket = value;
    }
}

/// <summary>What a znode gets with its first child, its first change, or an owner.</summary>
internal struct ZnodeDetails : ISlabEntry
{
    public long Mzxid;
    public long Mtime;
    public long Pzxid;
    public long EphemeralOwner;
    public int Version;
    public int Cversion;
    public int Aversion;

    public int FirstChild;
    public int LastChild;
    public int ChildCount;

    /// <summary>Neighbours in the <see cref="ZnodeSet"/> of those with the same kind of owner.</summary>
    public int PreviousOwned;
    public int NextOwned;

    /// <inheritdoc/>
    public int NextFree
    {
        readonly get => FirstChild;
        set => FirstChild = value;
    }
}
