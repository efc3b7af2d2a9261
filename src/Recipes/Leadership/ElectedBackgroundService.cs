using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Coordination.Recipes;

/// <summary>
/// A hosted service whose body runs on one instance at a time: the elected one. An exception of the body is logged and ends the term,
/// never the loop and never the host. When the host stops, the body is cancelled, awaited, and the term resigned, before any service
/// registered earlier (the client among them) stops. Register it with <c>AddElectedService&lt;T&gt;(path)</c>.
/// </summary>
public abstract class ElectedBackgroundService : IHostedLifecycleService, IAsyncDisposable, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private ILeaderLatch? _latch;
    private ILogger? _logger;
    private TimeProvider _time = TimeProvider.System;
    private TimeSpan _restartDelay;
    private Task _loop = Task.CompletedTask;

    /// <summary>The latch this service takes part with, for example to follow <see cref="ILeaderLatch.Changes"/>.</summary>
    /// <exception cref="InvalidOperationException">The service was not registered with <c>AddElectedService</c>.</exception>
    public ILeaderLatch Latch => _latch
        ?? throw new InvalidOperationException($"Register {GetType().Name} with AddElectedService<{GetType().Name}>(path).");

    /// <summary>The work of the leader.</summary>
    /// <param name="term">The term. Guard writes with it, or hand its fencing token to the guarded resource.</param>
    /// <param name="stoppingToken">Fires when the term is lost or the host stops.</param>
    /// <returns>A task. When it ends, the term is resigned, and the service takes part again after the restart delay.</returns>
    protected abstract Task ExecuteAsync(LeaderTerm term, CancellationToken stoppingToken);

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = Latch;
        _loop = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => StopLoopAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => StopLoopAsync(cancellationToken);

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CallerContext.Leave();
        await _stop.CancelAsync();
        if (_latch is not null)
            await _latch.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>For a container that is disposed synchronously: resigns in the background and returns at once.</summary>
    public void Dispose()
    {
        _ = Task.Run(async () => await DisposeAsync());
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the service what it takes part with.</summary>
    /// <param name="latch">Its own latch.</param>
    /// <param name="logger">The log.</param>
    /// <param name="time">The clock of delays.</param>
    /// <param name="restartDelay">See <see cref="ElectedServiceOptions.RestartDelay"/>.</param>
    internal void Attach(ILeaderLatch latch, ILogger logger, TimeProvider time, TimeSpan restartDelay)
    {
        _latch = latch;
        _logger = logger;
        _time = time;
        _restartDelay = restartDelay;
    }

    private async Task StopLoopAsync(CancellationToken cancellationToken)
    {
        await CallerContext.Leave();
        await _stop.CancelAsync();
        try
        {
            await _loop.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _logger?.ElectedServiceLate(GetType().Name);
        }

        if (_latch is not null)
            await _latch.DisposeAsync();
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (LeaderTerm term in Latch.TermsAsync(_stop.Token))
            {
                await RunTermAsync(term);
                await term.DisposeAsync();
                await Task.Delay(_restartDelay, _time, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The host stops.
        }
        catch (Exception e)
        {
            _logger!.ElectedServiceThrew(GetType().Name, Timeout.InfiniteTimeSpan, e);
        }
    }

    private async Task RunTermAsync(LeaderTerm term)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, term.HandleLostToken);
        try
        {
            await ExecuteAsync(term, ends.Token);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The term or the host ended: what the body was asked for.
        }
        catch (Exception e)
        {
            _logger!.ElectedServiceThrew(GetType().Name, _restartDelay, e);
        }
    }
}
