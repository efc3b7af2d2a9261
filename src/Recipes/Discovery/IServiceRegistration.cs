namespace Coordination.Recipes;

/// <summary>
/// An instance that is advertised as long as this handle lives: kept by a reconciler that compares the wish with the server, after every
/// reconnect and every change of the znode. Dispose it to withdraw.
/// </summary>
public interface IServiceRegistration : IAsyncDisposable
{
    /// <summary>What is advertised; null before a hosted registration knows its address.</summary>
    ServiceInstance? Instance { get; }

    /// <summary>The state: the current one on subscription, then every change. Completes on dispose.</summary>
    IObservable<RegistrationStatus> Status { get; }

    /// <summary>Replaces what is advertised, in place: callers never see the instance vanish.</summary>
    /// <param name="instance">The new description, of the same name and id.</param>
    /// <param name="cancellationToken">Cancels the wait; the change happens all the same.</param>
    /// <returns>Completes when the server has it.</returns>
    ValueTask UpdateAsync(ServiceInstance instance, CancellationToken cancellationToken = default);
}

/// <summary>The states of a registration.</summary>
public enum RegistrationState
{
    /// <summary>Not on the server yet, or not any more: the reconciler works on it.</summary>
    Pending,

    /// <summary>On the server, owned by the present session.</summary>
    Registered,

    /// <summary>Withdrawn.</summary>
    Withdrawn,

    /// <summary>Given up: the instance cannot be described (no address, no port).</summary>
    Failed,
}

/// <summary>The state of a registration.</summary>
/// <param name="State">The state.</param>
/// <param name="Instance">What is advertised; null before the address is known.</param>
/// <param name="Error">Why it is pending or has failed.</param>
public sealed record RegistrationStatus(RegistrationState State, ServiceInstance? Instance, Exception? Error = null);
