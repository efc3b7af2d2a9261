using Coordination.Protocol;
using Coordination.Server.Consensus.Election;
using Coordination.Server.Consensus.Roles;

namespace Coordination.Server.Consensus;

/// <summary>
/// One member of an ensemble as a deterministic machine: ZAB as Apache's servers speak it. It is driven inside the turns of the replica:
/// <see cref="BeginTurn"/>, inputs, <see cref="CompleteTurn"/>, deliveries; then Hosting carries out the <see cref="Outbox"/>. A broken
/// invariant throws, and the server must stop.
/// </summary>
internal sealed partial class ZabPeer : IPeer
{
    private readonly IPeerEvents _events;
    private readonly Dictionary<long, int> _honoured = [];
    private readonly List<PeerLink> _waiting = [];
    private Role _role;
    private int _orders;

    /// <param name="options">Settings.</param>
    /// <param name="start">What was recovered.</param>
    /// <param name="outbox">Takes effects.</param>
    /// <param name="events">The replica above.</param>
    public ZabPeer(ZabOptions options, ZabStart start, ZabOutbox outbox, IPeerEvents events)
    {
        Options = options;
        Outbox = outbox;
        _events = events;
        History = new History(start.Last, options.MaxHistoryBytes);
        if (start.Recent is { } recent)
        {
            History.Recover(recent.Before, recent.Batches);
            recent.Release();
        }

        Epochs = new Epochs(start.AcceptedEpoch, start.CurrentEpoch, outbox);
        Membership = new Membership(start.Configuration);
        if (start.Proposed is { } proposed)
            Membership.Propose(proposed);
        Election = new LeaderElection(
            new ElectionOptions { MyId = options.Sid, AdoptsConfigurations = options.ReconfigEnabled }, Membership.ToElectorate());
        _role = new LookingRole(this);
    }

    /// <summary>Settings.</summary>
    public ZabOptions Options { get; }

    /// <summary>What the present turn wants done.</summary>
    public ZabOutbox Outbox { get; }

    /// <summary>The end of the log in memory.</summary>
    public History History { get; }

    /// <summary>The epochs on this disk.</summary>
    public Epochs Epochs { get; }

    /// <summary>The configurations in force.</summary>
    public Membership Membership { get; }

    /// <summary>The votes.</summary>
    public LeaderElection Election { get; }

    /// <summary>Monotonic milliseconds, as of this turn.</summary>
    public long Now { get; private set; }

    /// <summary>What this server is.</summary>
    public PeerStatus Status { get; private set; } = new(PeerState.Looking, -1, 0, false, default);

    /// <summary>Whether this server leads and takes proposals; while it does not, requests have to wait.</summary>
    public bool MayPropose => _role is LeadingRole { MayPropose: true };

    /// <inheritdoc/>
    public Zxid LastProposed => _role is LeadingRole leading ? leading.LastProposed : History.Last;

    /// <inheritdoc/>
    public Zxid LastCommitted => History.Committed;

    /// <summary>When <see cref="Tick"/> has something to do next, in monotonic milliseconds.</summary>
    public long NextTickAt => _role.NextTickAt;

    /// <summary>The replica above.</summary>
    internal IPeerEvents Events => _events;

    /// <summary>Whether everything that was handed to the disk is there.</summary>
    internal bool IsDiskQuiet => _orders == 0 && !Epochs.IsSaving && History.Persisted == History.Last;

    /// <summary>Whether a snapshot is to be asked for, because the log could not be cut where this epoch's leader wanted it.</summary>
    internal int SnapshotWantedIn { get; set; }

    /// <summary>Takes the next committed entry for the tree: in zxid order, once, and never beyond this disk.</summary>
    public bool TryDeliver(out Zxid zxid, out ReadOnlySpan<byte> entry) => History.TryDeliver(out zxid, out entry);

    /// <summary>Whether a server's higher accepted epoch has to be given way to: once for each voter and epoch, if it can be believed.</summary>
    internal bool MustHonour(long sid, int accepted)
    {
        if (!Membership.CommittedQuorum.IsVoter(sid) || _honoured.GetValueOrDefault(sid) >= accepted)
            return false;
        if (accepted - (long)Epochs.Accepted > Options.MaxEpochJump)
        {
            Note(PeerTraceKind.ImplausibleEpoch, sid, $"it has accepted epoch {accepted}, this server is at {Epochs.Accepted}");
            return false;
        }

        _honoured[sid] = accepted;
        return true;
    }

    /// <summary>Orders the log to be cut.</summary>
    internal void OrderTruncation(Zxid last)
    {
        _orders++;
        Outbox.Disk.Add(new DiskOrder(DiskOrderKind.Truncate, Outbox.Log.Entries.Count, last));
    }

    /// <summary>Orders a received snapshot to take the place of tree and log.</summary>
    internal void OrderInstallation(Zxid zxid, LogBatch entries)
    {
        _orders++;
        Outbox.Disk.Add(new DiskOrder(DiskOrderKind.InstallSnapshot, Outbox.Log.Entries.Count, zxid, Entries: entries));
    }

    /// <summary>Logs an entry that came from a leader.</summary>
    internal void Append(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        Outbox.Log.Add(zxid, entry);
        History.Append(zxid, entry);
    }

    /// <summary>Asks for a link to be closed when its output is out.</summary>
    internal void Close(PeerLink link, LinkCloseReason reason, string? detail = null)
    {
        if (link.IsOver)
            return;

        link.Close = reason;
        Outbox.MarkDirty(link);
        if (detail is not null)
            Note(reason == LinkCloseReason.Violation ? PeerTraceKind.Violation : PeerTraceKind.LinkClosed, link.Sid, detail);
    }

    /// <summary>The other side said something that it may not say.</summary>
    internal void Violation(PeerLink link, string detail)
    {
        Close(link, LinkCloseReason.Violation, detail);
        _waiting.Remove(link);
        _role.Lost(link);
    }

    internal void Note(PeerTraceKind kind, long sid, string detail) => Outbox.Trace.Add(new PeerTrace(kind, sid, detail));

    internal void SetStatus(in PeerStatus status)
    {
        Status = status;
        _events.StatusChanged(status);
    }
}

/// <summary>What a member starts from.</summary>
/// <param name="Last">The end of the log; the tree holds everything up to it.</param>
/// <param name="AcceptedEpoch">As on disk.</param>
/// <param name="CurrentEpoch">As on disk.</param>
/// <param name="Configuration">The committed configuration.</param>
/// <param name="Proposed">A newer one that was seen and not known to be committed.</param>
/// <param name="Recent">The end of the log, as far as it is wanted in memory; emptied.</param>
internal sealed record ZabStart(
    Zxid Last, int AcceptedEpoch, int CurrentEpoch, QuorumConfiguration Configuration, QuorumConfiguration? Proposed = null,
    RecentEntries? Recent = null);
