using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Reads data and stat, and may leave a one-shot watch.</summary>
internal sealed class GetDataOperation() : ReadOperation(OpCode.GetData)
{
    /// <inheritdoc/>
    public override bool ChangesNothing(ref JuteReader request) => WantsNoWatch(ref request);

    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        GetDataRequest get = request.Read<GetDataRequest>();
        ErrorCode error = Find(get.Path, state, caller, out Znode znode);
        if (error != ErrorCode.Ok)
            return error;

        if (get.Watch && !state.Watches!.AddData(caller.Watcher, get.Path))
            return ErrorCode.BadArguments;

        znode.Data.Write(ref reply);
        znode.ToWireStat().Write(ref reply);
        return ErrorCode.Ok;
    }

    /// <summary>Finds a znode that the caller may read.</summary>
    public static ErrorCode Find(string path, CommittedState state, ICaller caller, out Znode znode)
    {
        znode = default;
        if (state.Tree.Find(path) is not { } found)
            return ErrorCode.NoNode;

        znode = found;
        return AccessControl.Allows(state.Tree.Acls.Get(znode.AclId), Permissions.Read, caller.Identities) ? ErrorCode.Ok : ErrorCode.NoAuth;
    }
}
