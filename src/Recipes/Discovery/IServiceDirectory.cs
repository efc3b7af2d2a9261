using Coordination.Client;

namespace Coordination.Recipes;

/// <summary>Finds the instances of services: by listing, by watching, or by picking one.</summary>
public interface IServiceDirectory
{
    /// <summary>Lists the instances of a service.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The readable instances, disabled ones included, in the order of their znodes' names. Entries that cannot be read are skipped and counted.</returns>
    ValueTask<IReadOnlyList<ServiceInstance>> GetInstancesAsync(string service, CancellationToken cancellationToken = default);

    /// <summary>Follows the instances of a service: the whole list on subscription and after every change.</summary>
    /// <param name="service">The service's name; it need not exist yet.</param>
    /// <returns>A stream that a reconnect never ends.</returns>
    IObservable<ServiceSnapshot> Observe(string service);

    /// <summary>Makes a picker over a live list. It is cheap to ask and should be kept.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="strategy">How to choose.</param>
    /// <returns>The picker; dispose it to stop following.</returns>
    IServicePicker CreatePicker(string service, PickStrategy strategy = PickStrategy.RoundRobin);
}

/// <summary>The instances of a service at one moment.</summary>
/// <param name="Service">The service's name.</param>
/// <param name="Instances">The readable instances, in the order of their znodes' names.</param>
/// <param name="BrokenEntries">How many entries could not be read.</param>
/// <param name="Freshness">How the list relates to the server's state.</param>
public sealed record ServiceSnapshot(string Service, IReadOnlyList<ServiceInstance> Instances, int BrokenEntries, Freshness Freshness);

/// <summary>How a picker chooses.</summary>
public enum PickStrategy
{
    /// <summary>One after another.</summary>
    RoundRobin,

    /// <summary>Any, each as likely.</summary>
    Random,
}

/// <summary>Chooses among the enabled instances of a service.</summary>
public interface IServicePicker : IDisposable
{
    /// <summary>Chooses an instance of those known at this moment.</summary>
    /// <returns>Null if there is none, or if the first list has not come yet.</returns>
    ServiceInstance? Pick();

    /// <summary>Chooses an instance, waiting for the first one.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>An instance.</returns>
    ValueTask<ServiceInstance> PickAsync(CancellationToken cancellationToken = default);
}

/// <summary>Options of a service directory.</summary>
public sealed class ServiceDirectoryOptions
{
    /// <summary>The path under which services live.</summary>
    public string BasePath { get; set; } = "/services";
}
