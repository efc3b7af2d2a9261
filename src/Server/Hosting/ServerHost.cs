using System.Diagnostics.Metrics;
using System.Net;
using Coordination.Server.Hosting.Words;
using Coordination.Server.Network;
using Coordination.Server.Replication;
using Coordination.Server.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Coordination.Server.Hosting;

/// <summary>What a server takes from its surroundings.</summary>
internal sealed record ServerSurroundings
{
    /// <summary>Where messages go.</summary>
    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The host's meters; null for a meter of its own.</summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>Time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Numbers from 0 to below 1; a run that is to be repeated hands in its own.</summary>
    public Func<double> Chance { get; init; } = Random.Shared.NextDouble;

    /// <summary>Whether whoever read the options has validated them: to do it again costs a start its twentieth part.</summary>
    public bool OptionsAreValid { get; init; }

    /// <summary>The disk.</summary>
    public IDisk Disk { get; init; } = PhysicalDisk.Instance;
}

/// <summary>The composition root: every object of one running server is built here.</summary>
internal sealed class ServerHost : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly ServerMetrics _metrics;
    private readonly ServerLog _log;
    private readonly StorageEngine _storage;
    private readonly ReplicaLoop _loop;
    private readonly ServerListeners _listeners;
    private readonly Lock _gate = new();
    private Task? _end;

    private ServerHost(CoordinationServerOptions options, ServerSurroundings surroundings, CancellationToken cancellationToken)
    {
        options.Ensemble.RequireNone();
        StoppableDisk disk = new(surroundings.Disk, cancellationToken);
        _time = surroundings.Time;
        MonotonicClock clock = new(_time);
        _log = new ServerLog(surroundings.Loggers.CreateLogger("Coordination.Server"), clock);
        _log.Prepare();
        StorageOptions storage = StorageOptionsOf(options);
        TlsCertificates? certificates = options.Tls.IsOn ? new(options.Tls, _log, surroundings.Time) : null;
        ExpectedData.Require(disk, storage, options);
        _storage = StorageEngine.Open(disk, storage);

        // Not before: a meter that nobody disposes of stays in the process, and whoever cannot start may try again and again.
        _metrics = new ServerMetrics(surroundings.Meters);
        PollingThread? poll = null;
        Crew? crew = null;
        try
        {
            Replica replica = ReplicaRecovery.Run(_storage, options, clock, _log, _metrics);
            disk.Started();
            poll = UsesPolling(options) ? new PollingThread(clock, SpinOf(options)) : null;
            crew = poll is not null && options.Readers > 1 ? new Crew(options.Readers - 1) : null;
            ServerFacts facts = new(replica, _storage, options, _metrics, clock, _log.Mask);
            _metrics.Observe(replica, () => facts.UptimeMilliseconds);
            _loop = new ReplicaLoop(replica, new ReplicaLoopParts
            {
                Storage = _storage,
                Clock = clock,
                Log = _log,
                Metrics = _metrics,
                Words = new FourLetterWords(options.FourLetterWords, facts),
                Limits = LimitsOf(options),
                Chance = surroundings.Chance,
                Runner = poll ?? RunnerOf(options, clock),
                Crew = crew,
                Sync = options.Sync,
                SlowSync = options.SlowSyncThreshold,
                Purge = options.PurgeOldFiles,
                Reserve = new DiskReserve(surroundings.Disk, StorageOptionsOf(options), options.DiskReserve),
                ReserveCheckInterval = options.DiskReserveCheckInterval,
            });
            Facts = facts;
            _listeners = new ServerListeners(options, surroundings, certificates, _loop, poll);
        }
        catch
        {
            // The loop, once there is one, owns its thread and its helpers.
            if (_loop is not null)
            {
                _loop.Dispose();
            }
            else
            {
                poll?.Dispose();
                crew?.Dispose();
            }

            _storage.Dispose();
            _metrics.Dispose();
            throw;
        }
    }

    /// <summary>Where the server listens; for plain text, if it does.</summary>
    public IPEndPoint Endpoint => Facts.Endpoint ?? Facts.SecureEndpoint ?? throw new InvalidOperationException("The server does not listen yet.");

    /// <summary>Where the server listens for TLS; null if it does not.</summary>
    public IPEndPoint? SecureEndpoint => Facts.SecureEndpoint;

    /// <summary>Completes, with the reason, when the server has failed and acknowledges nothing any more.</summary>
    public Task<Exception> Faulted => _loop.Faulted;

    private ServerFacts Facts { get; }

    /// <summary>Recovers what is on disk, then listens.</summary>
    /// <exception cref="ServerConfigurationException">The options cannot work.</exception>
    /// <exception cref="StorageException">The data directory cannot be used.</exception>
    /// <exception cref="OperationCanceledException">The start was given up; nothing is held any more.</exception>
    public static async Task<ServerHost> StartAsync(
        CoordinationServerOptions options, ServerSurroundings surroundings, CancellationToken cancellationToken)
    {
        if (!surroundings.OptionsAreValid)
            options.Validate();

        // Recovery reads and computes for as long as the data is large: not on a thread that others wait for.
        ServerHost host = await Task.Run(() => new ServerHost(options, surroundings, cancellationToken), cancellationToken);
        try
        {
            await host.ListenAsync(options, cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs something between inputs, where the replica may be touched.</summary>
    public Task<T> CallAsync<T>(Func<Replica, ClientTraffic, T> call) => _loop.CallAsync(call);

    /// <summary>Answers and saves what was received, ends all connections, and lets go of the directory.</summary>
    /// <remarks>Whoever asks again, or after a kill, waits for the end that is under way.</remarks>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            return _end ??= Task.Run(() => StopOnceAsync(cancellationToken), CancellationToken.None);
    }

    private async Task StopOnceAsync(CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        await _loop.StopAsync(cancellationToken);
        try
        {
            await _listeners.StopAsync(TimeSpan.FromSeconds(1));
        }
        finally
        {
            // The directory must be free for the next server, whatever the listeners have to say.
            _loop.Dispose();
            if (Faulted.IsCompleted)
                _storage.Dispose();
            else
                _storage.Close();
            _metrics.Dispose();
        }

        _log.Stopped(_time.GetElapsedTime(start));
    }

    /// <summary>Stops as a killed process would: nothing is answered, nothing is written any more.</summary>
    public Task KillAsync()
    {
        lock (_gate)
            return _end ??= Task.Run(KillOnceAsync);
    }

    private async Task KillOnceAsync()
    {
        _loop.Kill();
        await Faulted;
        try
        {
            await _listeners.StopAsync(TimeSpan.Zero);
        }
        finally
        {
            _loop.Dispose();
            _storage.Dispose();
            _metrics.Dispose();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None).ConfigureAwait(false);

    // On one core, whoever looks keeps away whom he looks for.
    private static TimeSpan SpinOf(CoordinationServerOptions options) => Environment.ProcessorCount > 1 ? options.Spin : TimeSpan.Zero;

    private static bool UsesPolling(CoordinationServerOptions options) =>
        options.Transport == TransportKind.Polling && OperatingSystem.IsLinux();

    private static ITurnRunner RunnerOf(CoordinationServerOptions options, MonotonicClock clock) =>
        options.Loop == LoopStrategy.Owner ? new OwnerThreadRunner(clock) : new PostingThreadRunner(clock);

    private static StorageOptions StorageOptionsOf(CoordinationServerOptions options) => new()
    {
        DataDirectory = options.DataDirectory,
        DataLogDirectory = options.DataLogDirectory,
        PreAllocSizeKiB = (int)(options.LogPreallocation >> 10),
        SnapCount = options.SnapshotEvery,
        SnapSizeLimitKiB = options.SnapshotEveryBytes >> 10,
        SnapRetainCount = options.SnapshotsToKeep,
        ForceSync = options.ForceSync,
        MaxEntryLength = (int)Math.Clamp(2L * options.MaxRequestSize, 64 << 20, Array.MaxLength - LogRecord.Overhead),
    };

    private static TrafficLimits LimitsOf(CoordinationServerOptions options) => new()
    {
        MaxFrame = options.MaxRequestSize,
        MaxOutstanding = options.RequestThrottleLimit > 0
            ? Math.Min(options.RequestThrottleLimit, options.MaxOutstandingRequests)
            : options.MaxOutstandingRequests,
        LargeRequest = options.LargeRequestThreshold,
        MaxLargeBytes = options.LargeRequestMaxBytes,
        Throttle = options.ConnectionThrottle,
        MaxBacklog = (int)Math.Min(4L * options.MaxUnreadBytes, int.MaxValue),
        PauseReadingAt = options.MaxUnreadBytes / 4,
        UnreadTime = options.MaxUnreadTime,
        MaxTotalUnread = options.MaxTotalUnreadBytes == 0 ? long.MaxValue : options.MaxTotalUnreadBytes,
        SessionlessTimeout = options.SessionlessTimeout,
    };

    private async Task ListenAsync(CoordinationServerOptions options, CancellationToken cancellationToken)
    {
        if (!options.ForceSync)
            _log.NoSync();
        foreach (string word in FourLetterWords.Unknown(options.FourLetterWords))
            _log.Configuration($"4lw.commands.whitelist: there is no word '{word}'");
        if (options.Security.SkipAccessLists)
            _log.AccessListsSkipped();
        _loop.Start();
        (Facts.Endpoint, Facts.SecureEndpoint) = await _listeners.StartAsync(cancellationToken);
        _log.Started(Endpoint, Path.GetFullPath(options.DataDirectory), $"0x{_storage.Last.Value:x}");
        if (SecureEndpoint is { } secure)
            _log.Secured(secure);
    }
}
