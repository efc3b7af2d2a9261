using System.Diagnostics.Metrics;
using Coordination.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;

namespace Coordination.Client;

/// <summary>What a client can be given beside its options.</summary>
public sealed class CoordinationClientServices
{
    /// <summary>Where the client logs; null for nowhere.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Makes the client's meter; null for one of its own.</summary>
    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>
    /// Replaces the pipeline that decides how soon to try again after all servers were tried in vain. Its callbacks run on the client's
    /// own thread and must not block.
    /// </summary>
    public Action<ResiliencePipelineBuilder>? ConfigureRetry { get; init; }

    /// <summary>The server of this process, for a client without a connection string.</summary>
    public ICoordinationEndpoint? Endpoint { get; init; }

    /// <summary>The clock; null for the machine's.</summary>
    internal IClientClock? Clock { get; init; }
}

/// <summary>
/// The client. It connects at the first use and reconnects by itself until it is disposed.
/// </summary>
public sealed partial class CoordinationClient : ICoordinationClient
{
    private readonly CoordinationOptions _options;
    private readonly ICoordinationEndpoint? _endpoint;
    private readonly ILogger _log;
    private readonly ClientMetrics _metrics;
    private readonly SessionLoop _loop;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private volatile Room? _room;
    private Task<Room>? _opening;
    private int _disposed;

    /// <summary>Makes a client; it does not connect yet.</summary>
    /// <param name="options">Settings; copied.</param>
    /// <param name="services">Logger and so on; null for none.</param>
    /// <exception cref="FormatException">The connection string is none.</exception>
    /// <exception cref="ArgumentException">A setting is out of range, or there is neither a connection string nor an endpoint.</exception>
    public CoordinationClient(CoordinationOptions options, CoordinationClientServices? services = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Clone();
        if (CoordinationOptionsRules.FirstViolation(_options) is { } violation)
            throw new ArgumentException(violation, nameof(options));

        _endpoint = _options.ConnectionString.Length == 0 ? services?.Endpoint : null;
        if (_options.ConnectionString.Length == 0 && _endpoint is null)
            throw new ArgumentException("There is neither a connection string nor a server in this process.", nameof(options));

        _log = services?.Logger ?? NullLogger.Instance;
        _metrics = new(services?.MeterFactory);
        _loop = new(_options, services?.Clock ?? SuspendAwareClock.Instance, services?.ConfigureRetry, _log, _metrics);
    }

    /// <inheritdoc/>
    public SessionInfo Session => _loop.Publisher.Session;

    /// <inheritdoc/>
    public IObservable<SessionChange> SessionChanges => _loop.Publisher.Changes;

    /// <summary>Guaranteed deletes that go on in the background.</summary>
    public int PendingGuaranteedDeletes => _metrics.PendingDeletes;

    /// <summary>The state of the session.</summary>
    internal SessionState State => _loop.Publisher.State;

    /// <summary>What was tried last, for the health check.</summary>
    internal string Attempts => _loop.Failures.Describe();

    /// <summary>Makes a client for a connection string; it does not connect yet.</summary>
    /// <param name="connectionString">Servers and chroot.</param>
    /// <param name="configure">Changes the other settings.</param>
    /// <returns>The client.</returns>
    public static CoordinationClient Create(string connectionString, Action<CoordinationOptions>? configure = null)
    {
        var options = new CoordinationOptions { ConnectionString = connectionString };
        configure?.Invoke(options);
        return new(options);
    }

    /// <inheritdoc/>
    public async ValueTask<SessionInfo> ConnectAsync(CancellationToken cancellationToken = default)
    {
        await LeaveContext.Now();
        await OpenAsync(cancellationToken);
        try
        {
            return await _loop.Publisher.WhenConnected.WaitAsync(_options.ConnectTimeout, cancellationToken);
        }
        catch (TimeoutException e)
        {
            throw new ConnectionUnavailableException($"No connection within {_options.ConnectTimeout}. {_loop.Failures.Describe()}", null, e);
        }
    }

    /// <inheritdoc/>
    public IDisposable HoldSession() => new SessionHold(_loop);

    /// <summary>Ends the session in order and waits for that, at most two seconds.</summary>
    /// <returns>A task.</returns>
    public async ValueTask DisposeAsync()
    {
        await LeaveContext.Now();
        Dispose();
        await _loop.Ended;
    }

    /// <summary>Begins to end the session in order and returns at once.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        _closing.Cancel();
        _room?.Engine.Close(null);
        _loop.BeginClose();
        _metrics.Dispose();
    }

    /// <summary>The operations, once it is known where to connect.</summary>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>The operations.</returns>
    internal async ValueTask<ZnodeOperations> OperationsAsync(CancellationToken cancellationToken) =>
        (await OpenAsync(cancellationToken)).Operations;

    private ValueTask<Room> OpenAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (_room is { } room)
            return new(room);

        Task<Room> opening;
        lock (_gate)
        {
            opening = _opening ??= OpenAsync();
            if (opening.IsFaulted)
                _opening = null;
        }

        return new(opening.WaitAsync(cancellationToken));
    }

    private async Task<Room> OpenAsync()
    {
        string connectionString = _options.ConnectionString;
        if (_endpoint is not null)
        {
            try
            {
                await _endpoint.Ready;
            }
            catch (Exception e)
            {
                _log.EndpointFailed(e);
                throw;
            }

            connectionString = _endpoint.ConnectionString;
        }

        ServerList servers = ServerList.Parse(connectionString, Random.Shared);
        var operations = new ZnodeOperations(_loop, new(servers.Chroot), _metrics);
        var parents = new ParentCreator(operations);
        var deletes = new GuaranteedDeletes(operations, _metrics, _log, _closing.Token);
        var reads = new WatchedReads(operations);
        _endpoint?.Attach(this);
        _loop.Start(servers);
        _room = new(operations, parents, deletes, new(operations, parents, deletes), reads, new(reads, _log));
        return _room;
    }

    /// <summary>Everything that needs to know the servers first.</summary>
    private sealed record Room(
        ZnodeOperations Operations,
        ParentCreator Parents,
        GuaranteedDeletes Deletes,
        ProtectedCreate Protected,
        WatchedReads Reads,
        WatchEngine Engine);

    private sealed class SessionHold : IDisposable
    {
        private SessionLoop? _loop;

        public SessionHold(SessionLoop loop)
        {
            _loop = loop;
            loop.ChangeHolds(1);
        }

        public void Dispose() => Interlocked.Exchange(ref _loop, null)?.ChangeHolds(-1);
    }
}
