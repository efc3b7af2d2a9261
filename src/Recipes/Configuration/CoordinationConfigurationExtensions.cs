using Coordination.Recipes;

namespace Microsoft.Extensions.Configuration;

/// <summary>Configuration from znodes.</summary>
public static class CoordinationConfigurationExtensions
{
    /// <summary>Adds a subtree as a configuration source that follows changes.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="connectionString">The servers, with a chroot if there is one.</param>
    /// <param name="root">The znode whose subtree is read.</param>
    /// <param name="configure">Further options.</param>
    /// <returns>The builder.</returns>
    public static IConfigurationBuilder AddCoordination(
        this IConfigurationBuilder builder, string connectionString, string root, Action<CoordinationConfigurationSource>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var source = new CoordinationConfigurationSource { ConnectionString = connectionString, Root = root };
        configure?.Invoke(source);
        return builder.Add(source);
    }
}
