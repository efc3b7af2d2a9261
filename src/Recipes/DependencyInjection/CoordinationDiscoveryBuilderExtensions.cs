using Coordination.Protocol;
using Coordination.Recipes;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Service registration and discovery on the client of an <see cref="ICoordinationBuilder"/>.</summary>
public static class CoordinationDiscoveryBuilderExtensions
{
    /// <summary>
    /// Advertises this application while it runs: registered once it has started, withdrawn when it is asked to stop. The handle can be
    /// had as the keyed service <see cref="IServiceRegistration"/> with the service's name as its key, with a keyed builder
    /// <c>"key:name"</c>. A name is registered once, however often it is added.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="serviceName">The service's name.</param>
    /// <param name="configure">Address, port and so on.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">Base path and name make no znode path, or the drain delay is negative.</exception>
    public static ICoordinationBuilder AddServiceRegistration(
        this ICoordinationBuilder builder, string serviceName, Action<ServiceRegistrationOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(serviceName);
        builder.AddRecipes();
        var options = new ServiceRegistrationOptions();
        configure?.Invoke(options);
        _ = (ZnodePath)options.BasePath / serviceName;
        if (options.DrainDelay < TimeSpan.Zero)
            throw new ArgumentException($"{nameof(options.DrainDelay)} must not be negative.", nameof(configure));
        object? key = builder.ServiceKey;
        string own = builder.KeyOf(serviceName);
        if (builder.Services.Has<IServiceRegistration>(own))
            return builder;

        builder.Services.AddKeyedSingleton(own, (services, _) => new HostedServiceRegistration(
            services.Recipes(key), services, services.GetRequiredService<IHostApplicationLifetime>(), serviceName, options));
        builder.Services.AddKeyedSingleton<IServiceRegistration>(
            own, static (services, name) => services.GetRequiredKeyedService<HostedServiceRegistration>(name));
        builder.Services.AddSingleton<IHostedService>(services => services.GetRequiredKeyedService<HostedServiceRegistration>(own));
        return builder;
    }

    /// <summary>Registers <see cref="IServiceDirectory"/>.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Options.</param>
    /// <returns>The builder.</returns>
    public static ICoordinationBuilder AddServiceDirectory(this ICoordinationBuilder builder, Action<ServiceDirectoryOptions>? configure = null)
    {
        builder.AddRecipes();
        var options = new ServiceDirectoryOptions();
        configure?.Invoke(options);
        ZnodePath basePath = options.BasePath;
        if (builder.ServiceKey is { } key)
            builder.Services.TryAddKeyedSingleton<IServiceDirectory>(key, (services, k) => new ServiceDirectory(services.Recipes(k), basePath));
        else
            builder.Services.TryAddSingleton<IServiceDirectory>(services => new ServiceDirectory(services.Recipes(key: null), basePath));
        return builder;
    }
}
