using System.Diagnostics.Metrics;
using Coordination.Client;
using Coordination.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers clients. A client is a singleton that connects at its first use; the container closes it.</summary>
public static class CoordinationServiceCollectionExtensions
{
    /// <summary>Registers a client without a connection string: it uses the <see cref="ICoordinationEndpoint"/> of this process.</summary>
    /// <param name="services">The services.</param>
    /// <returns>Where recipes and hooks hang on.</returns>
    public static ICoordinationBuilder AddCoordination(this IServiceCollection services) => Add(services, null, static _ => { });

    /// <summary>Registers a client.</summary>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">Servers and chroot, see <see cref="CoordinationOptions.ConnectionString"/>.</param>
    /// <returns>Where recipes and hooks hang on.</returns>
    public static ICoordinationBuilder AddCoordination(this IServiceCollection services, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        return Add(services, null, options => options.Configure(o => o.ConnectionString = connectionString));
    }

    /// <summary>Registers a client.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>Where recipes and hooks hang on.</returns>
    public static ICoordinationBuilder AddCoordination(this IServiceCollection services, Action<CoordinationOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return Add(services, null, options => options.Configure(configure));
    }

    /// <summary>Registers a client.</summary>
    /// <param name="services">The services.</param>
    /// <param name="section">Bound to <see cref="CoordinationOptions"/>.</param>
    /// <returns>Where recipes and hooks hang on.</returns>
    public static ICoordinationBuilder AddCoordination(this IServiceCollection services, IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, null, options => options.Bind(section));
    }

    /// <summary>Registers a client under a key, for a second ensemble.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key; its text names the options.</param>
    /// <param name="configure">Sets the options; null to use the endpoint registered under the key, or the one without.</param>
    /// <returns>Where recipes and hooks hang on.</returns>
    public static ICoordinationBuilder AddKeyedCoordination(
        this IServiceCollection services, object key, Action<CoordinationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Add(services, key, options =>
        {
            if (configure is not null)
                options.Configure(configure);
        });
    }

    /// <summary>Registers a client under a key.</summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key; its text names the options.</param>
    /// <param name="section">Bound to <see cref="CoordinationOptions"/>.</param>
    /// <returns>Where recipes and hooks hang on.</returns>
    public static ICoordinationBuilder AddKeyedCoordination(this IServiceCollection services, object key, IConfigurationSection section)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(section);
        return Add(services, key, options => options.Bind(section));
    }

    private static CoordinationBuilder Add(IServiceCollection services, object? key, Action<OptionsBuilder<CoordinationOptions>> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        var builder = new CoordinationBuilder(services, key);
        OptionsBuilder<CoordinationOptions> options = services.AddOptions<CoordinationOptions>(builder.OptionsName);
        configure(options);

        // A second call adds its settings to the first one's client and nothing else.
        if (services.Any(service => service.ServiceType == typeof(CoordinationClient) && Equals(service.ServiceKey, key)))
            return builder;

        options.ValidateOnStart();
        services.AddMetrics();
        services.AddSingleton<IValidateOptions<CoordinationOptions>>(s => new CoordinationOptionsValidator(builder.OptionsName, s, key));
        services.AddSingleton<IHostedService>(s => new ConnectionAtStart(s, builder.OptionsName, key));
        if (key is null)
        {
            services.TryAddSingleton(s => NewClient(s, builder));
            services.TryAddSingleton<ICoordinationClient>(static s => s.GetRequiredService<CoordinationClient>());
        }
        else
        {
            services.TryAddKeyedSingleton(key, (s, _) => NewClient(s, builder));
            services.TryAddKeyedSingleton<ICoordinationClient>(key, static (s, k) => s.GetRequiredKeyedService<CoordinationClient>(k));
        }

        return builder;
    }

    private static CoordinationClient NewClient(IServiceProvider services, CoordinationBuilder builder)
    {
        CoordinationOptions options = services.GetRequiredService<IOptionsMonitor<CoordinationOptions>>().Get(builder.OptionsName);
        CoordinationHooks hooks = services.GetRequiredService<IOptionsMonitor<CoordinationHooks>>().Get(builder.OptionsName);
        return new(options, new()
        {
            Logger = (services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("Coordination.Client"),
            MeterFactory = services.GetService<IMeterFactory>(),
            ConfigureRetry = hooks.ConfigureRetry,
            Endpoint = CoordinationBuilder.EndpointOf(services, builder.ServiceKey),
        });
    }
}
