using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Replication;

/// <content>
/// Syncs of this server's own clients. A leader of ours confirms them by a quorum that has answered since; then a read behind one sees
/// whatever was acknowledged anywhere before it.
/// </content>
internal sealed partial class Replica
{
    private readonly Queue<(ClientLink Link, int Xid, string Path, long ReceivedAt)> _syncs = new();

    /// <summary>What has to be applied before each of the oldest syncs is answered.</summary>
    private readonly Queue<Zxid> _syncMarks = new();

    private bool _hasNewSync;

    void IPeerEvents.SyncConfirmed() => _syncMarks.Enqueue(Ensemble!.LastCommitted);

    // What is committed may still be on its way to this disk, and is applied only then.
    void IPeerEvents.SyncAnswered() => _syncMarks.Enqueue(Ensemble!.LastCommitted);

    private void Sync(ClientLink link, RequestHeader header, ReadOnlySpan<byte> frame)
    {
        if (!MayTakeWrites || link.Queue.HoldsSyncs)
        {
            Wait(link, frame, isChange: true);
            return;
        }

        var reader = new JuteReader(frame[RequestHeader.Size..], _options.MaxBufferBytes);
        if (!BeginSync(link, header, ref reader, frame))
        {
            if (link.Queue.IsEmpty)
                Answer(link, frame, _now.MonotonicMilliseconds);
            else
                Wait(link, frame, isChange: false);
            return;
        }

        link.Outstanding++;
        Statistics.Outstanding++;
        link.Queue.AddSync();
    }

    /// <returns>False if it cannot be decoded.</returns>
    private bool BeginSync(ClientLink link, RequestHeader header, ref JuteReader reader, ReadOnlySpan<byte> frame)
    {
        string path;
        try
        {
            path = reader.Read<SyncRequest>().Path;
        }
        catch (JuteFormatException)
        {
            return false;
        }

        _syncs.Enqueue((link, header.Xid, path, _now.MonotonicMilliseconds));
        _hasNewSync = true;
        if (_isLeading)
            Ensemble!.ConfirmSync(null);
        else
            Send(new ForwardedRequestHeader(link.SessionId, header.Xid, OpCode.Sync), frame[RequestHeader.Size..], link.AuthIds);
        return true;
    }

    private void AnswerSyncs()
    {
        while (_syncMarks.TryPeek(out Zxid mark) && mark <= LastProcessed)
        {
            InvariantException.Require(_syncs.Count > 0, "A sync was answered that nobody asked for.");
            if (_syncs.Peek().Link is { IsBehind: true, Stage: LinkStage.Serving })
                return;

            _syncMarks.Dequeue();
            (ClientLink link, int xid, string path, long receivedAt) = _syncs.Dequeue();
            if (link.Stage == LinkStage.Serving)
                AnswerSync(link, xid, path, receivedAt);
        }
    }

    private void AnswerSync(ClientLink link, int xid, string path, long receivedAt)
    {
        link.Queue.CompleteSync();
        link.Outstanding--;
        Statistics.Outstanding--;
        int mark = link.Output.BeginFrame();
        var writer = new JuteWriter(link.Output);
        new ReplyHeader(xid, LastSeen.Value, ErrorCode.Ok).Write(ref writer);
        new SyncResponse(path).Write(ref writer);
        writer.Flush();
        link.Output.EndFrame(mark);
        Answered(link, OpCode.Sync, xid, LastSeen.Value, receivedAt, link.Output.Length - mark - sizeof(int));
        AnswerWaiting(link);
    }
}
