using Coordination.Recipes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>What live configuration needs from the container.</summary>
public static class CoordinationOptionsExtensions
{
    /// <summary>
    /// Makes the options object the unit of consistency: whatever <c>IOptionsMonitor</c>, <c>IOptionsSnapshot</c> and <c>IOptions</c> give
    /// holds values of one snapshot of the znodes. Also hands the log lines of the configuration source to the application's log at start.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddCoordinationLiveOptions(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions();
        services.TryAddSingleton(static s => new ConfigurationProviders(s.GetService<IConfiguration>()));
        services.Replace(ServiceDescriptor.Transient(typeof(IOptionsFactory<>), typeof(ConsistentOptionsFactory<>)));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ConfigurationLogHandover>());
        return services;
    }

    /// <summary>Hands over the kept log lines when the host starts.</summary>
    /// <param name="providers">The providers.</param>
    /// <param name="services">The container.</param>
    private sealed class ConfigurationLogHandover(ConfigurationProviders providers, IServiceProvider services) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            ILogger logger = (services.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance).CreateLogger("Coordination.Recipes");
            foreach (CoordinationConfigurationProvider provider in providers.Ours)
                provider.Log.Attach(logger);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
