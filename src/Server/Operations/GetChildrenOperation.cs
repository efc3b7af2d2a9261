using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Lists the names of the children in order of creation, in the second form with the stat, and may leave a one-shot watch.</summary>
internal sealed class GetChildrenOperation(OpCode code) : ReadOperation(code)
{
    /// <inheritdoc/>
    public override bool ChangesNothing(ref JuteReader request) => WantsNoWatch(ref request);

    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        ReadOnlySpan<byte> path = request.ReadStringSpanNotNull();
        bool watch = request.ReadBoolean();
        ErrorCode error = GetDataOperation.Find(path, state, caller, out Znode znode);
        if (error != ErrorCode.Ok)
            return error;

        // The names first: a refusal must not leave a watch.
        long room = caller.ReplyRoom;
        if (WriteNames(znode, room, ref reply) > room)
            return ErrorCode.BadArguments;
        if (watch && !state.Watches!.AddChild(caller.Watcher, PathText.Of(path)))
            return ErrorCode.BadArguments;

        if (Code == OpCode.GetChildren2)
            znode.ToWireStat().Write(ref reply);
        return ErrorCode.Ok;
    }

    /// <summary>Writes the names as the tree keeps them, without a string for each.</summary>
    /// <returns>About how many bytes were written; more than there is room for if it ended early, and then the reply is no good.</returns>
    public static long WriteNames(Znode znode, long room, ref JuteWriter reply)
    {
        long size = sizeof(int);
        reply.WriteInt32(znode.ChildCount);
        for (Znode? child = znode.FirstChild; child is not null; child = child.Value.NextSibling)
        {
            ReadOnlySpan<byte> name = child.Value.Name;
            size += sizeof(int) + name.Length;
            if (size > room)
                break;
            reply.WriteBuffer(name);
        }

        return size;
    }
}

/// <summary>Counts all descendants of a znode.</summary>
internal sealed class GetAllChildrenNumberOperation() : ReadOperation(OpCode.GetAllChildrenNumber)
{
    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        GetAllChildrenNumberRequest get = request.Read<GetAllChildrenNumberRequest>();
        ErrorCode error = GetDataOperation.Find(get.Path, state, caller, out Znode znode);
        if (error != ErrorCode.Ok)
            return error;

        // Apache counts the keys of its map that begin with the path and a slash. Under the empty path that takes in the root's second
        // key, "/", for which it subtracts two.
        int descendants = state.Tree.CountDescendants(znode);
        reply.WriteInt32(get.Path.Length == 0 ? descendants + 1 : descendants);
        return ErrorCode.Ok;
    }
}
