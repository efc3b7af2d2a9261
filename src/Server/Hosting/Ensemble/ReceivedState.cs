using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Server.Storage;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>A tree that is in memory only, on its way to the disk. Nobody else may use it meanwhile.</summary>
internal sealed class ReceivedState(RecoveredState state) : IReceivedSnapshot
{
    private const int SliceBytes = 256 << 10;

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<byte> entry) => state.Replay(entry);

    /// <inheritdoc/>
    public void WriteTo(SnapshotFileWriter file)
    {
        if (file.Last != state.LastZxid)
            throw new InvalidOperationException($"The state after {state.LastZxid} cannot be the snapshot of {file.Last}.");

        TreeSnapshot snapshot = state.Tree.BeginSnapshot(
            state.LastZxid,
            Array.ConvertAll(state.Sessions.Ordered(), static session => new PersistedSession(session.Id, session.TimeoutMilliseconds)));
        using FrameBuffer buffer = new();
        bool more;
        do
        {
            buffer.Clear();
            more = snapshot.WriteSlice(buffer, SliceBytes);
            file.Append(buffer.WrittenSpan);
        }
        while (more);
        file.Complete(snapshot.Zxid, (long)snapshot.Digest);
    }
}
