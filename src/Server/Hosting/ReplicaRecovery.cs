using System.Diagnostics;
using Coordination.Server.Operations;
using Coordination.Server.Replication;
using Coordination.Server.Sessions;
using Coordination.Server.Storage;
using Coordination.Server.Watches;

namespace Coordination.Server.Hosting;

/// <summary>Builds a replica from what is on disk.</summary>
internal static class ReplicaRecovery
{
    /// <summary>Reads the newest snapshot, replays the log behind it, and gives a new directory its first snapshot.</summary>
    /// <exception cref="StorageException">The directory holds something that cannot be trusted.</exception>
    public static Replica Run(StorageEngine storage, CoordinationServerOptions options, MonotonicClock clock, ServerLog log, ServerMetrics metrics)
    {
        StorageRecovery found = storage.Recovery;
        foreach (string note in found.Notes)
            log.Recovered(note);

        long start = Stopwatch.GetTimestamp();
        RecoveredState state = StateRebuild.Run(found, out TimeSpan snapshotLoad);
        metrics.Recovery = new RecoveryFigures(
            snapshotLoad, Stopwatch.GetElapsedTime(start) - snapshotLoad, state.Replayed, state.DigestMismatches);
        if (!state.LastDigestMatched)
            log.Recovered("the digest of the last transaction is not that of the tree; the data may have been written by a server with other rules");

        ReplicaOptions settings = OptionsOf(options, clock);
        Replica replica = new(settings with { Passwords = EnsembleSecret.Open(options, () => FirstSession(settings, state)) }, state);
        if (found.Snapshot is null)
        {
            long begun = Stopwatch.GetTimestamp();
            SnapshotPipeline.WriteFirst(replica, storage);
            metrics.SnapshotWritten(Stopwatch.GetElapsedTime(begun));
        }

        return replica;
    }

    /// <summary>Loads the snapshot and replays the log behind it.</summary>
    /// <exception cref="StorageException">What the checksums vouch for is no tree, or no transaction.</exception>
    public static RecoveredState Rebuild(StorageRecovery found) => StateRebuild.Run(found, out _);

    private static long FirstSession(ReplicaOptions settings, RecoveredState state)
    {
        SessionIds ids = new(settings.ServerId, settings.SessionIdSeedMilliseconds);
        foreach (Session session in state.Sessions.Ordered())
            ids.SkipPast(session.Id);
        return ids.Next();
    }

    private static ReplicaOptions OptionsOf(CoordinationServerOptions options, MonotonicClock clock) => new()
    {
        TickMilliseconds = (int)options.TickTime.TotalMilliseconds,
        MinSessionTimeoutMilliseconds = (int)options.EffectiveMinSessionTimeout.TotalMilliseconds,
        MaxSessionTimeoutMilliseconds = (int)options.EffectiveMaxSessionTimeout.TotalMilliseconds,
        ContainerCheckIntervalMilliseconds = (int)options.ContainerCheckInterval.TotalMilliseconds,
        ContainerMaxPerMinute = options.ContainersPerMinute,
        ContainerMaxNeverUsedMilliseconds = (long)options.ContainerMaxNeverUsed.TotalMilliseconds,
        Rules = new WriteRules
        {
            ExtendedTypes = options.ExtendedTypes,
            EnforceQuota = options.EnforceQuota,
            ReconfigEnabled = options.ReconfigEnabled,
        },
        WriteDigests = options.WriteDigests,
        MaxBufferBytes = (int)Math.Min(int.MaxValue, 2L * options.MaxRequestSize),

        MaxEphemeralBytes = options.MaxEphemeralBytes ?? options.MaxRequestSize,
        Watches = new WatchLimits(NoneIfZero(options.MaxWatchesPerSession), NoneIfZero(options.MaxWatches)),
        Access = options.Security.ToRules(options.Tls.IsOn),

        // The wall clock, unlike the monotonic one, is further on after the machine was started anew.
        SessionIdSeedMilliseconds = clock.Now.WallMilliseconds,
    };

    private static int NoneIfZero(int limit) => limit == 0 ? int.MaxValue : limit;
}
