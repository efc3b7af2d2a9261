namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What <c>AddCoordination(...)</c> returns: the place where recipes, health checks and hooks hang on to one client.</summary>
public interface ICoordinationBuilder
{
    /// <summary>The services of the application.</summary>
    IServiceCollection Services { get; }

    /// <summary>The key the client is registered under; null for the client without a key.</summary>
    object? ServiceKey { get; }
}
