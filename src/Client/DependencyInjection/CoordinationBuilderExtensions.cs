using Coordination.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Polly;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Hooks and health of one client.</summary>
public static class CoordinationBuilderExtensions
{
    /// <summary>
    /// Replaces the pipeline that decides how soon to connect again after every server was tried in vain. Its callbacks run on the
    /// client's own thread and must not block. What may be sent twice is not the pipeline's business: the client decides that.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="configure">Adds strategies to an empty builder that already has the client's clock.</param>
    /// <returns>The builder.</returns>
    public static ICoordinationBuilder ConfigureRetry(this ICoordinationBuilder builder, Action<ResiliencePipelineBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        builder.Services.Configure<CoordinationHooks>(CoordinationBuilder.NameOf(builder.ServiceKey), hooks => hooks.ConfigureRetry = configure);
        return builder;
    }

    /// <summary>
    /// Adds a health check: healthy while connected, degraded while suspended, failed while there is no session. A name that is taken
    /// is left as it is.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="name">The check's name; null for <c>coordination</c>, with a keyed client <c>coordination:key</c>.</param>
    /// <param name="failureStatus">What to report without a session; null for unhealthy.</param>
    /// <param name="tags">Tags of the check.</param>
    /// <param name="timeout">How long the check may take.</param>
    /// <returns>The builder.</returns>
    public static ICoordinationBuilder AddHealthCheck(
        this ICoordinationBuilder builder,
        string? name = null,
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        object? key = builder.ServiceKey;
        string unique = name ?? (key is null ? "coordination" : $"coordination:{key}");
        builder.Services.AddHealthChecks();
        builder.Services.Configure<HealthCheckServiceOptions>(options =>
        {
            if (options.Registrations.All(check => check.Name != unique))
                options.Registrations.Add(new(unique, Check, failureStatus, tags, timeout));
        });
        return builder;

        IHealthCheck Check(IServiceProvider services) => new CoordinationHealthCheck(CoordinationBuilder.ClientOf(services, key));
    }
}
