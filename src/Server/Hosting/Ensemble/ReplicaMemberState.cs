using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>The state of a replica, and the snapshots that are written of it.</summary>
/// <param name="replica">The replica.</param>
/// <param name="snapshots">Writes the snapshots that stay here.</param>
internal sealed class ReplicaMemberState(Replica replica, SnapshotPipeline snapshots) : IMemberState
{
    /// <inheritdoc/>
    public Zxid LastProcessed => replica.LastProcessed;

    /// <inheritdoc/>
    public TreeSnapshot? TryBeginSnapshot() => replica.State.Tree.HasSnapshot ? null : replica.BeginSnapshot();

    /// <inheritdoc/>
    public void BarSnapshots() => snapshots.Bar();

    /// <inheritdoc/>
    public void AllowSnapshots() => snapshots.Allow();

    /// <inheritdoc/>
    public void Replace(RecoveredState state) => replica.ReplaceState(state);
}
