using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Reads data and stat, and may leave a one-shot watch.</summary>
internal sealed class GetDataOperation() : ReadOperation(OpCode.GetData)
{
    private const int ShortPath = 256;

    /// <inheritdoc/>
    public override bool ChangesNothing(ref JuteReader request) => WantsNoWatch(ref request);

    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        ReadOnlySpan<byte> path = request.ReadStringSpanNotNull();
        bool watch = request.ReadBoolean();
        ErrorCode error = Find(path, state, caller, out Znode znode);
        if (error != ErrorCode.Ok)
            return error;

        if (znode.Data.Length > caller.ReplyRoom)
            return ErrorCode.BadArguments;
        if (watch && !state.Watches!.AddData(caller.Watcher, PathText.Of(path)))
            return ErrorCode.BadArguments;

        znode.Data.Write(ref reply);
        znode.ToWireStat().Write(ref reply);
        return ErrorCode.Ok;
    }

    /// <summary>Finds a znode that the caller may read, by a path as it stands in a request: reads are too many to make a string for each.</summary>
    public static ErrorCode Find(ReadOnlySpan<byte> path, CommittedState state, ICaller caller, out Znode znode)
    {
        Span<char> text = path.Length <= ShortPath ? stackalloc char[ShortPath] : new char[path.Length];
        return Find(text[..PathText.Decode(path, text)], state, caller, out znode);
    }

    /// <summary>Finds a znode that the caller may read.</summary>
    public static ErrorCode Find(ReadOnlySpan<char> path, CommittedState state, ICaller caller, out Znode znode)
    {
        znode = default;
        if (state.Tree.Find(path) is not { } found)
            return ErrorCode.NoNode;

        znode = found;
        return AccessControl.Allows(state.Tree.Acls.Get(znode.AclId), Permissions.Read, caller.Identities) ? ErrorCode.Ok : ErrorCode.NoAuth;
    }
}
