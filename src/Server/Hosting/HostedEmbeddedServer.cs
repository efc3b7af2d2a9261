using System.Diagnostics.Metrics;
using Coordination.Protocol;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Coordination.Server.Hosting;

/// <summary>The embedded server of a host, and the endpoint that clients of the same host find it by.</summary>
internal sealed class HostedEmbeddedServer(
    IOptions<EmbeddedServerOptions> options, ILoggerFactory loggers, IHostApplicationLifetime lifetime, IMeterFactory? meters = null)
    : IHostedLifecycleService, ICoordinationEndpoint, IAsyncDisposable, IDisposable
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EmbeddedServer? _server;

    /// <summary>The running server; null before the start.</summary>
    public EmbeddedServer? Server => _server;

    /// <inheritdoc/>
    public Task Ready => _ready.Task;

    /// <inheritdoc/>
    public string ConnectionString => _server?.ConnectionString ?? throw new InvalidOperationException("The embedded server is not ready yet.");

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            ServerSurroundings surroundings = new() { Loggers = options.Value.LoggerFactory ?? loggers, Meters = meters };
            _server = await EmbeddedServer.StartAsync(options.Value, surroundings, cancellationToken);
            _ready.TrySetResult();
        }
        catch (Exception e)
        {
            _ready.TrySetException(e);
            throw;
        }

        _ = StopHostWhenFaultedAsync(_server);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_server is not null)
            await _server.StopAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    /// <summary>For a container that is disposed synchronously: begins to stop, on no thread of the caller.</summary>
    public void Dispose() => _ = Task.Run(async () => await DisposeAsync());

    private async Task StopHostWhenFaultedAsync(EmbeddedServer server)
    {
        await server.Faulted;
        lifetime.StopApplication();
    }
}
