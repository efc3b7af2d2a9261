using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Replication;
using Coordination.Server.Storage;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>A member's data directory.</summary>
/// <param name="storage">Log and snapshots.</param>
/// <param name="epochs">The epoch files.</param>
internal sealed class MemberStore(StorageEngine storage, EpochFiles epochs) : ILogStore, IMemberStore
{
    private const int SliceBytes = 64 << 10;

    /// <inheritdoc/>
    public bool IsSnapshotDue => storage.IsSnapshotDue;

    /// <inheritdoc/>
    public void AppendAndFlush(LogBatch batch)
    {
        epochs.Announce(batch.Entries[^1].Zxid.Epoch);
        storage.AppendAndFlush(batch);
    }

    /// <inheritdoc/>
    public void Roll() => storage.Roll();

    /// <inheritdoc/>
    public void SaveEpochs(int accepted, int current) => epochs.Save(accepted, current);

    /// <inheritdoc/>
    public bool TryTruncate(Zxid last, bool mustRebuild, out RecoveredState? rebuilt)
    {
        rebuilt = null;
        if (storage.Truncate(last) is not { } found)
            return false;

        if (mustRebuild)
            rebuilt = StateRebuild.Run(found, out _);
        return true;
    }

    /// <inheritdoc/>
    public void Install(RecoveredState state)
    {
        epochs.Announce(state.LastZxid.Epoch);
        storage.Install(state.LastZxid, new ReceivedState(state));
    }

    /// <inheritdoc/>
    public Zxid? Locate(Zxid after, Zxid upTo) => storage.LocateHistory(after, upTo);

    /// <inheritdoc/>
    public void ReadHistory(Zxid after, Zxid upTo, HistoryVisitor visit)
    {
        using HistoryReader reader = storage.OpenHistory(after, upTo);
        LogBatch batch = new();
        bool more;
        do
        {
            batch.Clear();
            more = reader.Read(batch, SliceBytes);
            for (int i = 0; i < batch.Entries.Count; i++)
            {
                if (!visit(batch.Entries[i].Zxid, batch[i]))
                    return;
            }
        }
        while (more);
        batch.Bytes.Dispose();
    }

    /// <summary>A state that nobody serves yet, so that its snapshot can be written in one piece.</summary>
    private sealed class ReceivedState(RecoveredState state) : IReceivedSnapshot
    {
        public void Apply(ReadOnlySpan<byte> entry) => state.Replay(entry);

        public void WriteTo(SnapshotFileWriter file)
        {
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
}
