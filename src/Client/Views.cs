using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>How a view relates to the server's state.</summary>
public enum Freshness
{
    /// <summary>The server told so, and a watch stands.</summary>
    Live,

    /// <summary>The connection is lost: the last known state, which may be old.</summary>
    Suspended,

    /// <summary>The first state after a gap, read anew. Changes inside the gap may have been merged.</summary>
    Resynced,
}

/// <summary>A znode in a stream.</summary>
/// <param name="Path">The path observed.</param>
/// <param name="Current">The znode, or null while it is absent.</param>
/// <param name="Freshness">How the view relates to the server's state.</param>
public sealed record ZnodeView(ZnodePath Path, Znode? Current, Freshness Freshness);

/// <summary>The children of a znode in a stream.</summary>
/// <param name="Path">The path observed.</param>
/// <param name="Current">The children, or null while the parent is absent.</param>
/// <param name="Freshness">How the view relates to the server's state.</param>
public sealed record ChildrenView(ZnodePath Path, ZnodeChildren? Current, Freshness Freshness);

/// <summary>What a <see cref="TreeChange"/> reports.</summary>
public enum TreeChangeKind
{
    /// <summary>The znode is new. Also for every znode of the first reading.</summary>
    Created,

    /// <summary>The data was set.</summary>
    Updated,

    /// <summary>The znode was deleted.</summary>
    Deleted,

    /// <summary>The first reading is complete.</summary>
    Initialized,

    /// <summary>The connection is lost; what is known may be old.</summary>
    Suspended,

    /// <summary>The state was read anew after a gap; every difference has been reported.</summary>
    Resynced,
}

/// <summary>One change in a subtree. A znode deleted and created anew is reported as both, even if only the end was seen.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Path">The znode; the observed root for <see cref="TreeChangeKind.Initialized"/>, <see cref="TreeChangeKind.Suspended"/> and <see cref="TreeChangeKind.Resynced"/>.</param>
/// <param name="Before">The znode as last known, or null.</param>
/// <param name="After">The znode now, or null.</param>
public sealed record TreeChange(TreeChangeKind Kind, ZnodePath Path, Znode? Before, Znode? After);

/// <summary>Options of observing a tree.</summary>
public sealed record TreeObserveOptions
{
    /// <summary>How many levels below the root are followed; null for all.</summary>
    public int? MaxDepth { get; init; }

    /// <summary>Changes buffered per subscriber before they are merged per path.</summary>
    public int BufferSize { get; init; } = 4096;
}
