using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Coordination.Server.Hosting;

/// <summary>
/// Runs a server for as long as its host runs: up before any hosted service starts, down after all have stopped. A replica that has
/// failed asks the host to stop.
/// </summary>
internal sealed class HostedCoordinationServer(
    IOptions<CoordinationServerOptions> options, ILoggerFactory loggers, IHostApplicationLifetime lifetime, IMeterFactory? meters = null)
    : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    private ServerHost? _server;

    /// <summary>The running server; null before the start.</summary>
    public ServerHost? Server => _server;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        ServerSurroundings surroundings = new() { Loggers = loggers, Meters = meters };
        _server = await ServerHost.StartAsync(options.Value, surroundings, cancellationToken);
        _ = StopHostWhenFaultedAsync(_server);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>For a container that is disposed synchronously: begins to stop, on no thread of the caller.</summary>
    public void Dispose() => _ = Task.Run(async () => await DisposeAsync());

    private async Task StopHostWhenFaultedAsync(ServerHost server)
    {
        await server.Faulted;
        lifetime.StopApplication();
    }
}
