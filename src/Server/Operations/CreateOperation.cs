using System.Globalization;
using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Create in its four forms: plain, with stat, container, and with a time to live.</summary>
internal sealed class CreateOperation(OpCode code) : WriteOperation(code)
{
    /// <inheritdoc/>
    public override TransactionRecord Prepare(ref JuteReader request, PendingChanges pending, ICaller caller)
    {
        if (Code != OpCode.CreateTtl)
        {
            CreateRequest create = request.Read<CreateRequest>();
            return Prepare(Code, new(Code, create.Path, create.Data, create.Acl, create.Mode), pending, caller);
        }

        CreateTtlRequest ttl = request.Read<CreateTtlRequest>();
        return Prepare(Code, new(Code, ttl.Path, ttl.Data, ttl.Acl, ttl.Mode, TimeToLive: ttl.TimeToLive), pending, caller);
    }

    /// <summary>Judges a create, alone or as part of a multi. The order of the checks is Apache's; clients can tell.</summary>
    public static TransactionRecord Prepare(OpCode type, in MultiOperation request, PendingChanges pending, ICaller caller)
    {
        CreateMode mode = request.Mode;
        if (!IsKnown(mode))
            return new ErrorTransaction(ErrorCode.BadArguments);
        if (HasTimeToLive(mode) && !pending.Rules.ExtendedTypes)
            return new ErrorTransaction(ErrorCode.Unimplemented);
        if (!IsTimeToLiveValid(type, request))
            return new ErrorTransaction(ErrorCode.BadArguments);

        string path = request.Path;
        int slash = path.LastIndexOf('/');
        if (slash < 0 || path.Contains('\0', StringComparison.Ordinal))
            return new ErrorTransaction(ErrorCode.BadArguments);
        if (AccessControl.Normalize(request.Acl, caller.Identities) is not { } acl)
            return new ErrorTransaction(ErrorCode.InvalidAcl);

        ZnodeView parent = pending.Find(path.AsSpan(0, slash));
        if (!parent.Exists)
            return new ErrorTransaction(ErrorCode.NoNode);
        if (!AccessControl.Allows(parent.Acl, Permissions.Create, caller.Identities))
            return new ErrorTransaction(ErrorCode.NoAuth);

        int cversion = parent.Stat.Cversion;
        if (IsSequential(mode))
        {
            if (!pending.Sequences.HasNumber(parent))
                return new ErrorTransaction(ErrorCode.NodeExists);
            path += cversion.ToString("D10", CultureInfo.InvariantCulture);
        }

        if (ZnodePath.Violation(path) is not null)
            return new ErrorTransaction(ErrorCode.BadArguments);
        if (pending.Find(path).Exists)
            return new ErrorTransaction(ErrorCode.NodeExists);
        if (ZnodeOwner.IsSession(parent.Stat.EphemeralOwner))
            return new ErrorTransaction(ErrorCode.NoChildrenForEphemerals);
        if (IsEphemeral(type, mode) && !pending.HasRoomForEphemeral(caller.SessionId, path))
            return new ErrorTransaction(ErrorCode.BadArguments);
        if (!pending.Quotas.AllowsCreate(path, request.Data?.Length ?? 0, pending.Time))
            return new ErrorTransaction(ErrorCode.QuotaExceeded);

        return Plan(type, path, acl, unchecked(cversion + 1), request, pending, caller);
    }

    /// <inheritdoc/>
    public override OperationResult Apply(in TransactionHeader header, TransactionRecord record, CommittedState state)
    {
        var create = (CreateTransaction)record;
        long owner = OwnerOf(create.Type, create.TimeToLive, create.Ephemeral ? header.SessionId : ZnodeOwner.None);
        ErrorCode error = state.Tree.Create(
            create.Path, create.Data, create.Acl, owner, create.ParentCversion, header.Zxid, header.Time, out Znode znode);
        if (error == ErrorCode.NodeExists && create.Type == OpCode.Create)
            state.Tree.RaiseParent(create.Path, create.ParentCversion, header.Zxid);
        if (error != ErrorCode.Ok)
            return new OperationResult(error);

        state.Quotas.Created(create.Path, create.Data?.Length ?? 0);
        if (state.Watches is { Count: > 0 } watches)
        {
            Znode parent = znode.Parent!.Value;
            watches.Created(create.Path, create.Acl, parent.ClientPath, state.Tree.Acls.Get(parent.AclId), header.Zxid.Value);
        }

        return new OperationResult(ErrorCode.Ok, create.Path, znode.ToWireStat());
    }

    /// <inheritdoc/>
    public override void WriteReply(in OperationResult result, CommittedState state, ref JuteWriter reply)
    {
        reply.WriteString(result.Path);
        if (Code != OpCode.Create)
            result.Stat.Write(ref reply);
    }

    /// <summary>Whether a number means a mode at all.</summary>
    public static bool IsKnown(CreateMode mode) => mode is >= CreateMode.Persistent and <= CreateMode.PersistentSequentialWithTtl;

    /// <summary>Whether the mode asks for a time to live.</summary>
    public static bool HasTimeToLive(CreateMode mode) => mode is CreateMode.PersistentWithTtl or CreateMode.PersistentSequentialWithTtl;

    private static bool IsSequential(CreateMode mode) =>
        mode is CreateMode.PersistentSequential or CreateMode.EphemeralSequential or CreateMode.PersistentSequentialWithTtl;

    /// <summary>
    /// A time where the mode wants none, or the other way round, must never reach the log: Apache takes createTTL with a plain mode and no
    /// time, and then fails to apply it, at every start again.
    /// </summary>
    private static bool IsTimeToLiveValid(OpCode type, in MultiOperation request) => type == OpCode.CreateTtl
        ? HasTimeToLive(request.Mode) && request.TimeToLive is > 0 and <= ZnodeOwner.MaxTimeToLive
        : !HasTimeToLive(request.Mode);

    private static bool IsEphemeral(OpCode type, CreateMode mode) =>
        type != OpCode.CreateContainer && mode is (CreateMode.Ephemeral or CreateMode.EphemeralSequential);

    private static CreateTransaction Plan(
        OpCode type, string path, Acl[] acl, int parentCversion, in MultiOperation request, PendingChanges pending, ICaller caller)
    {
        bool ephemeral = IsEphemeral(type, request.Mode);
        long time = type == OpCode.CreateTtl ? request.TimeToLive : 0;
        pending.Create(path, request.Data, acl, OwnerOf(type, time, ephemeral ? caller.SessionId : ZnodeOwner.None), parentCversion);
        return new CreateTransaction(type, path, request.Data, acl, ephemeral, parentCversion, time);
    }

    private static long OwnerOf(OpCode type, long timeToLive, long session) => type switch
    {
        OpCode.CreateContainer => ZnodeOwner.Container,
        OpCode.CreateTtl => ZnodeOwner.WithTimeToLive(timeToLive),
        _ => session,
    };
}
