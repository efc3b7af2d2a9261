using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Reads the stat of a znode, and may leave a one-shot watch even where there is none.</summary>
internal sealed class ExistsOperation() : ReadOperation(OpCode.Exists)
{
    /// <inheritdoc/>
    public override bool ChangesNothing(ref JuteReader request) => WantsNoWatch(ref request);

    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        ExistsRequest exists = request.Read<ExistsRequest>();
        if (exists.Path.Contains('\0', StringComparison.Ordinal))
            return ErrorCode.BadArguments;

        ErrorCode error = GetDataOperation.Find(exists.Path, state, caller, out Znode znode);
        if (error == ErrorCode.NoAuth)
            return error;

        if (exists.Watch && !state.Watches!.AddData(caller.Watcher, exists.Path))
            return ErrorCode.BadArguments;

        if (error == ErrorCode.Ok)
            znode.ToWireStat().Write(ref reply);
        return error;
    }
}
