using Coordination.Server.Operations;
using Coordination.Server.Sessions;
using Coordination.Server.Watches;

namespace Coordination.Server.Replication;

/// <summary>What the replica needs to know; Hosting has validated it.</summary>
internal sealed record ReplicaOptions
{
    /// <summary>The unit of session deadlines, in milliseconds.</summary>
    public int TickMilliseconds { get; init; } = 3000;

    /// <summary>The shortest session timeout; -1 stands for two ticks.</summary>
    public int MinSessionTimeoutMilliseconds { get; init; } = -1;

    /// <summary>The longest session timeout; -1 stands for twenty ticks.</summary>
    public int MaxSessionTimeoutMilliseconds { get; init; } = -1;

    /// <summary>The top byte of session ids; 1 for a standalone server.</summary>
    public byte ServerId { get; init; } = 1;

    /// <summary>A clock that is further on at every start, in milliseconds: where session ids begin.</summary>
    public long SessionIdSeedMilliseconds { get; init; }

    /// <summary>How often empty containers are looked for, in milliseconds; 0 for never.</summary>
    public int ContainerCheckIntervalMilliseconds { get; init; } = 60_000;

    /// <summary>How many containers are deleted in a minute at most.</summary>
    public int ContainerMaxPerMinute { get; init; } = 10_000;

    /// <summary>How long a container may stay that never had a child, in milliseconds; 0 for ever.</summary>
    public long ContainerMaxNeverUsedMilliseconds { get; init; }

    /// <summary>How writes are judged.</summary>
    public WriteRules Rules { get; init; } = new();

    /// <summary>Whether transactions carry the digest of the tree.</summary>
    public bool WriteDigests { get; init; } = true;

    /// <summary>The longest string or buffer inside a request, in bytes.</summary>
    public int MaxBufferBytes { get; init; } = 2 * 0xfffff;

    /// <summary>
    /// Bytes that one connection may have to take, the reply that is being written included; a read whose reply would go beyond is refused.
    /// Small replies and events are not counted, so this must stay well below what one buffer can hold.
    /// </summary>
    public long MaxOutputBytes { get; init; } = 1 << 30;

    /// <summary>Bytes that the paths of one session's ephemerals may take in the transaction that ends it.</summary>
    public long MaxEphemeralBytes { get; init; } = 0xfffff;

    /// <summary>How many watches there may be.</summary>
    public WatchLimits Watches { get; init; } = new(PerWatcher: 100_000, Total: 10_000_000);

    /// <summary>Who may be whom.</summary>
    public AccessRules Access { get; init; } = AccessRules.Default;

    /// <summary>
    /// Whether a digest that is not that of the tree stops the server. Only where all members are ours: Apache's own digests are known to be
    /// wrong at times.
    /// </summary>
    public bool StopOnDigestMismatch { get; init; }

    /// <summary>How clients prove that a session is theirs.</summary>
    public SessionPasswords Passwords { get; init; } = SessionPasswords.AsApache;

    /// <summary>The shortest session timeout in force.</summary>
    public int EffectiveMinSessionTimeout => MinSessionTimeoutMilliseconds < 0 ? 2 * TickMilliseconds : MinSessionTimeoutMilliseconds;

    /// <summary>The longest session timeout in force.</summary>
    public int EffectiveMaxSessionTimeout => MaxSessionTimeoutMilliseconds < 0 ? 20 * TickMilliseconds : MaxSessionTimeoutMilliseconds;
}
