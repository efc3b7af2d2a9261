using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Lists the names of the children in order of creation, in the second form with the stat, and may leave a one-shot watch.</summary>
internal sealed class GetChildrenOperation(OpCode code) : ReadOperation(code)
{
    /// <summary>Bytes of names in one answer: a frame cannot tell of more than twice as many, and no buffer can hold them.</summary>
    private const long MaxNames = 1 << 30;

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

        if (WriteNames(znode, ref reply, MaxNames) > MaxNames)
            return ErrorCode.BadArguments;
        if (watch && !state.Watches!.AddChild(caller.Watcher, PathText.Of(path)))
            return ErrorCode.BadArguments;

        if (Code == OpCode.GetChildren2)
            znode.ToWireStat().Write(ref reply);
        return ErrorCode.Ok;
    }

    /// <summary>Writes the names as the tree keeps them, without a string for each.</summary>
    /// <param name="znode">The parent.</param>
    /// <param name="reply">Where to.</param>
    /// <param name="max">Bytes beyond which it stops: the reply is of no use then.</param>
    /// <returns>About how many bytes were written.</returns>
    public static long WriteNames(Znode znode, ref JuteWriter reply, long max)
    {
        long size = sizeof(int);
        reply.WriteInt32(znode.ChildCount);
        for (Znode? child = znode.FirstChild; child is not null && size <= max; child = child.Value.NextSibling)
        {
            ReadOnlySpan<byte> name = child.Value.Name;
            reply.WriteBuffer(name);
            size += sizeof(int) + name.Length;
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
