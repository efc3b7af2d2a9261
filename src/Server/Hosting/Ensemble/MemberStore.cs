using System.Diagnostics;
using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Replication;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>The disk of a member: log, snapshots and epochs.</summary>
internal sealed class MemberStore : IMemberStore, ILogStore, IDisposable
{
    private const int SliceBytes = 64 << 10;

    /// <param name="engine">Log and snapshots.</param>
    /// <param name="epochs">The epoch files.</param>
    /// <param name="notes">What the start repaired or removed.</param>
    public MemberStore(StorageEngine engine, EpochFiles epochs, IReadOnlyList<string>? notes = null)
    {
        Engine = engine;
        Epochs = epochs;
        Notes = notes ?? engine.Recovery.Notes;
    }

    /// <summary>Log and snapshots.</summary>
    public StorageEngine Engine { get; }

    /// <summary>The epochs.</summary>
    public EpochFiles Epochs { get; }

    /// <summary>What the start repaired or removed, in words.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The highest epoch promised.</summary>
    public int AcceptedEpoch => Epochs.Accepted;

    /// <summary>The epoch whose leader's history is here.</summary>
    public int CurrentEpoch => Epochs.Current;

    /// <inheritdoc/>
    public bool IsSnapshotDue => Engine.IsSnapshotDue;

    /// <summary>Opens the directories of a member.</summary>
    /// <exception cref="StorageException">They hold something that cannot be trusted; the message says what can be done.</exception>
    public static MemberStore Open(IDisk disk, StorageOptions options)
    {
        StorageEngine engine = StorageEngine.Open(disk, options);
        try
        {
            // The epochs first: as long as they are refused, nothing is removed.
            var epochs = EpochFiles.Open(disk, options.SnapshotFiles, engine.Last);
            List<string> notes = [.. engine.Recovery.Notes];
            engine.Fence(notes);
            return new MemberStore(engine, epochs, notes);
        }
        catch
        {
            engine.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void AppendAndFlush(LogBatch batch)
    {
        if (batch.Entries.Count == 0)
            return;

        Epochs.Announce(batch.Entries[^1].Zxid.Epoch);
        Engine.AppendAndFlush(batch);
    }

    /// <inheritdoc/>
    public void Roll() => Engine.Roll();

    /// <inheritdoc/>
    public void SaveEpochs(int accepted, int current) => Epochs.Save(accepted, current);

    /// <inheritdoc/>
    public bool TryTruncate(Zxid last, bool mustRebuild, out RecoveredState? rebuilt)
    {
        rebuilt = null;
        if (Engine.Truncate(last) is not { } found)
            return false;

        if (mustRebuild)
        {
            rebuilt = StateRebuild.Run(found, out _);
            InvariantException.Require(rebuilt.LastZxid == last, "The tree that was built anew does not end where the log was cut.");
        }

        return true;
    }

    /// <inheritdoc/>
    public void Install(RecoveredState state)
    {
        Epochs.Announce(state.LastZxid.Epoch);
        Engine.Install(state.LastZxid, new ReceivedState(state));
    }

    /// <inheritdoc/>
    public Zxid? Locate(Zxid after, Zxid upTo) => Engine.LocateHistory(after, upTo);

    /// <inheritdoc/>
    public void ReadHistory(Zxid after, Zxid upTo, HistoryVisitor visit)
    {
        using HistoryReader reader = Engine.OpenHistory(after, upTo);
        LogBatch batch = new();
        using FrameBuffer bytes = batch.Bytes;
        for (bool more = after < upTo; more;)
        {
            batch.Clear();
            more = reader.Read(batch, SliceBytes);
            for (int i = 0; i < batch.Entries.Count; i++)
            {
                if (!visit(batch.Entries[i].Zxid, batch[i]))
                    return;
            }
        }
    }

    /// <summary>
    /// Builds the tree from snapshot and whole log, and gives a new directory its first snapshot. Nobody may be served from it before a
    /// leader has said that this history is the committed one, nor may a snapshot be written of it.
    /// </summary>
    /// <param name="maxRecentBytes">How much of the end of the log is wanted in memory.</param>
    /// <exception cref="StorageException">What the checksums vouch for is no tree, or no transaction.</exception>
    public RecoveredMember Recover(int maxRecentBytes)
    {
        StorageRecovery found = Engine.Recovery;
        long start = Stopwatch.GetTimestamp();
        RecentEntries recent = new(found.Snapshot?.Last ?? Zxid.Zero, maxRecentBytes);
        RecoveredState state = StateRebuild.Run(found, recent.Add, out TimeSpan snapshotLoad);
        RecoveryFigures figures = new(snapshotLoad, Stopwatch.GetElapsedTime(start) - snapshotLoad, state.Replayed, state.DigestMismatches);
        if (found.Snapshot is null)
        {
            using SnapshotFileWriter file = Engine.BeginSnapshot(state.LastZxid);
            new ReceivedState(state).WriteTo(file);
        }

        return new RecoveredMember(state, recent, AcceptedEpoch, CurrentEpoch, figures);
    }

    /// <summary>Ends in order.</summary>
    public void Close() => Engine.Close();

    /// <inheritdoc/>
    public void Dispose() => Engine.Dispose();
}

/// <summary>What a member starts with.</summary>
/// <param name="State">Snapshot and whole log.</param>
/// <param name="Recent">The end of the log.</param>
/// <param name="AcceptedEpoch">As on disk.</param>
/// <param name="CurrentEpoch">As on disk.</param>
/// <param name="Figures">How long it took.</param>
internal sealed record RecoveredMember(
    RecoveredState State, RecentEntries Recent, int AcceptedEpoch, int CurrentEpoch, RecoveryFigures Figures);
