using System.Net;
using Coordination.Server.Operations;
using Coordination.Server.Replication;
using Coordination.Server.Storage;
using Coordination.Server.Tree;
using Coordination.Server.Watches;

namespace Coordination.Server.Hosting;

/// <summary>Where the four-letter words look things up. Used in turns.</summary>
internal sealed class ServerFacts(
    Replica replica, StorageEngine storage, CoordinationServerOptions options, ServerMetrics metrics, MonotonicClock clock, TraceMask mask)
{
    private readonly long _startedAt = clock.Milliseconds;

    /// <summary>The settings in force.</summary>
    public CoordinationServerOptions Options => options;

    /// <summary>The instruments.</summary>
    public ServerMetrics Metrics => metrics;

    /// <summary>The figures of the replica.</summary>
    public ReplicaStatistics Statistics => replica.Statistics;

    /// <summary>Digests of the tree at some transactions.</summary>
    public DigestHistory Digests => replica.Digests;

    /// <summary>What is traced.</summary>
    public TraceMask TraceMask => mask;

    /// <summary>Committed state.</summary>
    public CommittedState State => replica.State;

    /// <summary>The watches.</summary>
    public WatchTable Watches => replica.State.Watches!;

    /// <summary>Connections with at least one watch on data.</summary>
    public int WatchingConnections => Links.Count(static link => link.DataWatches.Count > 0);

    /// <summary>Connections that have sent a handshake.</summary>
    public IReadOnlyCollection<ClientLink> Links => replica.Links;

    /// <summary>The last transaction applied.</summary>
    public long LastZxid => replica.LastProcessed.Value;

    /// <summary>Where the server listens for plain text; null before it does, and without such a port.</summary>
    public IPEndPoint? Endpoint { get; set; }

    /// <summary>Where it listens for TLS; null before it does, and without such a port.</summary>
    public IPEndPoint? SecureEndpoint { get; set; }

    /// <summary>Since the start.</summary>
    public long UptimeMilliseconds => clock.Milliseconds - _startedAt;

    /// <summary>The time of this turn.</summary>
    public ReplicaTime Now => clock.Now;

    /// <summary>
    /// Bytes in the directory of the snapshots; in one directory with the logs, of both, as Apache counts. Looks at the disk: not in turns.
    /// </summary>
    public long DataBytes => storage.SnapshotBytes() + (HasOneDirectory ? storage.LogBytes() : 0);

    /// <summary>Bytes in the directory of the logs; in one directory with the snapshots, of both. Looks at the disk: not in turns.</summary>
    public long LogBytes => storage.LogBytes() + (HasOneDirectory ? storage.SnapshotBytes() : 0);

    private bool HasOneDirectory =>
        options.DataLogDirectory is not { } logs || Path.GetFullPath(logs) == Path.GetFullPath(options.DataDirectory);
}
