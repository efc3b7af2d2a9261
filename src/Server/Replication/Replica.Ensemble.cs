using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Operations;

namespace Coordination.Server.Replication;

/// <content>A member of an ensemble: what it may do at present, and what is delivered to it.</content>
internal sealed partial class Replica
{
    private static readonly Zxid Never = new(long.MaxValue);

    private readonly EnsembleSeat? _seat;
    private PeerStatus _status = new(PeerState.Looking, -1, 0, false, default);
    private bool _isServing;
    private bool _isLeading;
    private Zxid _epochStart;

    /// <summary>
    /// What an earlier role left unfinished: up to here it is known to be committed and is delivered with its replies, and no further.
    /// </summary>
    private Zxid _unfinishedUpTo = Never;

    /// <summary>The consensus below; null if this server is alone. Its inputs go to it directly, inside turns.</summary>
    public ZabPeer? Ensemble { get; }

    /// <summary>Whether clients are served.</summary>
    public bool IsServing => _isServing;

    /// <summary>What this server is.</summary>
    public PeerStatus Status => _status;

    /// <summary>
    /// The zxid that clients may be told and may have seen: whoever serves in an epoch has everything from before it. Apache's leaders tell
    /// their clients the beginning of an epoch in which nothing has happened yet.
    /// </summary>
    public Zxid LastSeen => LastProcessed > _epochStart ? LastProcessed : _epochStart;

    /// <summary>Whether this server decides what becomes a transaction, and may at this moment.</summary>
    private bool MayPropose => _isLeading && (Ensemble is null || Ensemble.MayPropose);

    /// <summary>Whether a client's write can set out.</summary>
    private bool MayTakeWrites => _isServing && (!_isLeading || MayPropose);

    private long OwnSid => _seat?.Options.Sid ?? 0;

    /// <summary>
    /// All inputs of the turn are in: consensus draws its conclusions, and what is committed is applied, replied to, and followed by what
    /// waited for it. May be called again in the same turn. Nothing to do for a server that is alone.
    /// </summary>
    public void CompleteTurn()
    {
        if (Ensemble is null)
            return;

        do
        {
            _hasNewSync = false;
            Ensemble.CompleteTurn();
            DeliverCommitted(Ensemble);
            ServeWhenReady();
            TakeHeldBack();
            AdmitReturning();
            AdmitRevalidated();
            AnswerRevalidations();
            FollowPermission();
        }
        while (_hasNewSync);
    }

    void IPeerEvents.StatusChanged(in PeerStatus status)
    {
        bool hadRole = _isServing;
        _status = status;
        if (status.IsEstablished)
            return;

        _isServing = _isLeading = false;
        _expiry.Clear();
        if (_unfinishedUpTo == Never)
            _unfinishedUpTo = Ensemble!.LastCommitted;
        DeliverCommitted(Ensemble!);
        if (!hadRole)
            return;

        _holdUntil = _now.MonotonicMilliseconds + _seat!.HoldMilliseconds;
        HoldClients();
        Outbox.Trace.Add(new TraceEvent(TraceKind.ServiceChanged, OwnSid, $"clients wait: {status.State}"));
    }

    void IPeerEvents.WriteEmptyEntry(Zxid zxid, FrameBuffer output)
    {
        var header = new TransactionHeader(0, 0, zxid, _now.WallMilliseconds);
        var writer = new JuteWriter(output);
        TransactionCodec.Write(new Transaction(header, new ErrorTransaction(ErrorCode.RuntimeInconsistency), null), ref writer);
        writer.Flush();
    }

    QuorumConfiguration? IPeerEvents.FindConfiguration(ReadOnlySpan<byte> entry) => null;

    void IPeerEvents.ConfigurationActivated(QuorumConfiguration configuration)
    {
    }

    /// <summary>
    /// Input, while clients are not served: tree, sessions and history were replaced on disk, by a snapshot of the leader's or because they
    /// held what the leader does not have. To be called before consensus hears of it.
    /// </summary>
    /// <remarks>
    /// Clients that are still connected are cut off. What happened between the old tree and the new one is not known as a sequence of events;
    /// when they come back with their watches and the zxid they have seen, those are checked one by one, which misses none and repeats none.
    /// </remarks>
    public void ReplaceState(RecoveredState state)
    {
        InvariantException.Require(!_isServing, "The tree under clients that are served is never replaced.");
        foreach (ClientLink link in _links.Values)
        {
            if (link.Session is not null)
                CloseLink(link, CloseReason.StateReplaced);
        }

        Abandon();
        State = NewState(state);
        Digests = state.Digests;
        LastProcessed = state.LastZxid;
        foreach (Sessions.Session session in State.Sessions.Ordered())
            _sessionIds.SkipPast(session.Id);
        _pending = NewPendingChanges();
        _proposer.Restart(_pending);
    }

    private void DeliverCommitted(ZabPeer ensemble)
    {
        State.Quotas.Walked = 0;
        _hasWalkedFar = false;
        while (!_hasWalkedFar && !_proposer.IsHeldUp && !_forwarded.IsHeldUp && ensemble.TryDeliver(out Zxid zxid, out ReadOnlySpan<byte> entry))
        {
            if (zxid > _unfinishedUpTo)
                Abandon();
            if (!_proposer.TryTake(zxid, out Proposal proposal))
                proposal = ToProposal(TransactionCodec.Read(entry));
            InvariantException.Require(proposal.Transaction.Header.Zxid == zxid, "An entry of the history is not the transaction it is said to be.");
            Deliver(proposal);
            AnswerSyncs();
            _hasWalkedFar = State.Quotas.Walked > MaxWalk;
        }

        AnswerSyncs();
        if (LastProcessed >= _unfinishedUpTo)
            Abandon();
    }

    /// <summary>What became of a request of ours, or of somebody else's.</summary>
    private Proposal ToProposal(in Transaction transaction)
    {
        if (!_forwarded.TryMatch(transaction.Header, out ForwardedRequest request) && !TrySkipTo(transaction.Header, out request))
        {
            WriteOperation operation = OperationTable.ForTransaction(transaction.Record.Type);
            return new Proposal(transaction, operation, null, 0, _now.MonotonicMilliseconds);
        }

        return new Proposal(transaction, request.Operation, request.Link, request.Xid, request.ReceivedAt);
    }

    private void ServeWhenReady()
    {
        if (_isServing || !_status.IsEstablished || LastProcessed < _status.ServesFrom)
            return;

        if (_unfinishedUpTo != Never)
            Abandon();
        _isServing = true;
        _isLeading = _status.State == PeerState.Leading;
        _epochStart = Zxid.Create(_status.Epoch, 0);
        if (_isLeading)
        {
            _pending = NewPendingChanges();
            _proposer.Restart(_pending);
            BeginLeading();
        }

        Outbox.Trace.Add(new TraceEvent(TraceKind.ServiceChanged, OwnSid, $"clients are served: {_status.State} in epoch {_status.Epoch}"));
        if (MayTakeWrites)
            ResumeClients();
    }

    /// <summary>A digest that is wrong among our own servers means that one of the trees is, and none may go on as if it were not.</summary>
    private void CheckDigest(in Transaction transaction)
    {
        if (transaction.Digest is not { } digest || digest == State.Tree.Digest)
            return;

        Statistics.DigestMismatches++;
        string detail = $"after {transaction.Header.Zxid} the digest is {State.Tree.Digest:x}, the transaction says {digest:x}";
        Outbox.Trace.Add(new TraceEvent(TraceKind.DigestMismatch, transaction.Header.Zxid.Value, detail));
        if (_options.StopOnDigestMismatch && _status.LeaderIsOwn)
            throw new InvariantException($"The tree is not that of the leader: {detail}.");
    }

    private long NextEnsembleTickAt(ZabPeer ensemble)
    {
        long next = ensemble.NextTickAt;
        if (!_isServing)
            next = Math.Min(next, _holdUntil);
        return MayPropose ? Math.Min(next, NextChoreAt) : next;
    }

    /// <returns>Whether this server leads, and has to look after sessions and znodes too.</returns>
    private bool TickEnsemble(ZabPeer ensemble)
    {
        ensemble.Tick();
        if (!_isServing && _now.MonotonicMilliseconds >= _holdUntil)
            GiveClientsUp();
        return MayPropose;
    }
}
