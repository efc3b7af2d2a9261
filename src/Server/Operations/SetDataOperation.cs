using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Replaces the data of a znode.</summary>
internal sealed class SetDataOperation() : WriteOperation(OpCode.SetData)
{
    /// <inheritdoc/>
    public override TransactionRecord Prepare(ref JuteReader request, PendingChanges pending, ICaller caller)
    {
        SetDataRequest set = request.Read<SetDataRequest>();
        return Prepare(set.Path, set.Data, set.Version, pending, caller);
    }

    /// <summary>Judges a set, alone or as part of a multi.</summary>
    public static TransactionRecord Prepare(string path, byte[]? data, int version, PendingChanges pending, ICaller caller)
    {
        if (ZnodePath.Violation(path) is not null)
            return new ErrorTransaction(ErrorCode.BadArguments);

        ZnodeView znode = pending.Find(path);
        if (!znode.Exists)
            return new ErrorTransaction(ErrorCode.NoNode);
        if (!AccessControl.Allows(znode.Acl, Permissions.Write, caller.Identities))
            return new ErrorTransaction(ErrorCode.NoAuth);

        if (!pending.Quotas.AllowsSet(path, znode, data?.Length ?? 0, pending.Time))
            return new ErrorTransaction(ErrorCode.QuotaExceeded);

        int current = znode.Stat.Version;
        if (version != -1 && version != current)
            return new ErrorTransaction(ErrorCode.BadVersion);

        int next = unchecked(current + 1);
        pending.SetData(znode, data, next);
        return new SetDataTransaction(OpCode.SetData, path, data, next);
    }

    /// <inheritdoc/>
    public override OperationResult Apply(in TransactionHeader header, TransactionRecord record, CommittedState state)
    {
        var set = (SetDataTransaction)record;
        int before = state.Quotas.IsEmpty ? 0 : state.Tree.Find(set.Path)?.Data.Length ?? 0;
        if (state.Tree.SetData(set.Path, set.Data, set.Version, header.Zxid, header.Time) is not { } znode)
            return new OperationResult(ErrorCode.NoNode);

        state.Quotas.DataSet(set.Path, (set.Data?.Length ?? 0) - before);
        if (state.Watches is { Count: > 0 } watches)
            watches.DataChanged(znode.ClientPath, state.Tree.Acls.Get(znode.AclId), header.Zxid.Value);
        return new OperationResult(ErrorCode.Ok, null, znode.ToWireStat());
    }

    /// <inheritdoc/>
    public override void WriteReply(in OperationResult result, CommittedState state, ref JuteWriter reply) => result.Stat.Write(ref reply);
}
