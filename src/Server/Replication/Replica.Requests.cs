using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Sessions;

namespace Coordination.Server.Replication;

/// <summary>The way in: a frame becomes a proposal, an answer, or waits behind a proposal of its own session.</summary>
internal sealed partial class Replica
{
    private const int ErrorOffset = sizeof(int) + sizeof(long);

    /// <summary>Input: one frame (without its length word) arrived. The first one of a link is the handshake.</summary>
    public void Receive(ClientLink link, ReadOnlySpan<byte> frame)
    {
        if (link.Stage == LinkStage.Closed)
            return;

        if (link.IsHeld)
            throw new InvalidOperationException("A frame was handed over while the clients wait.");

        link.Statistics.PacketsReceived++;
        Statistics.PacketsReceived++;
        Statistics.BytesReceived += frame.Length + sizeof(int);
        if (link.Stage == LinkStage.Connecting)
        {
            Connect(link, frame);
            return;
        }

        if (link.Stage == LinkStage.AwaitingSession)
            throw new InvalidOperationException("A frame was handed over before the handshake was answered.");
        if (frame.Length < RequestHeader.Size)
        {
            CloseLink(link, CloseReason.ProtocolViolation, TraceKind.ProtocolViolation, $"a frame of {frame.Length} bytes");
            return;
        }

        // A session that is ending takes nothing more; its connection is closed when the end is committed.
        Session session = link.Session!;
        if (session.IsClosing)
            return;

        Touch(session);
        Dispatch(link, frame);
    }

    private void Dispatch(ClientLink link, ReadOnlySpan<byte> frame)
    {
        var reader = new JuteReader(frame, _options.MaxBufferBytes);
        RequestHeader header = RequestHeader.Read(ref reader);
        if (!link.Identities.IsAdmitted && header.Type is not (OpCode.Auth or OpCode.Sasl))
        {
            SendAside(link, header, 0, ErrorCode.SessionClosedRequireAuth);
            CloseLink(link, CloseReason.AuthenticationFailed, TraceKind.AuthenticationFailed, "a request came ahead of the credentials demanded");
            return;
        }

        switch (OperationTable.Find(header.Type))
        {
            case AuthOperation:
                Authenticate(link, header, ref reader);
                break;
            case SaslOperation:
                AnswerSasl(link, header, ref reader);
                break;
            case WriteOperation { Standing: Standing.Served } write when RefusesWrites && write is not CloseSessionOperation:
                RefuseWrite(link, frame);
                break;
            case WriteOperation { Standing: Standing.Served } when Ensemble is not null && (!MayTakeWrites || link.Queue.HoldsWrites):
                Wait(link, frame, isChange: true);
                break;
            case WriteOperation { Standing: Standing.Served } write when Begin(link, header, write, ref reader, frame):
                link.Outstanding++;
                Statistics.Outstanding++;
                link.Queue.AddWrite();
                break;
            case SyncOperation when Ensemble is not null:
                Sync(link, header, frame);
                break;
            default:
                if (link.Queue.IsEmpty)
                {
                    Answer(link, frame, _now.MonotonicMilliseconds);
                    break;
                }

                Wait(link, frame, isChange: false);
                break;
        }
    }

    private void Wait(ClientLink link, ReadOnlySpan<byte> frame, bool isChange)
    {
        link.Outstanding++;
        Statistics.Outstanding++;
        Statistics.WaitingBytes += frame.Length;
        link.Queue.AddWaiting(frame, _now.MonotonicMilliseconds, isChange: isChange);
    }

    /// <summary>A write sets out: it is proposed here, or sent to the leader.</summary>
    /// <returns>False if it does not; its refusal waits for its turn like a read.</returns>
    private bool Begin(ClientLink link, RequestHeader header, WriteOperation operation, ref JuteReader reader, ReadOnlySpan<byte> frame)
    {
        if (_isLeading)
            return Propose(link, header, operation, ref reader);

        Forward(link, header, operation, frame);
        return true;
    }

    /// <returns>False if the request cannot be decoded and takes no zxid; its refusal waits for its turn like a read.</returns>
    private bool Propose(ClientLink link, RequestHeader header, WriteOperation operation, ref JuteReader reader)
    {
        PendingChanges pending = _proposer.Begin(_now);
        TransactionRecord record;
        try
        {
            record = Ensemble is not null && FaultOf(link.SessionId, OwnSid, operation) is { } fault
                ? new ErrorTransaction(fault)
                : operation.Prepare(ref reader, pending, link);
        }
        catch (JuteFormatException malformed)
        {
            // Apache reads a null path without complaint, takes a zxid, and fails when it looks at the path.
            if (!operation.ConsumesZxidWhenMalformed && malformed.Error != JuteError.NullText)
                return false;
            record = new ErrorTransaction(ErrorCode.MarshallingError);
        }

        if (pending.Notices.Count > 0)
            PassOnNotices(pending.Notices);
        if (record is CloseSessionTransaction)
            MarkClosing(link.Session!);
        _proposer.Propose(record, link.SessionId, operation, link, header.Xid, _now.MonotonicMilliseconds);
        return true;
    }

    private void PassOnNotices(List<Notice> notices)
    {
        foreach (Notice notice in notices)
        {
            TraceKind kind = notice.Kind switch
            {
                NoticeKind.QuotaExceeded => TraceKind.QuotaExceeded,
                NoticeKind.SequenceNearlyExhausted => TraceKind.SequenceNearlyExhausted,
                _ => TraceKind.SequenceExhausted,
            };
            Outbox.Trace.Add(new TraceEvent(kind, 0, notice.Text));
        }

        notices.Clear();
    }

    /// <summary>Answers from committed state everything that is no proposal.</summary>
    private void Answer(ClientLink link, ReadOnlySpan<byte> frame, long receivedAt)
    {
        var reader = new JuteReader(frame, _options.MaxBufferBytes);
        RequestHeader header = RequestHeader.Read(ref reader);
        switch (OperationTable.Find(header.Type))
        {
            case ReadOperation read:
                AnswerRead(link, header, read, ref reader, receivedAt);
                break;
            case { Standing: Standing.Served }:
                SendHeader(link, header, LastSeen.Value, ErrorCode.MarshallingError, receivedAt);
                break;
            case { Standing: Standing.Refused }:
                SendHeader(link, header, LastSeen.Value, ErrorCode.Unimplemented, receivedAt);
                break;
            default:
                SendAside(link, header, -1, ErrorCode.Unimplemented);
                CloseLink(link, CloseReason.UnknownOperation, TraceKind.ProtocolViolation, $"operation {(int)header.Type} does not exist");
                break;
        }
    }

    private void AnswerRead(ClientLink link, RequestHeader header, ReadOperation operation, ref JuteReader reader, long receivedAt)
    {
        // Events of re-established watches must stand before the reply, so its body is built aside.
        FrameBuffer output = operation.SendsEvents ? Scratch : link.Output;
        int xid = header.Type == OpCode.Ping ? WellKnownXid.Ping : header.Xid;
        int size = WriteAnswer(link, xid, operation, ref reader, output);
        if (operation.SendsEvents)
        {
            var copy = new JuteWriter(link.Output);
            copy.WriteRaw(output.WrittenSpan);
            copy.Flush();
            output.Clear();
        }

        Answered(link, header.Type, xid, LastSeen.Value, receivedAt, size);
    }

    /// <summary>Writes header and body of the answer to a read as one frame.</summary>
    /// <returns>Their length in bytes.</returns>
    private int WriteAnswer(ClientLink link, int xid, ReadOperation operation, ref JuteReader reader, FrameBuffer output)
    {
        int mark = output.BeginFrame();
        var writer = new JuteWriter(output);
        new ReplyHeader(xid, LastSeen.Value, ErrorCode.Ok).Write(ref writer);
        ErrorCode error;
        try
        {
            error = operation.Answer(ref reader, State, link, ref writer);
        }
        catch (JuteFormatException)
        {
            error = ErrorCode.MarshallingError;
        }

        writer.Flush();
        if (error != ErrorCode.Ok)
        {
            output.Truncate(mark + sizeof(int) + ReplyHeader.Size);
            output.PatchInt32(mark + sizeof(int) + ErrorOffset, (int)error);
        }

        output.EndFrame(mark);
        return output.Length - mark - sizeof(int);
    }

    private void SendHeader(ClientLink link, RequestHeader header, long zxid, ErrorCode error, long receivedAt)
    {
        WriteHeader(link, header, zxid, error);
        Answered(link, header.Type, header.Xid, zxid, receivedAt, ReplyHeader.Size);
    }

    /// <summary>Answers what never came among the requests: as at Apache a packet, but no operation, and no latency.</summary>
    private void SendAside(ClientLink link, RequestHeader header, long zxid, ErrorCode error)
    {
        WriteHeader(link, header, zxid, error);
        Statistics.AddFrame(ReplyHeader.Size);
        FrameSent(link);
    }

    private static void WriteHeader(ClientLink link, RequestHeader header, long zxid, ErrorCode error)
    {
        int mark = link.Output.BeginFrame();
        var writer = new JuteWriter(link.Output);
        new ReplyHeader(header.Xid, zxid, error).Write(ref writer);
        writer.Flush();
        link.Output.EndFrame(mark);
    }

    private void Answered(ClientLink link, OpCode operation, int xid, long zxid, long receivedAt, int size, bool isUpdate = false)
    {
        long latency = _now.MonotonicMilliseconds - receivedAt;
        link.Statistics.Answered(operation, xid, zxid, _now.MonotonicMilliseconds, latency);
        Statistics.AddLatency(isUpdate, latency);
        if (operation != OpCode.Ping)
            Statistics.ResponseBytes += size;
        Statistics.AddFrame(size);
        FrameSent(link);
    }
}
