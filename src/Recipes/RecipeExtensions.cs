using Coordination.Client;
using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>Recipes made straight from a client, without dependency injection.</summary>
public static class RecipeExtensions
{
    /// <summary>Makes a lock.</summary>
    /// <param name="client">The client; it stays the caller's.</param>
    /// <param name="path">The path of the lock.</param>
    /// <param name="options">Identity and policy; null for the defaults.</param>
    /// <returns>The lock.</returns>
    public static IDistributedLock CreateLock(this ICoordinationClient client, ZnodePath path, LockOptions? options = null) =>
        new DistributedLock(RecipeContext.Of(client), path.Value, path, options ?? new LockOptions());

    /// <summary>Makes a participant of an election.</summary>
    /// <param name="client">The client; it stays the caller's.</param>
    /// <param name="path">The path of the election.</param>
    /// <param name="participantId">Who this is, for others to read; host and process if null.</param>
    /// <param name="policy">How long a term is believed in while the connection is away.</param>
    /// <returns>The latch. It joins when somebody waits for leadership.</returns>
    public static ILeaderLatch CreateLeaderLatch(
        this ICoordinationClient client, ZnodePath path, string? participantId = null, HoldPolicy policy = HoldPolicy.Deadline) =>
        new LeaderLatch(RecipeContext.Of(client), path, participantId, policy);

    /// <summary>Advertises an instance of a service until the handle is disposed.</summary>
    /// <param name="client">The client; it stays the caller's.</param>
    /// <param name="instance">What to advertise.</param>
    /// <param name="basePath">The path under which services live; <c>/services</c> if null.</param>
    /// <returns>The handle. It registers in the background; its status tells when.</returns>
    public static IServiceRegistration RegisterService(this ICoordinationClient client, ServiceInstance instance, ZnodePath? basePath = null)
    {
        ArgumentNullException.ThrowIfNull(instance);
        return new ServiceRegistration(RecipeContext.Of(client), basePath ?? "/services", instance);
    }

    /// <summary>Makes a directory of services.</summary>
    /// <param name="client">The client; it stays the caller's.</param>
    /// <param name="basePath">The path under which services live; <c>/services</c> if null.</param>
    /// <returns>The directory.</returns>
    public static IServiceDirectory CreateServiceDirectory(this ICoordinationClient client, ZnodePath? basePath = null) =>
        new ServiceDirectory(RecipeContext.Of(client), basePath ?? "/services");
}
