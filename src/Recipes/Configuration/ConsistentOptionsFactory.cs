using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Coordination.Recipes;

/// <summary>
/// Binds an options object again when configuration was replaced while it was bound, so that all its values are of one snapshot. Two
/// reads of plain <see cref="IConfiguration"/> have no such guarantee.
/// </summary>
/// <typeparam name="TOptions">The options.</typeparam>
internal sealed class ConsistentOptionsFactory<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TOptions>
    : IOptionsFactory<TOptions>
    where TOptions : class
{
    /// <summary>Binding takes microseconds and snapshots come at quiet periods apart: more tries than these mean something else is wrong.</summary>
    private const int Tries = 100;

    private readonly OptionsFactory<TOptions> _inner;
    private readonly CoordinationConfigurationProvider[] _providers;

    public ConsistentOptionsFactory(
        IEnumerable<IConfigureOptions<TOptions>> setups,
        IEnumerable<IPostConfigureOptions<TOptions>> postConfigures,
        IEnumerable<IValidateOptions<TOptions>> validations,
        ConfigurationProviders providers)
    {
        _inner = new(setups, postConfigures, validations);
        _providers = providers.Ours;
    }

    public TOptions Create(string name)
    {
        if (_providers.Length == 0)
            return _inner.Create(name);

        int[] before = new int[_providers.Length];
        for (int i = 1; ; i++)
        {
            for (int p = 0; p < before.Length; p++)
                before[p] = _providers[p].Generation;
            try
            {
                TOptions options = _inner.Create(name);
                if (i == Tries || IsUnchanged(before))
                    return options;
            }
            catch (OptionsValidationException) when (i < Tries && !IsUnchanged(before))
            {
                // A mixture of two snapshots may be invalid where neither of them is.
            }
        }
    }

    private bool IsUnchanged(int[] before)
    {
        for (int p = 0; p < before.Length; p++)
        {
            if (before[p] % 2 != 0 || before[p] != _providers[p].Generation)
                return false;
        }

        return true;
    }
}

/// <summary>The providers of ours in the application's configuration.</summary>
/// <param name="configuration">The configuration, if there is one.</param>
internal sealed class ConfigurationProviders(IConfiguration? configuration)
{
    public CoordinationConfigurationProvider[] Ours { get; } = [.. Find(configuration)];

    private static IEnumerable<CoordinationConfigurationProvider> Find(IConfiguration? configuration) =>
        (configuration as IConfigurationRoot)?.Providers.SelectMany(static provider => provider switch
        {
            CoordinationConfigurationProvider ours => [ours],
            ChainedConfigurationProvider chained => Find(chained.Configuration),
            _ => [],
        }) ?? [];
}
