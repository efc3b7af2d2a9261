using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Coordination.Client;
using Coordination.Protocol;
using Coordination.Recipes;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// Recipes on the client of an <see cref="ICoordinationBuilder"/>. With a keyed builder everything is registered under its key. Every
/// member also registers <see cref="IDistributedLockProvider"/> with its defaults, so that locks need no line of their own.
/// </summary>
public static class CoordinationRecipesBuilderExtensions
{
    /// <summary>Registers <see cref="IDistributedLockProvider"/>.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="basePath">The path under which locks made by name live.</param>
    /// <param name="configure">Further options.</param>
    /// <returns>The builder.</returns>
    public static ICoordinationBuilder AddLocks(this ICoordinationBuilder builder, string basePath = "/locks", Action<LockOptions>? configure = null)
    {
        builder.AddRecipes();
        builder.Services.AddOptions<LockOptions>(builder.OptionsName()).Configure(o =>
        {
            o.BasePath = basePath;
            configure?.Invoke(o);
        });
        return builder;
    }

    /// <summary>
    /// Registers a service whose body runs on the elected instance only. It can be asked for by its type, for example to follow
    /// <see cref="ElectedBackgroundService.Latch"/>; where one type serves several paths, by the path as its key, and with a keyed builder by
    /// <c>"key:path"</c>. The same service on the same path is registered once, however often it is added.
    /// </summary>
    /// <typeparam name="TService">The service; its constructor takes what it needs from the container.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <param name="latchPath">The path of the election; everybody who uses it takes part in the same one.</param>
    /// <param name="configure">Options.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">The path is no znode path, or the restart delay is negative.</exception>
    public static ICoordinationBuilder AddElectedService<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TService>(
        this ICoordinationBuilder builder, string latchPath, Action<ElectedServiceOptions>? configure = null)
        where TService : ElectedBackgroundService
    {
        builder.AddRecipes();
        ZnodePath path = latchPath;
        var options = new ElectedServiceOptions();
        configure?.Invoke(options);
        if (options.RestartDelay < TimeSpan.Zero)
            throw new ArgumentException($"{nameof(options.RestartDelay)} must not be negative.", nameof(configure));
        object? key = builder.ServiceKey;
        string own = builder.KeyOf(latchPath);
        if (builder.Services.Has<TService>(own))
            return builder;

        builder.Services.AddKeyedSingleton(own, (services, _) =>
        {
            RecipeContext context = services.Recipes(key);
            TService service = ActivatorUtilities.CreateInstance<TService>(services);
            var latch = new LeaderLatch(context, path, options.ParticipantId, options.Policy);
            service.Attach(latch, context.Logger, context.Time, options.RestartDelay);
            return service;
        });
        builder.Services.AddSingleton(services => services.GetRequiredKeyedService<TService>(own));
        builder.Services.AddSingleton<IHostedService>(services => services.GetRequiredKeyedService<TService>(own));
        return builder;
    }

    /// <summary>The name of a builder's options: the key's text, or the default.</summary>
    /// <param name="builder">The builder.</param>
    /// <returns>The name.</returns>
    internal static string OptionsName(this ICoordinationBuilder builder) => builder.ServiceKey?.ToString() ?? Options.Options.DefaultName;

    /// <summary>The key of something of which a client may have several: its name, with a keyed client <c>key:name</c>. A text, so that attributes can name it.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The name among its kind.</param>
    /// <returns>The key.</returns>
    internal static string KeyOf(this ICoordinationBuilder builder, string name) => builder.ServiceKey is { } key ? $"{key}:{name}" : name;

    /// <summary>Whether a service is registered under a key.</summary>
    /// <typeparam name="TService">The service.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="key">The key.</param>
    /// <returns>True if so.</returns>
    internal static bool Has<TService>(this IServiceCollection services, object key) =>
        services.Any(service => service.ServiceType == typeof(TService) && Equals(service.ServiceKey, key));

    /// <summary>What the recipes of one client work with.</summary>
    /// <param name="services">The container.</param>
    /// <param name="key">The client's key.</param>
    /// <returns>The context.</returns>
    internal static RecipeContext Recipes(this IServiceProvider services, object? key) =>
        key is null ? services.GetRequiredService<RecipeContext>() : services.GetRequiredKeyedService<RecipeContext>(key);

    /// <summary>Registers what every recipe needs. Harmless when repeated.</summary>
    /// <param name="builder">The builder.</param>
    internal static void AddRecipes(this ICoordinationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = builder.Services;
        object? key = builder.ServiceKey;
        string name = builder.OptionsName();
        services.AddMetrics();
        services.TryAddSingleton(static s => new RecipeMetrics(s.GetRequiredService<IMeterFactory>()));
        services.AddOptions<LockOptions>(name)
            .Validate(static o => ZnodePath.Violation(o.BasePath) is null, "LockOptions.BasePath is no znode path.")
            .ValidateOnStart();
        if (key is null)
        {
            services.TryAddSingleton(static s => NewContext(s, s.GetRequiredService<ICoordinationClient>()));
            services.TryAddSingleton<IDistributedLockProvider>(s => NewLocks(s, key, name));
        }
        else
        {
            services.TryAddKeyedSingleton(key, static (s, k) => NewContext(s, s.GetRequiredKeyedService<ICoordinationClient>(k)));
            services.TryAddKeyedSingleton<IDistributedLockProvider>(key, (s, _) => NewLocks(s, key, name));
        }
    }

    private static DistributedLockProvider NewLocks(IServiceProvider services, object? key, string name) =>
        new(services.Recipes(key), services.GetRequiredService<IOptionsMonitor<LockOptions>>().Get(name));

    private static RecipeContext NewContext(IServiceProvider services, ICoordinationClient client) => new(
        client,
        (services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("Coordination.Recipes"),
        services.GetRequiredService<RecipeMetrics>(),
        services.GetService<TimeProvider>() ?? TimeProvider.System);
}
