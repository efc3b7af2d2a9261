using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Operations;
using Coordination.Server.Sessions;

namespace Coordination.Server.Replication;

/// <content>A learner's clients: their writes go to the leader and come back as transactions.</content>
internal sealed partial class Replica
{
    private readonly ForwardedRequests _forwarded = new();
    private readonly TouchedSessions _touched = new();

    /// <summary>Connections that have come back with a session, until the leader has said whether they may go on with it.</summary>
    private readonly Dictionary<long, (ClientLink Link, int Timeout)> _askedFor = [];

    /// <summary>Those who may, until this server has applied what the leader had when it said so.</summary>
    private readonly Queue<(Zxid Until, long Id, ClientLink Link, int Timeout)> _revalidated = new();

    void IPeerEvents.Revalidated(RevalidateResponse response)
    {
        if (!_askedFor.Remove(response.SessionId, out (ClientLink Link, int Timeout) asked)
            || asked.Link.Stage != LinkStage.AwaitingSession)
        {
            return;
        }

        if (!response.IsValid)
        {
            asked.Link.AwaitsSession = false;
            RefuseSession(asked.Link, response.SessionId);
            return;
        }

        // The session may be so young that its beginning is on its way to this disk; it is there when what is committed now has been applied.
        _revalidated.Enqueue((Ensemble!.LastCommitted, response.SessionId, asked.Link, asked.Timeout));
    }

    ReadOnlySpan<SessionTouch> IPeerEvents.TakeTouches() => _touched.Take();

    private void Forward(ClientLink link, RequestHeader header, WriteOperation operation, ReadOnlySpan<byte> frame)
    {
        Session session = link.Session!;
        if (operation is CloseSessionOperation)
            session.IsClosing = true;
        _forwarded.Add(new ForwardedRequest(session.Id, header.Xid, operation, link, _now.MonotonicMilliseconds));
        Send(new ForwardedRequestHeader(session.Id, header.Xid, header.Type), frame[RequestHeader.Size..], link.AuthIds);
    }

    private void ForwardOpening(ClientLink link, long id, int timeout, WriteOperation operation)
    {
        Span<byte> record = stackalloc byte[sizeof(int)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(record, timeout);
        _forwarded.Add(new ForwardedRequest(id, 0, operation, link, _now.MonotonicMilliseconds));
        Send(new ForwardedRequestHeader(id, 0, OpCode.CreateSession), record, null);
    }

    private void Send(in ForwardedRequestHeader header, ReadOnlySpan<byte> record, AuthId[]? identities)
    {
        bool isSent = Ensemble!.TryForward(header, record, identities);
        InvariantException.Require(isSent, "Clients are served, and there is nobody to forward to.");
    }

    /// <summary>Only the leader knows whether a session lives, and it has to know whose it is from now on.</summary>
    private void Revalidate(ClientLink link, long id, int timeout)
    {
        if (_askedFor.Remove(id, out (ClientLink Link, int Timeout) earlier) && earlier.Link.Stage == LinkStage.AwaitingSession)
            CloseLink(earlier.Link, CloseReason.SessionMovedHere);
        link.Stage = LinkStage.AwaitingSession;
        link.AwaitsSession = true;
        _askedFor[id] = (link, timeout);
        bool isAsked = Ensemble!.TryAskRevalidation(new RevalidateRequest(id, timeout));
        InvariantException.Require(isAsked, "Clients are served, and there is nobody to ask for their sessions.");
    }

    private void AdmitRevalidated()
    {
        while (_revalidated.TryPeek(out (Zxid Until, long Id, ClientLink Link, int Timeout) next) && next.Until <= LastProcessed)
        {
            _revalidated.Dequeue();
            if (next.Link.Stage != LinkStage.AwaitingSession)
                continue;

            if (!State.Sessions.TryGet(next.Id, out Session? session) || session.IsClosing)
            {
                RefuseSession(next.Link, next.Id);
                continue;
            }

            // Another connection with the same session may have been let in meanwhile.
            if (_linksBySession.TryGetValue(next.Id, out ClientLink? other))
                CloseLink(other, CloseReason.SessionMovedHere);
            Statistics.Reattached++;
            session.NegotiatedMilliseconds = next.Timeout;
            Outbox.Trace.Add(new TraceEvent(TraceKind.SessionReattached, next.Id, $"timeout {next.Timeout} ms"));
            Attach(next.Link, session);
        }
    }

    /// <summary>A session was heard of.</summary>
    private void Touch(Session session)
    {
        if (_isLeading)
            _expiry.Touch(session, _now.MonotonicMilliseconds);
        else
            _touched.Add(session);
    }

    /// <summary>
    /// A transaction of a session of ours that is not what became of our oldest request. If it belongs to a later one, the leader has dropped
    /// those before it, and whoever waits for them would wait for ever.
    /// </summary>
    private bool TrySkipTo(in TransactionHeader header, out ForwardedRequest request)
    {
        request = default;
        if (_forwarded.Count == 0 || !_linksBySession.ContainsKey(header.SessionId)
            || !_forwarded.TrySkipTo(header, out request, out IReadOnlyList<ForwardedRequest>? skipped))
        {
            return false;
        }

        foreach (ForwardedRequest dropped in skipped)
        {
            if (dropped.Link is { Stage: not LinkStage.Closed } link)
                CloseLink(link, CloseReason.OutcomeUnknown, TraceKind.Note, $"the leader has not answered request {dropped.Xid}");
        }

        return true;
    }
}
