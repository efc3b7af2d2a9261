using Coordination.Server.Consensus;

namespace Coordination.Server.Replication;

/// <summary>A server's place in an ensemble.</summary>
/// <param name="Options">How it takes part.</param>
/// <param name="Start">What it starts from; its history ends where the recovered state does.</param>
internal sealed record EnsembleSeat(ZabOptions Options, ZabStart Start)
{
    /// <summary>
    /// How long clients stay connected, their requests held back, while there is no leader: a change of leader is shorter. A leader that has
    /// lost its quorum may not keep them longer than <c>syncLimit</c> ticks either, and it takes one of them to give up.
    /// </summary>
    public long HoldMilliseconds => Math.Max(Options.Tick, Options.SyncMilliseconds - Options.Tick);
}
