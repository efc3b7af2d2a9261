using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Replaces the access list of a znode.</summary>
internal sealed class SetAclOperation() : WriteOperation(OpCode.SetAcl)
{
    /// <inheritdoc/>
    public override TransactionRecord Prepare(ref JuteReader request, PendingChanges pending, ICaller caller)
    {
        SetAclRequest set = request.Read<SetAclRequest>();
        if (ZnodePath.Violation(set.Path) is not null)
            return new ErrorTransaction(ErrorCode.BadArguments);
        if (AccessControl.Normalize(set.Acl, caller.Identities) is not { } acl)
            return new ErrorTransaction(ErrorCode.InvalidAcl);

        ZnodeView znode = pending.Find(set.Path);
        if (!znode.Exists)
            return new ErrorTransaction(ErrorCode.NoNode);
        if (!AccessControl.Allows(znode.Acl, Permissions.Admin, caller.Identities))
            return new ErrorTransaction(ErrorCode.NoAuth);

        int current = znode.Stat.Aversion;
        if (set.Version != -1 && set.Version != current)
            return new ErrorTransaction(ErrorCode.BadVersion);

        int next = unchecked(current + 1);
        pending.SetAcl(znode, acl, next);
        return new SetAclTransaction(set.Path, acl, next);
    }

    /// <inheritdoc/>
    public override OperationResult Apply(in TransactionHeader header, TransactionRecord record, CommittedState state)
    {
        var set = (SetAclTransaction)record;
        return state.Tree.SetAcl(set.Path, set.Acl, set.Version) is { } znode
            ? new OperationResult(ErrorCode.Ok, null, znode.ToWireStat())
            : new OperationResult(ErrorCode.NoNode);
    }

    /// <inheritdoc/>
    public override void WriteReply(in OperationResult result, CommittedState state, ref JuteWriter reply) => result.Stat.Write(ref reply);
}

/// <summary>Reads the access list of a znode; hashes of passwords are shown to its administrators only.</summary>
internal sealed class GetAclOperation() : ReadOperation(OpCode.GetAcl)
{
    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        GetAclRequest get = request.Read<GetAclRequest>();
        if (state.Tree.Find(get.Path) is not { } znode)
            return ErrorCode.NoNode;

        Acl[] acl = state.Tree.Acls.Get(znode.AclId);
        if (!AccessControl.Allows(acl, Permissions.Read | Permissions.Admin, caller.Identities))
            return ErrorCode.NoAuth;

        reply.WriteAcls(AccessControl.Allows(acl, Permissions.Admin, caller.Identities) ? acl : AccessControl.Mask(acl));
        znode.ToWireStat().Write(ref reply);
        return ErrorCode.Ok;
    }
}
