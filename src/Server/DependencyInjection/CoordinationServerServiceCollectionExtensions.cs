using Coordination.Protocol;
using Coordination.Server;
using Coordination.Server.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Puts a coordination server into a host.</summary>
public static class CoordinationServerServiceCollectionExtensions
{
    /// <summary>
    /// Runs a standalone server for as long as the host runs. It starts before the host's other services and stops after them; when it
    /// fails, it asks the host to stop. A second call changes the settings of the same server.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configure">Changes the settings; null for the defaults: 127.0.0.1:2181, data in <c>./data</c>.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddCoordinationServer(
        this IServiceCollection services, Action<CoordinationServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<CoordinationServerOptions>().Configure(configure ?? (static _ => { }));
        services.TryAddSingleton<HostedCoordinationServer>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HostedCoordinationServer>(
            static provider => provider.GetRequiredService<HostedCoordinationServer>()));
        return services;
    }

    /// <summary>
    /// Runs an embedded server for as long as the host runs, and registers its address: a client of the same host that was given no
    /// connection string uses it. A second call changes the settings of the same server.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="configure">Changes the settings; null for the defaults: a free port and a temporary directory.</param>
    /// <returns><paramref name="services"/>.</returns>
    public static IServiceCollection AddEmbeddedCoordinationServer(
        this IServiceCollection services, Action<EmbeddedServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<EmbeddedServerOptions>().Configure(configure ?? (static _ => { }));
        services.TryAddSingleton<HostedEmbeddedServer>();
        services.TryAddSingleton<ICoordinationEndpoint>(static provider => provider.GetRequiredService<HostedEmbeddedServer>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HostedEmbeddedServer>(
            static provider => provider.GetRequiredService<HostedEmbeddedServer>()));
        return services;
    }
}
