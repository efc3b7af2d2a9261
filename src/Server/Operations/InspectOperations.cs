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
        bool all = IsEverything(prefix);
        var paths = new List<string>();
        foreach (Znode znode in state.Tree.Indexes.EphemeralsOf(caller.SessionId))
        {
            string path = znode.Path;
            if (all || path.StartsWith(prefix!, StringComparison.Ordinal))
                paths.Add(path);
        }

        reply.WriteStrings(paths);
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
