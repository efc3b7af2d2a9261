using Coordination.Server.Replication;

namespace Coordination.Server.Hosting;

/// <summary>The only clock of the server: monotonic and wall-clock milliseconds for the turns.</summary>
/// <param name="time">Where time comes from; tests put in their own.</param>
internal sealed class MonotonicClock(TimeProvider time)
{
    private readonly long _ticksPerMillisecond = Math.Max(1, time.TimestampFrequency / 1000);

    /// <summary>Where time comes from.</summary>
    public TimeProvider Provider => time;

    /// <summary>Milliseconds that never go back.</summary>
    public long Milliseconds => time.GetTimestamp() / _ticksPerMillisecond;

    /// <summary>The time of a turn.</summary>
    public ReplicaTime Now => new(Milliseconds, time.GetUtcNow().ToUnixTimeMilliseconds());
}
