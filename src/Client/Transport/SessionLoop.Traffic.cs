using Coordination.Protocol;

namespace Coordination.Client;

/// <content>What flows over an established connection, and what happens when it breaks.</content>
internal sealed partial class SessionLoop
{
    private const int ReadsPerTurn = 16;
    private const int MostSends = 4;

    private bool _closeSent;

    /// <summary>The watches; to be touched by <see cref="Post"/>ed actions only.</summary>
    public WatchRegistry Watches => _watches;

    private void Establish(ServerConnection connection, TimeSpan now)
    {
        connection.Stage = ConnectionStage.Established;
        _candidates.Clear();
        _failures.Clear();
        bool resumed = _outageSince != default && _publisher.Session.Id == _session.Id;
        if (resumed)
            _log.SessionResumed(connection.EndPoint.ToString(), _session.Id, now - _outageSince);
        else
            _log.SessionCreated(connection.EndPoint.ToString(), _session.Id, _session.Timeout);
        if (_outageSince != default)
            _metrics.Reconnected();
        _outageSince = default;
        _outageTold = false;

        // Credentials first: whatever follows may need them. Then the watches, then what waits.
        foreach (CredentialEntry entry in _credentials)
            SendCredential(connection, entry, now);
        foreach (SetWatches2 batch in _watches.Batches(_session.LastZxidSeen))
            WriteRequest(connection, InternalRequests.SetWatches(batch), now);
        _publisher.Deadline(_session.Deadline.SafeUntil);
        _publisher.Connected(_session.Id, _session.Timeout, connection.EndPoint);
        _watches.Reconnected();
        EndAttempt(null);
    }

    private void SendDue(TimeSpan now)
    {
        ServerConnection connection = _connection!;
        if (_session.ConnectionIsDead(now))
        {
            Break("no answer to the heartbeat in time");
            return;
        }

        while (connection.HasRoom && _outgoing.TryDequeue(out PendingRequest? request))
        {
            if (!request.IsAbandoned)
                WriteRequest(connection, request, now);
        }

        switch (_session.DueHeartbeat(now))
        {
            case Heartbeat.Quorum:
                WriteRequest(connection, InternalRequests.QuorumProbe(), now);
                break;
            case Heartbeat.Ping:
                WriteHeader(connection, new(WellKnownXid.Ping, OpCode.Ping));
                _pending.AddPing(now);
                _session.Sent(needsQuorum: false, now);
                break;
        }

        if (_closing && _outgoing.Count == 0 && !_closeSent)
        {
            _closeSent = true;
            WriteRequest(connection, InternalRequests.CloseSession(), now);
            connection.Stage = ConnectionStage.ClosingSession;
            connection.StageDeadline = _closeBy;
        }
    }

    private void WriteRequest(ServerConnection connection, PendingRequest request, TimeSpan now)
    {
        request.BeforeSend(_watches);
        request.SessionId = _session.Id;
        _pending.Add(request, now);
        _session.Sent(request.NeedsQuorum, now);
        int mark = connection.Output.BeginFrame();
        var writer = new JuteWriter(connection.Output);
        new RequestHeader(request.Xid, request.Type).Write(ref writer);
        request.WriteBody(ref writer);
        writer.Flush();
        connection.Output.EndFrame(mark);
    }

    private static void WriteHeader(ServerConnection connection, RequestHeader header) => WriteFrame(connection, header);

    private static void WriteFrame<T>(ServerConnection connection, in T record)
        where T : IJuteRecord<T>
    {
        int mark = connection.Output.BeginFrame();
        var writer = new JuteWriter(connection.Output);
        record.Write(ref writer);
        writer.Flush();
        connection.Output.EndFrame(mark);
    }

    private void ReceiveFrames()
    {
        ServerConnection connection = _connection!;
        try
        {
            for (int i = 0; i < ReadsPerTurn; i++)
            {
                ReceiveResult result = connection.Receive();
                while (ReferenceEquals(connection, _connection) && connection.TryReadFrame(out ReadOnlySpan<byte> frame))
                    TakeFrame(connection, frame);
                if (!ReferenceEquals(connection, _connection) || result == ReceiveResult.Empty)
                    return;
                if (result == ReceiveResult.Ended)
                {
                    Break(connection.Failure);
                    return;
                }
            }
        }
        catch (JuteFormatException e)
        {
            if (ReferenceEquals(connection, _connection))
                Break("the server sent garbage. " + e.Message);
        }
    }

    private void TakeFrame(ServerConnection connection, ReadOnlySpan<byte> frame)
    {
        TimeSpan now = _clock.Now;
        if (connection.Stage == ConnectionStage.Handshaking)
        {
            HandshakeAnswered(connection, frame, now);
            return;
        }

        var reader = new JuteReader(frame);
        ReplyHeader header = ReplyHeader.Read(ref reader);
        switch (header.Xid)
        {
            case WellKnownXid.Notification:
                _watches.Dispatch(WatcherEvent.Read(ref reader));
                return;
            case WellKnownXid.Ping:
                if (!_pending.TryTakePing(out TimeSpan pingSentAt))
                    Break("the server answered a ping that was not sent");
                else
                    _session.PingAnswered(pingSentAt, now);
                return;
            case WellKnownXid.Auth:
                CredentialAnswered(header, now);
                return;
        }

        if (_pending.TryPeek(header.Xid, out PendingRequest? request))
            TakeReply(request, header, ref reader, now);
        else
            Break($"the server answered request {header.Xid} out of turn");
    }

    private void TakeReply(PendingRequest request, in ReplyHeader header, ref JuteReader reader, TimeSpan now)
    {
        if (header.Error is ErrorCode.SessionExpired && request.Type != OpCode.CloseSession)
        {
            _pending.Remove();
            request.Fail(request.BreakRule == BreakRule.Resend ? RequestFailure.Unavailable : RequestFailure.OutcomeUnknown, "The session has expired.");
            BreakRequests("the session has expired");
            OldSessionEnded("the server says that it has expired", now);
            return;
        }

        if (header.Error is ErrorCode.SessionClosedRequireAuth or ErrorCode.AuthFailed)
        {
            _pending.Remove();
            request.Fail(RequestFailure.AuthenticationFailed, "The server demands credentials that this client did not present.");
            RefuseCredentials();
            return;
        }

        // The deadline is out before anybody can look at it because of this answer.
        _session.Answered(request, header, now);
        _publisher.Deadline(_session.Deadline.SafeUntil);

        // A body that is garbage breaks the connection, and then the request must still be among those that wait.
        request.Complete(header, ref reader, _watches);
        _pending.Remove();
        if (request.Type == OpCode.CloseSession)
            SessionClosed(now);
    }

    private void SessionClosed(TimeSpan now)
    {
        if (_closing)
            _closeBy = now;
        else
            OldSessionEnded("closed by this client", now);
    }

    /// <summary>The connection is gone: sort out what was in flight, tell everybody, look for another one.</summary>
    private void Break(string reason)
    {
        TimeSpan now = _clock.Now;
        if (_connection is not { Stage: ConnectionStage.Established } connection)
        {
            CandidateFailed(reason, now, cutOff: _connection!.Stage == ConnectionStage.Handshaking);
            return;
        }

        _connection = null;
        connection.Dispose();
        _failures.Add(connection.EndPoint.ToString(), reason);
        BreakRequests(reason);
        if (_session.State == SessionState.Connected)
        {
            _session.Disconnected();
            _log.Suspended(connection.EndPoint.ToString(), reason, _session.Id);
            _publisher.Suspended();
        }

        if (_session.State != SessionState.Closed && !_closing)
            BeginConnecting();
    }

    // What is sent again goes in front of what was never sent, in the old order: nothing overtakes anything.
    private void BreakRequests(string reason)
    {
        _outageSince = _clock.Now;
        _credentialsSent.Clear();
        var kept = new Queue<PendingRequest>();
        foreach (PendingRequest request in _pending.Break())
        {
            if (request.IsAbandoned)
                continue;
            if (request.BreakRule == BreakRule.Resend && request.TimesSent < MostSends)
                kept.Enqueue(request);
            else
                FailBroken(request, reason);
        }

        foreach (PendingRequest request in _outgoing)
            kept.Enqueue(request);
        _outgoing = kept;
        _watches.Suspended();
    }

    private void FailBroken(PendingRequest request, string reason)
    {
        if (request.BreakRule == BreakRule.OutcomeUnknown)
            _metrics.OutcomeUnknown();
        request.Fail(
            request.NeedsQuorum ? RequestFailure.OutcomeUnknown : RequestFailure.Unavailable,
            $"The connection broke {request.TimesSent} time(s): {reason}.");
    }
}
