using Coordination.Server.Hosting.Ensemble;
using Coordination.Server.Hosting.Words;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting;

/// <summary>Everything a <see cref="ReplicaLoop"/> is run with.</summary>
internal sealed record ReplicaLoopParts
{
    /// <summary>The disk.</summary>
    public required StorageEngine Storage { get; init; }

    /// <summary>Time.</summary>
    public required MonotonicClock Clock { get; init; }

    /// <summary>Messages.</summary>
    public required ServerLog Log { get; init; }

    /// <summary>Instruments.</summary>
    public required ServerMetrics Metrics { get; init; }

    /// <summary>The answers to four-letter words.</summary>
    public required FourLetterWords Words { get; init; }

    /// <summary>What connections may take.</summary>
    public TrafficLimits Limits { get; init; } = new();

    /// <summary>Numbers from 0 to below 1, by which the throttle turns sessions away.</summary>
    public required Func<double> Chance { get; init; }

    /// <summary>Who runs the turns.</summary>
    public required ITurnRunner Runner { get; init; }

    /// <summary>Who helps the owner with reads and with many outputs; null for nobody. Only with the polling transport.</summary>
    public Crew? Crew { get; init; }

    /// <summary>Where the log is synced.</summary>
    public SyncStrategy Sync { get; init; }

    /// <summary>A sync at least this slow is worth a message.</summary>
    public TimeSpan SlowSync { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How much of the disk is kept free.</summary>
    public required DiskReserve Reserve { get; init; }

    /// <summary>How often the room on the disk is looked at.</summary>
    public TimeSpan ReserveCheckInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether superfluous files are deleted after each snapshot, and where there is no room for one.</summary>
    public bool Purge { get; init; }

    /// <summary>The seams to the other servers of an ensemble; null if the server is alone.</summary>
    public MemberSeams? Member { get; init; }
}
