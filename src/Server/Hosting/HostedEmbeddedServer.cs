using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Coordination.Protocol;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Coordination.Server.Hosting;

/// <summary>
/// The embedded server of a host, and the endpoint that clients of the same host find it by. It ends their sessions before it stops:
/// whichever was registered first, a client whose server is gone can only complain, and its session would outlive it on the disk.
/// </summary>
internal sealed class HostedEmbeddedServer(
    IOptions<EmbeddedServerOptions> options, ILoggerFactory loggers, IHostApplicationLifetime lifetime, IMeterFactory? meters = null)
    : IHostedLifecycleService, ICoordinationEndpoint, IAsyncDisposable, IDisposable
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConditionalWeakTable<IAsyncDisposable, object> _clients = [];
    private EmbeddedServer? _server;

    /// <summary>The running server; null before the start.</summary>
    public EmbeddedServer? Server => _server;

    /// <inheritdoc/>
    public Task Ready => _ready.Task;

    /// <inheritdoc/>
    public string ConnectionString => _server?.ConnectionString ?? throw new InvalidOperationException("The embedded server is not ready yet.");

    /// <inheritdoc/>
    public void Attach(IAsyncDisposable client) => _clients.AddOrUpdate(client, this);

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
        if (_server is null)
            return;
        await CloseClientsAsync(cancellationToken).ConfigureAwait(false);
        await _server.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is null)
            return;
        await CloseClientsAsync(CancellationToken.None).ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>For a container that is disposed synchronously: begins to stop, on no thread of the caller.</summary>
    public void Dispose() => _ = Task.Run(async () => await DisposeAsync());

    private async Task StopHostWhenFaultedAsync(EmbeddedServer server)
    {
        await server.Faulted;
        lifetime.StopApplication();
    }

    // What the hosted services release while they stop is released by now: this is the phase after.
    private async Task CloseClientsAsync(CancellationToken cancellationToken)
    {
        Task closed = Task.WhenAll(_clients.Select(static client => CloseAsync(client.Key)));
        await closed.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task CloseAsync(IAsyncDisposable client) => await client.DisposeAsync().ConfigureAwait(false);
}
