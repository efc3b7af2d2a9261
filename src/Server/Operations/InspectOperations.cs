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
        bool all = string.IsNullOrWhiteSpace(prefix) || prefix == "/";
        var paths = new List<string>();
        for (var place = state.Tree.Indexes.EphemeralsOf(caller.SessionId)?.First; place is not null; place = place.Next)
        {
            Znode znode = place.Value;
            if (all || znode.Path.StartsWith(prefix!, StringComparison.Ordinal))
                paths.Add(znode.Path);
        }

        reply.WriteStrings(paths);
        return ErrorCode.Ok;
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
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply) => ErrorCode.Ok;
}

/// <summary>Adds credentials to the connection. Answered on arrival, ahead of requests that still wait.</summary>
internal sealed class AuthOperation() : Operation(OpCode.Auth)
{
    /// <summary>Takes the credentials of a request.</summary>
    /// <returns>False if they are refused; the connection is closed then.</returns>
    public static bool Authenticate(ref JuteReader request, List<Identity> identities)
    {
        AuthPacket packet = request.Read<AuthPacket>();
        return AccessControl.Authenticate(packet.Scheme, packet.Credentials, identities);
    }
}
