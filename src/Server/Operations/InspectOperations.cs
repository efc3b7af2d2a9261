using System.Text;
using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Lists the ephemeral znodes of the calling session.</summary>
internal sealed class GetEphemeralsOperation() : ReadOperation(OpCode.GetEphemerals)
{
    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        string? prefix = request.Read<GetEphemeralsRequest>().Prefix;
        byte[] start = IsEverything(prefix) ? [] : Encoding.UTF8.GetBytes(prefix!);
        ZnodeSet ephemerals = state.Tree.Indexes.EphemeralsOf(caller.SessionId);

        // The count stands before the paths, so all are looked at twice: cheaper than a list of them, and next to nothing where none begins so.
        int count = start.Length == 0 ? ephemerals.Count : 0;
        if (start.Length > 0)
        {
            foreach (Znode znode in ephemerals)
                count += znode.PathStartsWith(start) ? 1 : 0;
        }

        reply.WriteInt32(count);
        if (count == 0)
            return ErrorCode.Ok;

        byte[] path = new byte[256];
        foreach (Znode znode in ephemerals)
        {
            if (start.Length > 0 && !znode.PathStartsWith(start))
                continue;

            int size = znode.PathSize;
            if (size > path.Length)
                path = new byte[size * 2];
            znode.WritePath(path.AsSpan(0, size));
            reply.WriteBuffer(path.AsSpan(0, size));
        }

        return ErrorCode.Ok;
    }

    /// <summary>As Java trims: everything up to and including the space.</summary>
    private static bool IsEverything(string? prefix)
    {
        ReadOnlySpan<char> rest = prefix;
        while (rest is [<= ' ', ..])
            rest = rest[1..];
        while (rest is [.., <= ' '])
            rest = rest[..^1];
        return rest is "" or "/";
    }
}

/// <summary>Lists the identities of the connection.</summary>
internal sealed class WhoAmIOperation() : ReadOperation(OpCode.WhoAmI)
{
    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        reply.WriteInt32(caller.Identities.Count);
        for (int i = 0; i < caller.Identities.Count; i++)
            new ClientInfo(caller.Identities[i].Scheme, AccessControl.UserOf(caller.Identities[i])).Write(ref reply);
        return ErrorCode.Ok;
    }
}

/// <summary>Answers when everything of the session before it is answered; with one server that is all there is to wait for.</summary>
internal sealed class SyncOperation() : ReadOperation(OpCode.Sync)
{
    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        new SyncResponse(request.Read<SyncRequest>().Path).Write(ref reply);
        return ErrorCode.Ok;
    }
}

/// <summary>Keeps the session alive, which every request does.</summary>
internal sealed class PingOperation() : ReadOperation(OpCode.Ping)
{
    /// <inheritdoc/>
    public override bool ChangesNothing(ref JuteReader request) => true;

    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply) => ErrorCode.Ok;
}
