using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Operations;
using Coordination.Server.Sessions;

namespace Coordination.Server.Replication;

/// <content>What a leader does for the clients of its learners, and what it keeps about all sessions.</content>
internal sealed partial class Replica
{
    private readonly List<LearnerRelay> _relays = [];

    /// <summary>Requests of learners that came while nothing was proposed, because leadership is being handed over.</summary>
    private readonly Queue<(PeerLink Learner, byte[] Data, byte[] Identities)> _heldBack = new();

    /// <summary>Sessions that are proposed and not applied, and the server whose client asked for each.</summary>
    private readonly Dictionary<long, long> _openedFor = [];

    private readonly Queue<(Zxid Until, PeerLink Learner, RevalidateRequest Request)> _revalidations = new();

    void IPeerEvents.Requested(PeerLink learner, in QuorumPacketView packet)
    {
        if (MayPropose && _heldBack.Count == 0)
            TakeForwarded(learner, packet.Data, packet.AuthInfo);
        else
            _heldBack.Enqueue((learner, packet.Data.ToArray(), packet.AuthInfo.ToArray()));
    }

    void IPeerEvents.Touched(PeerLink learner, ReadOnlySpan<byte> touches)
    {
        if (!_isLeading)
            return;

        var list = new SessionTouches(touches);
        while (list.TryReadNext(out SessionTouch touch))
            TouchGiven(touch.SessionId, touch.TimeoutMilliseconds);
    }

    void IPeerEvents.RevalidationAsked(PeerLink learner, RevalidateRequest request)
    {
        // From now on nothing is taken from where the client was before. What was taken has to be applied before it may go on: it would look
        // for it, not find it, and ask again.
        if (_isLeading && State.Sessions.TryGet(request.SessionId, out Session? session) && !session.IsClosing)
        {
            session.Owner = learner.Sid;
            TouchGiven(request.SessionId, request.TimeoutMilliseconds);
        }

        _revalidations.Enqueue((Ensemble!.LastProposed, learner, request));
    }

    void IPeerEvents.LearnerLost(PeerLink learner)
    {
        if (learner.Relay is LearnerRelay relay)
            _relays.Remove(relay);
    }

    private void AnswerRevalidations()
    {
        while (_revalidations.TryPeek(out (Zxid Until, PeerLink Learner, RevalidateRequest Request) next)
            && (next.Until <= LastProcessed || _proposer.Count == 0))
        {
            _revalidations.Dequeue();
            bool isValid = _isLeading && State.Sessions.TryGet(next.Request.SessionId, out Session? session) && !session.IsClosing;
            Ensemble!.AnswerRevalidation(next.Learner, new RevalidateResponse(next.Request.SessionId, isValid));
        }
    }

    private void TouchGiven(long id, int timeout)
    {
        if (!State.Sessions.TryGet(id, out Session? session) || session.IsClosing)
            return;

        if (timeout > 0)
            session.NegotiatedMilliseconds = timeout;
        _expiry.Touch(session, _now.MonotonicMilliseconds);
    }

    private void TakeHeldBack()
    {
        while (MayPropose && _heldBack.TryDequeue(out (PeerLink Learner, byte[] Data, byte[] Identities) held))
        {
            if (held.Learner.Close == LinkCloseReason.None)
                TakeForwarded(held.Learner, held.Data, held.Identities);
        }
    }

    private void TakeForwarded(PeerLink learner, ReadOnlySpan<byte> data, ReadOnlySpan<byte> identities)
    {
        var reader = new JuteReader(data, _options.MaxBufferBytes);
        ForwardedRequestHeader header = ForwardedRequestHeader.Read(ref reader);
        if (State.Sessions.TryGet(header.SessionId, out Session? session) && !session.IsClosing)
            _expiry.Touch(session, _now.MonotonicMilliseconds);
        if (header.Type == OpCode.Sync)
        {
            Ensemble!.ConfirmSync(learner);
            _hasNewSync = true;
            return;
        }

        PendingChanges pending = _proposer.Begin(_now);
        TransactionRecord record = Judge(learner, header, ref reader, identities, pending);
        if (pending.Notices.Count > 0)
            PassOnNotices(pending.Notices);
        if (record is CreateSessionTransaction)
            _openedFor[header.SessionId] = learner.Sid;
        if (record is CloseSessionTransaction && session is not null)
            MarkClosing(session);
        WriteOperation operation = OperationTable.ForTransaction(record.Type);
        _proposer.Propose(record, header.SessionId, operation, link: null, header.Cxid, _now.MonotonicMilliseconds);
    }

    /// <summary>Whatever it is, it becomes exactly one transaction: the learner waits for one.</summary>
    private TransactionRecord Judge(
        PeerLink learner, in ForwardedRequestHeader header, ref JuteReader reader, ReadOnlySpan<byte> identities, PendingChanges pending)
    {
        // A check by itself is known, but no server of Apache's could read its transaction back.
        if (OperationTable.Find(header.Type) is not WriteOperation operation || !IsForwardable(operation))
            return new ErrorTransaction(ErrorCode.Unimplemented);
        if (FaultOf(header.SessionId, learner.Sid, operation) is { } fault)
            return new ErrorTransaction(fault);
        if (RefusesWrites && operation is not (CreateSessionOperation or CloseSessionOperation))
            return new ErrorTransaction(ErrorCode.NotReadOnly);

        try
        {
            return operation.Prepare(ref reader, pending, CallerOf(learner, header.SessionId, identities));
        }
        catch (JuteFormatException)
        {
            return new ErrorTransaction(ErrorCode.MarshallingError);
        }
    }

    private static bool IsForwardable(WriteOperation operation) => operation.Standing == Standing.Served || operation is CreateSessionOperation;

    private LearnerCaller CallerOf(PeerLink learner, long session, ReadOnlySpan<byte> identities)
    {
        if (learner.Relay is not LearnerRelay relay)
        {
            learner.Relay = relay = new LearnerRelay();
            _relays.Add(relay);
        }

        return relay.CallerOf(session, identities, _options.Access);
    }

    /// <summary>What speaks against a write of a session that comes by way of a server; null if nothing does.</summary>
    private ErrorCode? FaultOf(long id, long sid, WriteOperation operation)
    {
        if (operation is CreateSessionOperation or CloseSessionOperation)
            return null;
        if (!State.Sessions.TryGet(id, out Session? session))
            return _openedFor.TryGetValue(id, out long opener) && opener == sid ? null : ErrorCode.SessionExpired;
        if (session.IsClosing)
            return ErrorCode.SessionExpired;

        // Nobody's since the leader is new: it is where its requests come from.
        if (session.Owner == Session.Nobody)
            session.Owner = sid;
        return session.Owner == sid ? null : ErrorCode.SessionMoved;
    }

    private void SetOwner(long id)
    {
        if (_openedFor.Remove(id, out long sid) && State.Sessions.TryGet(id, out Session? session))
            session.Owner = sid;
    }
}
