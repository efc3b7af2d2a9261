using Coordination.Client;

namespace Coordination.Recipes;

/// <summary>The client of a configuration source.</summary>
internal static class ConfigurationClient
{
    /// <summary>Makes it.</summary>
    /// <param name="source">Whose.</param>
    /// <returns>A client that connects by itself.</returns>
    public static ICoordinationClient Create(CoordinationConfigurationSource source) => CoordinationClient.Create(source.ConnectionString, options =>
    {
        options.ConnectTimeout = source.ConnectTimeout;
        foreach (CoordinationCredential credential in source.Credentials)
            options.Credentials.Add(credential);
    });
}
