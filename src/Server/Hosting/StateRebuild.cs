using System.Diagnostics;
using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Server.Storage;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting;

/// <summary>
/// Loads a snapshot and replays the log behind it. Where there is much of either, a second thread reads, checks and decodes ahead; only one
/// thread ever changes the state, in the order of the files.
/// </summary>
internal static class StateRebuild
{
    // Below it a thread costs more than it saves.
    private const long MuchOfSnapshot = 1 << 20;
    private const long MuchOfLog = 4096;

    /// <summary>Loads and replays.</summary>
    /// <param name="found">What is on disk.</param>
    /// <param name="snapshotLoad">The first part of the time.</param>
    /// <exception cref="StorageException">What the checksums vouch for is no tree, or no transaction.</exception>
    public static RecoveredState Run(StorageRecovery found, out TimeSpan snapshotLoad) =>
        Run(found, found.Snapshot is { Length: >= MuchOfSnapshot }, found.Records >= MuchOfLog, out snapshotLoad);

    /// <summary>Loads and replays, and lets somebody see the log.</summary>
    /// <param name="found">What is on disk.</param>
    /// <param name="seen">Sees each entry once, in order, before it is in the tree; on one thread, which may be another one.</param>
    /// <param name="snapshotLoad">The first part of the time.</param>
    public static RecoveredState Run(StorageRecovery found, LogEntryHandler seen, out TimeSpan snapshotLoad) =>
        Run(found, found.Snapshot is { Length: >= MuchOfSnapshot }, found.Records >= MuchOfLog, out snapshotLoad, seen);

    /// <summary>Loads and replays, on one thread or two.</summary>
    /// <param name="found">What is on disk.</param>
    /// <param name="loadAhead">Whether a second thread reads the snapshot.</param>
    /// <param name="replayAhead">Whether a second thread reads the log.</param>
    /// <param name="snapshotLoad">The first part of the time.</param>
    /// <param name="seen">Sees each entry of the log.</param>
    public static RecoveredState Run(
        StorageRecovery found, bool loadAhead, bool replayAhead, out TimeSpan snapshotLoad, LogEntryHandler? seen = null)
    {
        long start = Stopwatch.GetTimestamp();
        RecoveredState state = Load(found, loadAhead);
        snapshotLoad = Stopwatch.GetElapsedTime(start);
        if (replayAhead)
            ReplayAhead(found, state, seen);
        else
            found.Replay((zxid, entry) =>
            {
                seen?.Invoke(zxid, entry);
                state.Replay(entry);
            });
        return state;
    }

    private static RecoveredState Load(StorageRecovery found, bool ahead)
    {
        if (found.Snapshot is not { } file)
            return new RecoveredState();

        using SnapshotFileReader reader = found.OpenSnapshot();
        try
        {
            LoadedTree loaded = ahead ? LoadAhead(reader) : TreeSnapshotLoader.Load(reader);
            SnapshotTrailer trailer = reader.Complete();

            // A fuzzy snapshot may hold the effects of later transactions; one that holds less than its name says has been renamed.
            if (trailer.HasDigest && trailer.DigestZxid < file.Last)
            {
                throw new CorruptSnapshotException(
                    file.Path, reader.Offset, $"it holds the state after {trailer.DigestZxid}, not after {file.Last} as its name says");
            }

            if (!trailer.HasDigest)
                SnapshotName.Require(found, loaded.Tree.NewestTrace());
            return new RecoveredState(loaded.Tree, loaded.Sessions, file.Last);
        }
        catch (JuteFormatException error)
        {
            throw new CorruptSnapshotException(file.Path, reader.Offset, error.Message);
        }
    }

    private static LoadedTree LoadAhead(SnapshotFileReader reader)
    {
        SnapshotDecoder decoder = new(reader);
        TreeSnapshotLoader loader = new(decoder);
        using ReadAhead<SnapshotPart> parts = new(static () => new SnapshotPart(), ahead =>
        {
            bool more;
            do
            {
                SnapshotPart part = ahead.Rent();
                more = decoder.ReadZnodes(part);
                ahead.Hand(part);
            }
            while (more);
        });
        while (parts.Take() is { } part)
        {
            loader.Place(part);
            part.Clear();
        }

        return loader.Finish();
    }

    private static void ReplayAhead(StorageRecovery found, RecoveredState state, LogEntryHandler? seen)
    {
        using ReadAhead<TransactionPart> parts = new(static () => new TransactionPart(), ahead =>
        {
            TransactionPart part = ahead.Rent();
            found.Replay((zxid, entry) =>
            {
                seen?.Invoke(zxid, entry);
                if (part.IsFull)
                {
                    ahead.Hand(part);
                    part = ahead.Rent();
                }

                part.Add(entry);
            });
            ahead.Hand(part);
        });
        while (parts.Take() is { } part)
        {
            foreach (ref readonly Operations.Transaction transaction in part.Transactions)
                state.Replay(transaction);
            part.Clear();
        }
    }
}
