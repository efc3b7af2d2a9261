using Coordination.Protocol;
using Microsoft.Extensions.Logging;

namespace Coordination.Recipes;

/// <summary>Every log line of the recipes. Numbers are stable: 3000 contenders, 3100 leadership, 3200 configuration, 3300 discovery.</summary>
internal static partial class RecipeLog
{
    [LoggerMessage(3000, LogLevel.Debug, "Holding {Path} with fencing token {FencingToken}.")]
    public static partial void HoldAcquired(this ILogger logger, ZnodePath path, long fencingToken);

    [LoggerMessage(3001, LogLevel.Warning, "The hold {Path} is lost: {Cause}. Work under it must stop.")]
    public static partial void HoldLost(this ILogger logger, ZnodePath path, HoldLoss cause);

    [LoggerMessage(3002, LogLevel.Warning, "The delete of {Path} was not confirmed; it goes on in the background until the znode or its session is gone.")]
    public static partial void ReleaseUnconfirmed(this ILogger logger, ZnodePath path, Exception exception);

    [LoggerMessage(3003, LogLevel.Warning, "{Path} has {Count} children that are no contenders of this recipe, for example '{Name}'. They are ignored; other programs may count them.")]
    public static partial void ForeignChildren(this ILogger logger, ZnodePath path, int count, string name);

    [LoggerMessage(3004, LogLevel.Warning, "The sequence counter of {Path} stands at {Sequence} and ends at 2147483647. Delete the parent while it has no children to start it anew.")]
    public static partial void SequenceRunsOut(this ILogger logger, ZnodePath path, int sequence);

    [LoggerMessage(3005, LogLevel.Information, "The contender {Path} is gone, its session having ended or somebody having deleted it; it goes to the end of the queue.")]
    public static partial void Reentering(this ILogger logger, ZnodePath path);

    [LoggerMessage(3006, LogLevel.Error, "A subscriber threw and was unsubscribed.")]
    public static partial void SubscriberThrew(this ILogger logger, Exception exception);

    [LoggerMessage(3007, LogLevel.Debug, "Waiting in the queue of {Path} goes on through a connection failure.")]
    public static partial void WaitInterrupted(this ILogger logger, ZnodePath path, Exception exception);

    [LoggerMessage(3100, LogLevel.Information, "Leading {Path} as {ParticipantId}, fencing token {FencingToken}.")]
    public static partial void TermBegan(this ILogger logger, ZnodePath path, string participantId, long fencingToken);

    [LoggerMessage(3101, LogLevel.Information, "No longer leading {Path} as {ParticipantId}: {State}.")]
    public static partial void TermEnded(this ILogger logger, ZnodePath path, string participantId, LeadershipState state);

    [LoggerMessage(3102, LogLevel.Warning, "Taking part in the election at {Path} failed; the next attempt is in {Delay}.")]
    public static partial void ElectionFailed(this ILogger logger, ZnodePath path, TimeSpan delay, Exception exception);

    [LoggerMessage(3103, LogLevel.Error, "The elected service {Service} threw. Its term ends; it takes part in the next election in {Delay}.")]
    public static partial void ElectedServiceThrew(this ILogger logger, string service, TimeSpan delay, Exception exception);

    [LoggerMessage(3104, LogLevel.Warning, "The elected service {Service} did not stop within the time the host allows; its term is resigned anyway.")]
    public static partial void ElectedServiceLate(this ILogger logger, string service);

    [LoggerMessage(3300, LogLevel.Information, "Service {Service} is registered as {Path}.")]
    public static partial void ServiceRegistered(this ILogger logger, string service, ZnodePath path);

    [LoggerMessage(3301, LogLevel.Information, "Service {Service} is withdrawn from {Path}.")]
    public static partial void ServiceWithdrawn(this ILogger logger, string service, ZnodePath path);

    [LoggerMessage(3302, LogLevel.Warning, "Registering {Path} failed; the next attempt is in {Delay}.")]
    public static partial void RegistrationFailed(this ILogger logger, ZnodePath path, TimeSpan delay, Exception exception);

    [LoggerMessage(3303, LogLevel.Warning, "{Path} belongs to session 0x{Owner:x}, not to this client. Waiting for it to go.")]
    public static partial void RegistrationTaken(this ILogger logger, ZnodePath path, long owner);

    [LoggerMessage(3304, LogLevel.Warning, "The service entry {Path} cannot be read and is skipped: {Reason}")]
    public static partial void BrokenServiceEntry(this ILogger logger, ZnodePath path, string reason);

    [LoggerMessage(3305, LogLevel.Error, "Service {Service} cannot be registered.")]
    public static partial void RegistrationImpossible(this ILogger logger, string service, Exception exception);
}
