using Coordination.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coordination.Recipes;

/// <summary>What every recipe works with.</summary>
/// <param name="Client">The client.</param>
/// <param name="Logger">The log.</param>
/// <param name="Metrics">The measurements.</param>
/// <param name="Time">The clock of timeouts and delays.</param>
internal sealed record RecipeContext(ICoordinationClient Client, ILogger Logger, RecipeMetrics Metrics, TimeProvider Time)
{
    /// <summary>What a contender's znode says about its owner unless options say otherwise: host and process.</summary>
    public static readonly string DefaultIdentity = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <summary>The context of a recipe made without dependency injection.</summary>
    /// <param name="client">The client.</param>
    /// <returns>A context that logs nowhere.</returns>
    public static RecipeContext Of(ICoordinationClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new(client, NullLogger.Instance, RecipeMetrics.Shared, TimeProvider.System);
    }
}
