using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Operations;
using Coordination.Server.Sessions;
using Coordination.Server.Tree;
using Coordination.Server.Watches;

namespace Coordination.Server.Replication;

/// <summary>
/// The whole server as a deterministic machine: it takes one input at a time and fills its outbox. No clock, thread, task, lock, file or
/// socket. A turn is <see cref="BeginTurn"/>, any number of inputs, then Hosting carries out the <see cref="Outbox"/>.
/// </summary>
internal sealed partial class Replica : IPeerEvents
{
    private readonly ReplicaOptions _options;
    private readonly IPeer _peer;
    private readonly Proposer _proposer;
    private readonly SessionExpiry _expiry;
    private readonly SessionIds _sessionIds;
    private readonly Dictionary<long, ClientLink> _linksBySession = [];
    private readonly SortedDictionary<long, ClientLink> _links = [];
    private readonly Queue<(Zxid Until, ClientLink Link)> _returning = new();
    private PendingChanges _pending;
    private ContainerReaper _reaper;
    private ReplicaTime _now;
    private bool _started;

    /// <summary>Starts from recovered state. Sessions get their full timeout from the first turn on.</summary>
    /// <param name="options">Validated settings.</param>
    /// <param name="state">Snapshot and log; not to be touched by anybody else from here on.</param>
    /// <param name="seat">Its place in an ensemble; null: it is alone.</param>
    public Replica(ReplicaOptions options, RecoveredState state, EnsembleSeat? seat = null)
    {
        _options = options;
        _seat = seat;
        State = NewState(state);
        Digests = state.Digests;
        LastProcessed = state.LastZxid;
        ZabOutbox? below = seat is null ? null : new ZabOutbox();
        Outbox = new ReplicaOutbox(below?.Log ?? new LogBatch());
        Ensemble = seat is null ? null : new ZabPeer(seat.Options, seat.Start, below!, this);
        _peer = Ensemble ?? (IPeer)new StandalonePeer(state.LastZxid);
        _isServing = _isLeading = seat is null;
        _pending = NewPendingChanges();
        _proposer = new Proposer(_peer, _pending, Outbox, options.WriteDigests);
        _expiry = new SessionExpiry(options.TickMilliseconds);
        _sessionIds = new SessionIds(options.ServerId, options.SessionIdSeedMilliseconds);

        // Had the clock been set back, new sessions would pass for older than the secret, and could be had with Apache's password.
        _sessionIds.SkipPast(options.Passwords.KeyedFrom - 1);
        _reaper = NewReaper();
        Statistics = new ReplicaStatistics(this);
    }

    /// <summary>What the present turn wants done.</summary>
    public ReplicaOutbox Outbox { get; }

    /// <summary>The last transaction applied to the tree.</summary>
    public Zxid LastProcessed { get; private set; }

    /// <summary>Digests of the tree at some transactions.</summary>
    public DigestHistory Digests { get; private set; }

    /// <summary>Figures for the four-letter words.</summary>
    public ReplicaStatistics Statistics { get; }

    /// <summary>Committed state; to be looked at between turns only.</summary>
    public CommittedState State { get; private set; }

    /// <summary>Accepted connections that are not gone, in the order they came.</summary>
    public IReadOnlyCollection<ClientLink> Links => _links.Values;

    /// <summary>When <see cref="Tick"/> has something to do next, in monotonic milliseconds.</summary>
    public long NextTickAt => !_started ? 0 : Ensemble is null ? NextChoreAt : NextEnsembleTickAt(Ensemble);

    private long NextChoreAt => Math.Min(_expiry.NextDeadline, _reaper.NextAt);

    /// <summary>Sets the time for the inputs that follow.</summary>
    public void BeginTurn(ReplicaTime now)
    {
        _now = now;
        if (!_started)
            Start();
        Ensemble?.BeginTurn(now.MonotonicMilliseconds);
    }

    /// <summary>Input: a connection was accepted.</summary>
    /// <param name="link">The connection.</param>
    /// <param name="certificateSubject">The subject of its verified client certificate, in the form of RFC 2253; null: it has none.</param>
    public void Accept(ClientLink link, string? certificateSubject = null)
    {
        link.Enter(this, _options, certificateSubject);
        link.Statistics.EstablishedAt = _now.WallMilliseconds;
        _links.Add(link.Id, link);
    }

    /// <summary>Input: the connection is gone. Its watches go; its session stays until it expires.</summary>
    public void Disconnected(ClientLink link)
    {
        Detach(link);
        _links.Remove(link.Id);
    }

    /// <summary>
    /// Input: every log entry up to <paramref name="zxid"/> is on disk and synced. Applies, fires watches, replies, in zxid order; a member
    /// of an ensemble does so in <see cref="CompleteTurn"/>.
    /// </summary>
    public void LogPersisted(Zxid zxid)
    {
        _peer.Persisted(zxid);
        DeliverCommitted();
    }

    /// <summary>Input: time has passed; expires sessions and reaps containers.</summary>
    public void Tick()
    {
        if (Ensemble is null || TickEnsemble(Ensemble))
            DoChores();
    }

    /// <summary>Input: somebody wants this session ended (tests, administration).</summary>
    public bool ExpireSession(long sessionId)
    {
        if (!MayPropose || !State.Sessions.TryGet(sessionId, out Session? session) || session.IsClosing)
            return false;

        Outbox.Trace.Add(new TraceEvent(TraceKind.SessionExpired, sessionId, "ended by order"));
        ProposeClose(session);
        return true;
    }

    /// <summary>Begins a snapshot of the committed state as of <see cref="LastProcessed"/>; its slices are written between or in turns.</summary>
    public TreeSnapshot BeginSnapshot() => State.Tree.BeginSnapshot(
        LastProcessed,
        Array.ConvertAll(State.Sessions.Ordered(), static session => new PersistedSession(session.Id, session.TimeoutMilliseconds)));

    /// <summary>Where a reply is built that events must precede.</summary>
    private FrameBuffer Scratch { get; } = new(256);

    internal void FrameSent(ClientLink link)
    {
        link.Statistics.PacketsSent++;
        Statistics.PacketsSent++;
        Outbox.MarkDirty(link);
    }

    private CommittedState NewState(RecoveredState state) =>
        new(state.Tree, state.Sessions, state.Quotas, new WatchTable { Limits = _options.Watches });

    private PendingChanges NewPendingChanges() =>
        new(State.Tree, State.Quotas, _options.Rules) { MaxEphemeralBytes = _options.MaxEphemeralBytes };

    private ContainerReaper NewReaper() => new(
        _options.ContainerCheckIntervalMilliseconds, _options.ContainerMaxPerMinute, _options.ContainerMaxNeverUsedMilliseconds);

    private void Start()
    {
        _started = true;
        foreach (Session session in State.Sessions.Ordered())
            _sessionIds.SkipPast(session.Id);
        if (_seat is null)
            BeginLeading();
        else
            _holdUntil = _now.MonotonicMilliseconds + _seat.HoldMilliseconds;
    }

    /// <summary>
    /// From now on this server decides. Sessions live on with their full timeout; ephemerals whose session is gone are deleted by a
    /// transaction of their own.
    /// </summary>
    private void BeginLeading()
    {
        foreach (Session session in State.Sessions.Ordered())
            _expiry.Touch(session, _now.MonotonicMilliseconds);
        _reaper = NewReaper();
        _reaper.Start(_now.MonotonicMilliseconds);
        foreach (long owner in State.Tree.Indexes.SessionsWithEphemerals())
        {
            if (MayPropose && !State.Sessions.TryGet(owner, out _))
                ProposeClose(owner);
        }
    }

    /// <summary>What nobody asks for: sessions end, and znodes that have had their time go.</summary>
    private void DoChores()
    {
        while (MayPropose && _expiry.TakeExpired(_now.MonotonicMilliseconds) is { } session)
        {
            Statistics.SessionsExpired++;
            Outbox.Trace.Add(new TraceEvent(TraceKind.SessionExpired, session.Id, $"no word for {session.NegotiatedMilliseconds} ms"));
            ProposeClose(session);
        }

        _reaper.Collect(State.Tree, _now);
        while (MayPropose && _reaper.TryTake(_now.MonotonicMilliseconds, out string? path))
            Reap(path);
    }
}
