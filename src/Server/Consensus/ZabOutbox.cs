using Coordination.Protocol;

namespace Coordination.Server.Consensus;

/// <summary>
/// What one turn of consensus wants done. Hosting carries it out in this order: <see cref="Log"/> and <see cref="Disk"/> as one sequence,
/// the output of <see cref="Dirty"/> links and their closes, <see cref="Transfers"/>, <see cref="Network"/>. Nothing may be dropped, and
/// each order but notifications is answered by one input.
/// </summary>
internal sealed class ZabOutbox
{
    /// <summary>Entries for the log.</summary>
    public LogBatch Log { get; } = new();

    /// <summary>Orders to the disk, each behind those entries that stood in <see cref="Log"/> before it.</summary>
    public List<DiskOrder> Disk { get; } = [];

    /// <summary>Long work beside the log: histories and snapshots from and to links.</summary>
    public List<TransferOrder> Transfers { get; } = [];

    /// <summary>Links with new output or a requested close, each once.</summary>
    public List<PeerLink> Dirty { get; } = [];

    /// <summary>Orders to the network.</summary>
    public List<NetworkOrder> Network { get; } = [];

    /// <summary>Facts for logs, tests and the simulator; the core has no logger.</summary>
    public List<PeerTrace> Trace { get; } = [];

    /// <summary>Remembers that a link has output or is to be closed.</summary>
    public void MarkDirty(PeerLink link)
    {
        if (link.IsDirty)
            return;

        link.IsDirty = true;
        Dirty.Add(link);
    }

    /// <summary>Forgets everything, after Hosting has carried it out.</summary>
    public void Clear()
    {
        foreach (PeerLink link in Dirty)
            link.IsDirty = false;
        Log.Clear();
        Disk.Clear();
        Transfers.Clear();
        Dirty.Clear();
        Network.Clear();
        Trace.Clear();
    }
}

/// <summary>What is to be done to the disk, behind the entries logged before.</summary>
internal enum DiskOrderKind
{
    /// <summary>Write and sync both epoch files; answered by <see cref="ZabPeer.EpochsSaved"/>.</summary>
    SaveEpochs,

    /// <summary>
    /// Cut the log behind an entry that is in it, delete every snapshot beyond it, and if the tree is beyond it too, build it anew;
    /// answered by <see cref="ZabPeer.Truncated"/>, or by <see cref="ZabPeer.TruncationFailed"/> with nothing changed.
    /// </summary>
    Truncate,

    /// <summary>
    /// Apply entries to the snapshot that was received, make the result durable as a snapshot, and only then let it take the place of tree
    /// and log; answered by <see cref="ZabPeer.SnapshotInstalled"/>.
    /// </summary>
    InstallSnapshot,
}

/// <summary>An order to the disk.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="AfterEntries">How many entries of this turn's log come before it.</param>
/// <param name="Zxid">Where to cut, or what the installed snapshot is the state after.</param>
/// <param name="AcceptedEpoch">To be saved.</param>
/// <param name="CurrentEpoch">To be saved.</param>
/// <param name="Entries">To be applied to the snapshot.</param>
internal readonly record struct DiskOrder(
    DiskOrderKind Kind, int AfterEntries, Zxid Zxid = default, int AcceptedEpoch = 0, int CurrentEpoch = 0, LogBatch? Entries = null);

/// <summary>Long work beside the log.</summary>
internal enum TransferKind
{
    /// <summary>
    /// Find the last entry at or before a zxid in the files, from which on they have no gap up to <see cref="TransferOrder.UpTo"/>, and
    /// reading them is cheaper than a snapshot; answered by <see cref="ZabPeer.HistoryLocated"/>.
    /// </summary>
    LocateHistory,

    /// <summary>
    /// Write PROPOSAL and COMMIT of every entry behind one zxid up to another to the link, behind what stands in its output; answered by
    /// <see cref="ZabPeer.HistorySent"/>. The core writes nothing to the link meanwhile.
    /// </summary>
    SendHistory,

    /// <summary>
    /// Write SNAP with the zxid of the tree and the tree as of it, not as it changes, to the link; answered by
    /// <see cref="ZabPeer.SnapshotSent"/>. The core writes nothing to the link meanwhile.
    /// </summary>
    SendSnapshot,

    /// <summary>Read a snapshot from the link, beside the present tree; answered by <see cref="ZabPeer.SnapshotLoaded"/>.</summary>
    LoadSnapshot,

    /// <summary>Throw away what was read or is being read; not answered.</summary>
    DiscardSnapshot,
}

/// <summary>An order for long work. The loss of the link ends it without an answer.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Link">Where to or from.</param>
/// <param name="After">The zxid that it begins behind.</param>
/// <param name="UpTo">The last zxid of it.</param>
internal readonly record struct TransferOrder(TransferKind Kind, PeerLink Link, Zxid After = default, Zxid UpTo = default);

/// <summary>What is to be done in the network.</summary>
internal enum NetworkOrderKind
{
    /// <summary>
    /// Connect to the leader's quorum port; answered by <see cref="ZabPeer.LeaderReached"/> or <see cref="ZabPeer.LeaderUnreachable"/>.
    /// Ends any earlier attempt.
    /// </summary>
    Connect,

    /// <summary>Send a notification on the election connection; it may get lost.</summary>
    Notify,
}

/// <summary>An order to the network.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Sid">Whom it concerns.</param>
/// <param name="Notification">What to send.</param>
internal readonly record struct NetworkOrder(NetworkOrderKind Kind, long Sid, ElectionNotification Notification = default);

/// <summary>One fact of consensus.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Sid">The other server, or -1.</param>
/// <param name="Detail">In words.</param>
internal readonly record struct PeerTrace(PeerTraceKind Kind, long Sid, string Detail);

/// <summary>What a fact is about.</summary>
internal enum PeerTraceKind
{
    RoleChanged,
    EpochProposed,
    Established,
    LearnerSynced,
    LearnerLost,
    LinkClosed,
    LeaderLost,
    SteppedDown,
    Violation,
    ImplausibleEpoch,
    ConfigurationChanged,
}
