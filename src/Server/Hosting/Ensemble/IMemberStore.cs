using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Replication;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>
/// What a member's disk can do beside the log. The first three are called on the log's thread, in the order in which consensus wants them
/// and behind the entries that stood before them; all of it is durable when they return. What they throw stops the server.
/// </summary>
internal interface IMemberStore
{
    /// <summary>Writes and syncs both epochs.</summary>
    void SaveEpochs(int accepted, int current);

    /// <summary>Cuts the log behind an entry that is in it, and deletes every snapshot beyond that.</summary>
    /// <param name="last">The entry.</param>
    /// <param name="mustRebuild">Whether the tree is beyond it, so that it has to be built anew from what is left.</param>
    /// <param name="rebuilt">The tree, if it had to be built.</param>
    /// <returns>False if there is no such entry, or nothing to build the tree from; then nothing has changed.</returns>
    bool TryTruncate(Zxid last, bool mustRebuild, out RecoveredState? rebuilt);

    /// <summary>Makes a received state durable as a snapshot; only then it takes the place of all snapshots and logs.</summary>
    /// <param name="state">What was received, with everything that came behind it applied.</param>
    void Install(RecoveredState state);

    /// <summary>
    /// From any thread: finds the last entry at or before a zxid from which on the files have no gap up to another. Null if there is none, or
    /// if a snapshot is less to read.
    /// </summary>
    Zxid? Locate(Zxid after, Zxid upTo);

    /// <summary>From any thread: reads the entries behind a zxid up to another.</summary>
    /// <param name="after">The entry before the first one.</param>
    /// <param name="upTo">The last one.</param>
    /// <param name="visit">Takes each; false to end.</param>
    void ReadHistory(Zxid after, Zxid upTo, HistoryVisitor visit);
}

/// <summary>Takes an entry of the history.</summary>
/// <param name="zxid">Its transaction.</param>
/// <param name="entry">As it stands in the log; valid during the call.</param>
/// <returns>Whether more is wanted.</returns>
internal delegate bool HistoryVisitor(Zxid zxid, ReadOnlySpan<byte> entry);
