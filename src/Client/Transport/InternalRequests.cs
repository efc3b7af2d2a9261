using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>A request of the session itself, whose answer matters to nobody but the session.</summary>
/// <typeparam name="TRequest">The body.</typeparam>
/// <param name="type">The operation.</param>
/// <param name="body">The body.</param>
internal sealed class InternalRequest<TRequest>(OpCode type, TRequest body) : PendingRequest(type, BreakRule.OutcomeUnknown)
    where TRequest : IJuteRecord<TRequest>
{
    /// <inheritdoc/>
    public override void WriteBody(ref JuteWriter writer) => body.Write(ref writer);

    /// <inheritdoc/>
    public override void Complete(in ReplyHeader header, ref JuteReader reader, WatchRegistry watches)
    {
    }

    /// <inheritdoc/>
    public override void Fail(RequestFailure failure, string detail)
    {
    }
}

/// <summary>Makes the requests of the session itself.</summary>
internal static class InternalRequests
{
    // No znode ever has this version: versions count from zero, and -1 (any) is not it.
    private const int ImpossibleVersion = -2;

    private static readonly MultiRequest NeverMatches = new([new MultiOperation(OpCode.Check, "/", Version: ImpossibleVersion)]);

    /// <summary>
    /// The heartbeat of a session somebody relies on: a transaction that always fails, and that a leader can only answer with its quorum.
    /// </summary>
    /// <returns>The request.</returns>
    public static PendingRequest QuorumProbe() => new InternalRequest<MultiRequest>(OpCode.Multi, NeverMatches);

    /// <summary>Ends the session.</summary>
    /// <returns>The request.</returns>
    public static PendingRequest CloseSession() => new InternalRequest<EmptyRecord>(OpCode.CloseSession, default);

    /// <summary>Removes a watch nobody needs any more.</summary>
    /// <param name="path">The path on the server.</param>
    /// <param name="type">Which watches.</param>
    /// <returns>The request.</returns>
    public static PendingRequest RemoveWatches(string path, WatcherType type) =>
        new InternalRequest<RemoveWatchesRequest>(OpCode.RemoveWatches, new(path, type));

    /// <summary>Establishes watches again; the older request where the older one suffices, for servers before 3.6.</summary>
    /// <param name="batch">The watches.</param>
    /// <returns>The request.</returns>
    public static PendingRequest SetWatches(in SetWatches2 batch) => batch.PersistentRecursive is { Count: > 0 }
        ? new InternalRequest<SetWatches2>(OpCode.SetWatches2, batch)
        : new InternalRequest<SetWatches>(OpCode.SetWatches, new(batch.RelativeZxid, batch.Data, batch.Exist, batch.Child));
}
