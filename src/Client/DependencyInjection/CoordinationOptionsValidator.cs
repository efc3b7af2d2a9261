using Microsoft.Extensions.Options;

namespace Coordination.Client;

/// <summary>Refuses options at the start of the application rather than at their first use.</summary>
/// <param name="optionsName">The client's options.</param>
/// <param name="services">To see whether this process has a server.</param>
/// <param name="key">The client's key.</param>
internal sealed class CoordinationOptionsValidator(string optionsName, IServiceProvider services, object? key)
    : IValidateOptions<CoordinationOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, CoordinationOptions options)
    {
        if (name != optionsName)
            return ValidateOptionsResult.Skip;

        List<string> violations = [.. CoordinationOptionsRules.Violations(options)];
        if (options.ConnectionString.Length == 0 && CoordinationBuilder.EndpointOf(services, key) is null)
            violations.Add($"{nameof(options.ConnectionString)} is empty, and no server is registered in this process.");
        return violations.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(violations);
    }
}
