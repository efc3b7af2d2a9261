using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>A znode as it will be once everything proposed is committed; absent if <see cref="Exists"/> is false.</summary>
internal sealed class PendingZnode(string path)
{
    /// <summary>The full path; empty for the root.</summary>
    public string Path { get; } = path;

    public bool Exists;
    public ZnodeData Data;
    public PersistedStat Stat;
    public int ChildCount;
    public Acl[] Acl = AclTable.OpenList;
    public uint Digest;

    /// <summary>The last proposal that changed it. Once that is applied, the tree says the same.</summary>
    public Zxid LastChange;

    /// <summary>Takes over everything but the path.</summary>
    public void CopyFrom(PendingZnode other)
    {
        Exists = other.Exists;
        Data = other.Data;
        Stat = other.Stat;
        ChildCount = other.ChildCount;
        Acl = other.Acl;
        Digest = other.Digest;
        LastChange = other.LastChange;
    }
}

/// <summary>What a proposal finds at a path: a pending change, or else the committed znode.</summary>
internal readonly struct ZnodeView(DataTree tree, Znode? committed, PendingZnode? pending)
{
    /// <summary>Whether there is, or will be, a znode.</summary>
    public bool Exists => pending?.Exists ?? committed is not null;

    /// <summary>Its path as the tree keeps it.</summary>
    public string Path => pending?.Path ?? committed!.Value.Path;

    public PersistedStat Stat => pending?.Stat ?? committed!.Value.Stat;

    public int DataLength => pending?.Data.Length ?? committed!.Value.Data.Length;

    public int ChildCount => pending?.ChildCount ?? committed!.Value.ChildCount;

    public Acl[] Acl => pending?.Acl ?? tree.Acls.Get(committed!.Value.AclId);

    /// <summary>The pending record, made from the committed znode if there is none.</summary>
    public PendingZnode ToPending()
    {
        if (pending is not null)
            return pending;

        Znode znode = committed!.Value;
        return new PendingZnode(znode.Path)
        {
            Exists = true,
            Data = znode.Data,
            Stat = znode.Stat,
            ChildCount = znode.ChildCount,
            Acl = tree.Acls.Get(znode.AclId),
            Digest = znode.Digest,
        };
    }
}
