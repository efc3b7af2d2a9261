using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Sessions;

namespace Coordination.Server.Replication;

/// <summary>Connect, re-attach, move, refuse, and the ends of connections.</summary>
internal sealed partial class Replica
{
    private static readonly byte[] NoPassword = new byte[SessionPassword.Size];

    private void Connect(ClientLink link, ReadOnlySpan<byte> frame)
    {
        ConnectRequest request;
        try
        {
            var reader = new JuteReader(frame, _options.MaxBufferBytes);
            request = ConnectRequest.Read(ref reader);
        }
        catch (JuteFormatException malformed)
        {
            CloseLink(link, CloseReason.ProtocolViolation, TraceKind.ProtocolViolation, malformed.Message);
            return;
        }

        link.KnowsReadOnly = request.ReadOnly is not null;
        if (Ensemble is not null && !MayTakeWrites)
            HoldHandshake(link, request);
        else
            Connect(link, request);
    }

    private void Connect(ClientLink link, in ConnectRequest request)
    {
        if (request.LastZxidSeen > LastSeen.Value)
        {
            string detail = $"the client has seen {new Zxid(request.LastZxidSeen)}, this server is at {LastSeen}";
            CloseLink(link, CloseReason.ClientAhead, TraceKind.SessionRefused, detail);
            return;
        }

        Statistics.ConnectionRequests++;
        int timeout = Math.Clamp(
            request.TimeoutMilliseconds, _options.EffectiveMinSessionTimeout, _options.EffectiveMaxSessionTimeout);
        if (request.SessionId == 0)
            OpenSession(link, timeout);
        else
            Reattach(link, request.SessionId, request.Password, timeout);
    }

    private void OpenSession(ClientLink link, int timeout)
    {
        long id = _sessionIds.Next();
        link.Stage = LinkStage.AwaitingSession;
        link.AwaitsSession = true;
        var operation = (WriteOperation)OperationTable.Find(OpCode.CreateSession)!;
        if (!_isLeading)
        {
            ForwardOpening(link, id, timeout, operation);
            return;
        }

        if (Ensemble is not null)
            _openedFor[id] = OwnSid;
        _proposer.Begin(_now);
        _proposer.Propose(new CreateSessionTransaction(timeout), id, operation, link, xid: 0, _now.MonotonicMilliseconds);
    }

    /// <summary>The new session's transaction is applied.</summary>
    private void SessionOpened(ClientLink? link, long id)
    {
        if (!State.Sessions.TryGet(id, out Session? session))
            return;

        if (_isLeading)
            _expiry.Touch(session, _now.MonotonicMilliseconds);
        Outbox.Trace.Add(new TraceEvent(TraceKind.SessionOpened, id, $"timeout {session.NegotiatedMilliseconds} ms"));

        // The client may have gone meanwhile; then the session waits for its timeout.
        if (link is { Stage: LinkStage.AwaitingSession })
            Attach(link, session);
    }

    private void Reattach(ClientLink link, long id, byte[]? password, int timeout)
    {
        // Whoever comes back must not wait for its own dead connection. Apache closes that one for anybody who names the session; where
        // passwords cannot be computed, only for whoever knows this one, or strangers could cut off one client after another.
        bool isKnown = _options.Passwords.Matches(id, password);
        if ((isKnown || !_options.Passwords.AreKeyed) && _linksBySession.TryGetValue(id, out ClientLink? old))
            CloseLink(old, CloseReason.SessionMovedHere);

        if (isKnown && !_isLeading)
        {
            Revalidate(link, id, timeout);
            return;
        }

        if (!isKnown || !State.Sessions.TryGet(id, out Session? session) || session.IsClosing)
        {
            RefuseSession(link, id);
            return;
        }

        Statistics.Reattached++;
        session.NegotiatedMilliseconds = timeout;
        session.Owner = OwnSid;
        _expiry.Touch(session, _now.MonotonicMilliseconds);
        Outbox.Trace.Add(new TraceEvent(TraceKind.SessionReattached, id, $"timeout {timeout} ms"));
        if (_proposer.Count == 0)
        {
            Attach(link, session);
            return;
        }

        // Writes of the session may be on their way from its last connection. Were the answer given before, the client could look for
        // what it had asked for, not find it, and ask again.
        LetReturn(link, session, _peer.LastProposed);
    }

    private void LetReturn(ClientLink link, Session session, Zxid until)
    {
        link.Session = session;
        link.Stage = LinkStage.AwaitingSession;
        link.AwaitsSession = true;
        _linksBySession[session.Id] = link;
        _returning.Enqueue((until, link));
    }

    /// <summary>Lets those in who came back when the log was further than the tree.</summary>
    private void AdmitReturning()
    {
        while (_returning.TryPeek(out (Zxid Until, ClientLink Link) next) && next.Until <= LastProcessed)
        {
            _returning.Dequeue();
            ClientLink link = next.Link;
            if (link.Stage != LinkStage.AwaitingSession)
                continue;

            if (!link.Session!.IsClosing)
                Attach(link, link.Session);
            else
                RefuseSession(link, link.Session.Id);
        }
    }

    private void RefuseSession(ClientLink link, long id)
    {
        SendConnectResponse(link, 0, 0, NoPassword);
        CloseLink(link, CloseReason.HandshakeRefused, TraceKind.SessionRefused, $"session 0x{id:x} is unknown, ended, or not this client's");
    }

    private void Attach(ClientLink link, Session session)
    {
        link.Session = session;
        link.Stage = LinkStage.Serving;
        link.AwaitsSession = false;
        link.IsHeld = !MayTakeWrites;
        _linksBySession[session.Id] = link;
        SendConnectResponse(link, session.NegotiatedMilliseconds, session.Id, _options.Passwords.For(session.Id));
    }

    private void SendConnectResponse(ClientLink link, int timeout, long id, byte[] password)
    {
        int mark = link.Output.BeginFrame();
        var writer = new JuteWriter(link.Output);
        new ConnectResponse(0, timeout, id, password, link.KnowsReadOnly ? false : null).Write(ref writer);
        writer.Flush();
        link.Output.EndFrame(mark);
        FrameSent(link);
    }

    private void CloseLink(ClientLink link, CloseReason reason, TraceKind kind, string detail)
    {
        Outbox.Trace.Add(new TraceEvent(kind, link.SessionId != 0 ? link.SessionId : link.Id, detail));
        CloseLink(link, reason);
    }

    private void CloseLink(ClientLink link, CloseReason reason)
    {
        if (link.Close == CloseReason.None)
            link.Close = reason;
        Outbox.MarkDirty(link);
        Detach(link);
    }

    /// <summary>From here on the connection neither says nor hears anything. Its writes on their way are carried out all the same.</summary>
    private void Detach(ClientLink link)
    {
        if (link.Stage == LinkStage.Closed)
            return;

        link.Stage = LinkStage.Closed;
        link.AwaitsSession = false;
        State.Watches!.RemoveAll(link);
        Statistics.Outstanding -= link.Outstanding;
        link.Outstanding = 0;
        Statistics.WaitingBytes -= link.WaitingBytes;
        link.Queue.Clear();
        if (link.Session is { } session && _linksBySession.TryGetValue(session.Id, out ClientLink? bound) && ReferenceEquals(bound, link))
            _linksBySession.Remove(session.Id);
    }
}
