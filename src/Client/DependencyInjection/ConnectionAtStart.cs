using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Coordination.Client;

/// <summary>
/// Holds up the start of the application until the first connection stands, if it was asked to. A server of this same process starts only
/// after the first phase, so a client of that server is waited for in the last.
/// </summary>
/// <param name="services">The container.</param>
/// <param name="optionsName">The client's options.</param>
/// <param name="key">The client's key.</param>
internal sealed class ConnectionAtStart(IServiceProvider services, string optionsName, object? key) : IHostedLifecycleService
{
    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => WaitAsync(inProcess: false, cancellationToken);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => WaitAsync(inProcess: true, cancellationToken);

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WaitAsync(bool inProcess, CancellationToken cancellationToken)
    {
        CoordinationOptions options = services.GetRequiredService<IOptionsMonitor<CoordinationOptions>>().Get(optionsName);
        if (options.WaitForConnectionAtStart && inProcess == (options.ConnectionString.Length == 0))
            await CoordinationBuilder.ClientOf(services, key).ConnectAsync(cancellationToken);
    }
}
