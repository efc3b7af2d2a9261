using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>
/// Delete, and the server's own deletion of empty containers and outlived znodes. A client's deleteContainer is refused: Apache performs it
/// without any check of rights.
/// </summary>
internal sealed class DeleteOperation(OpCode code)
    : WriteOperation(code, code == OpCode.DeleteContainer ? Standing.Refused : Standing.Served)
{
    /// <inheritdoc/>
    public override TransactionRecord Prepare(ref JuteReader request, PendingChanges pending, ICaller caller)
    {
        DeleteRequest delete = request.Read<DeleteRequest>();
        return Prepare(delete.Path, delete.Version, pending, caller);
    }

    /// <summary>Judges a delete, alone or as part of a multi.</summary>
    public static TransactionRecord Prepare(string path, int version, PendingChanges pending, ICaller caller)
    {
        if (!IsDeletable(path))
            return new ErrorTransaction(ErrorCode.BadArguments);

        ZnodeView parent = pending.Find(path.AsSpan(0, path.LastIndexOf('/')));
        if (!parent.Exists)
            return new ErrorTransaction(ErrorCode.NoNode);
        if (!AccessControl.Allows(parent.Acl, Permissions.Delete, caller.Identities))
            return new ErrorTransaction(ErrorCode.NoAuth);

        ZnodeView znode = pending.Find(path);
        if (!znode.Exists)
            return new ErrorTransaction(ErrorCode.NoNode);
        if (version != -1 && version != znode.Stat.Version)
            return new ErrorTransaction(ErrorCode.BadVersion);
        if (znode.ChildCount > 0)
            return new ErrorTransaction(ErrorCode.NotEmpty);

        pending.Delete(path);
        return new DeleteTransaction(OpCode.Delete, path);
    }

    /// <summary>
    /// Whether the time of an empty container or of a znode with a time to live has come. Asked again when the deletion is proposed: by
    /// then a znode that is meant to stay may stand at the path, or a container that waits for its first child.
    /// </summary>
    /// <param name="stat">The stored stat.</param>
    /// <param name="now">The wall clock, in milliseconds.</param>
    /// <param name="maxNeverUsed">How long a container may wait for its first child, in milliseconds; 0 for ever.</param>
    public static bool IsDue(in PersistedStat stat, long now, long maxNeverUsed)
    {
        long age = now - stat.Mtime;
        if (ZnodeOwner.IsTimeToLive(stat.EphemeralOwner))
            return ZnodeOwner.TimeToLiveOf(stat.EphemeralOwner) is > 0 and var limit && age > limit;
        return stat.EphemeralOwner == ZnodeOwner.Container && (stat.Cversion > 0 || (maxNeverUsed > 0 && age > maxNeverUsed));
    }

    /// <summary>Judges the server's own deletion; much may have happened since the reaper looked.</summary>
    public static TransactionRecord PrepareReaping(string path, PendingChanges pending, long maxNeverUsed)
    {
        if (!IsDeletable(path))
            return new ErrorTransaction(ErrorCode.BadArguments);

        ZnodeView znode = pending.Find(path);
        if (!znode.Exists)
            return new ErrorTransaction(ErrorCode.NoNode);
        if (znode.ChildCount > 0)
            return new ErrorTransaction(ErrorCode.NotEmpty);
        if (!IsDue(znode.Stat, pending.Time, maxNeverUsed))
            return new ErrorTransaction(ErrorCode.BadVersion);

        pending.Delete(path);
        return new DeleteTransaction(OpCode.DeleteContainer, path);
    }

    /// <summary>Deletes a committed znode and tells its watchers.</summary>
    public static bool Remove(string path, Zxid zxid, CommittedState state)
    {
        // The list may leave the table with its last user, so it is looked up before.
        Acl[] acl = AclTable.OpenList;
        int length = 0;
        if (state.Tree.Find(path) is { } znode)
        {
            acl = state.Tree.Acls.Get(znode.AclId);
            length = znode.Data.Length;
        }

        if (!state.Tree.Delete(path, zxid, out Znode parent))
            return false;

        state.Quotas.Deleted(path, length);
        if (state.Watches is { Count: > 0 } watches)
        {
            watches.Deleted(path, acl, parent.ClientPath, state.Tree.Acls.Get(parent.AclId), zxid.Value);
        }

        return true;
    }

    /// <inheritdoc/>
    public override OperationResult Apply(in TransactionHeader header, TransactionRecord record, CommittedState state) =>
        new(Remove(((DeleteTransaction)record).Path, header.Zxid, state) ? ErrorCode.Ok : ErrorCode.NoNode);

    private static bool IsDeletable(string path) =>
        path.Contains('/', StringComparison.Ordinal)
        && !path.Contains('\0', StringComparison.Ordinal)
        && path is not ("/" or "/zookeeper" or "/zookeeper/quota" or "/zookeeper/config");
}
