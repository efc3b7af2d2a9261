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
        ReadOnlySpan<byte> path = request.ReadStringSpanNotNull();
        bool watch = request.ReadBoolean();
        if (path.Contains((byte)0))
            return ErrorCode.BadArguments;

        ErrorCode error = GetDataOperation.Find(path, state, caller, out Znode znode);
        if (error == ErrorCode.NoAuth)
            return error;

        if (watch && !state.Watches!.AddData(caller.Watcher, PathText.Of(path)))
            return ErrorCode.BadArguments;

        if (error == ErrorCode.Ok)
            znode.ToWireStat().Write(ref reply);
        return error;
    }
}
