using Coordination.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Polly;

namespace Coordination.Client;

/// <summary>Hooks of one client that configuration cannot express.</summary>
internal sealed class CoordinationHooks
{
    /// <summary>Replaces the reconnect pipeline.</summary>
    public Action<ResiliencePipelineBuilder>? ConfigureRetry { get; set; }
}

/// <summary>The builder of one client.</summary>
/// <param name="services">The services.</param>
/// <param name="serviceKey">The client's key.</param>
internal sealed class CoordinationBuilder(IServiceCollection services, object? serviceKey) : ICoordinationBuilder
{
    /// <inheritdoc/>
    public IServiceCollection Services { get; } = services;

    /// <inheritdoc/>
    public object? ServiceKey { get; } = serviceKey;

    /// <summary>The name of the client's options.</summary>
    public string OptionsName { get; } = NameOf(serviceKey);

    /// <summary>The name of the options of the client with a key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The key's text, or the default name.</returns>
    public static string NameOf(object? key) => key?.ToString() ?? Options.DefaultName;

    /// <summary>The client with a key.</summary>
    /// <param name="services">The container.</param>
    /// <param name="key">The key.</param>
    /// <returns>The client.</returns>
    public static CoordinationClient ClientOf(IServiceProvider services, object? key) =>
        key is null ? services.GetRequiredService<CoordinationClient>() : services.GetRequiredKeyedService<CoordinationClient>(key);

    /// <summary>The server of this process that a client may use: the one under its key, else the one without a key.</summary>
    /// <param name="services">The container.</param>
    /// <param name="key">The client's key.</param>
    /// <returns>The endpoint, or null.</returns>
    public static ICoordinationEndpoint? EndpointOf(IServiceProvider services, object? key) =>
        (key is null ? null : services.GetKeyedService<ICoordinationEndpoint>(key)) ?? services.GetService<ICoordinationEndpoint>();
}
