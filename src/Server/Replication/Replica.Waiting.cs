using Coordination.Protocol;

namespace Coordination.Server.Replication;

/// <content>
/// Reads that waited behind a write of their session. They are answered when it is applied, as far as the connection's share of the turn
/// goes, and the rest in turns to come. Until then nothing is applied that stands behind them in the same session: they must not see it.
/// </content>
internal sealed partial class Replica
{
    /// <summary>
    /// Bytes of replies to reads behind one write, on top of one reply of any size. They may all appear in one turn, before the client can
    /// show whether it reads them.
    /// </summary>
    private const int MaxPile = 32 << 20;

    /// <summary>
    /// Znodes that transactions may have counted one by one in one turn, on top of one subtree of any size: a new quota is exact at once.
    /// </summary>
    private const int MaxWalk = 10_000;

    private readonly Queue<ClientLink> _behind = new();
    private bool _hasWalkedFar;

    /// <summary>What a connection may have answered in one turn; null: everything.</summary>
    public IAnswerShare? AnswerShare { get; set; }

    /// <summary>Whether answers are left for <see cref="AnswerWaiting()"/>; what is committed may wait for them.</summary>
    public bool HasWaitingAnswers => _behind.Count > 0 || _hasWalkedFar;

    /// <summary>Input: another turn's share of the answers that are left, and of what waits for them.</summary>
    public void AnswerWaiting()
    {
        for (int count = _behind.Count; count > 0; count--)
        {
            ClientLink link = _behind.Dequeue();
            link.IsBehind = false;
            AnswerWaiting(link);
        }

        DeliverCommitted();
    }

    private void DeliverCommitted()
    {
        // What is committed in an ensemble shows at the end of the turn.
        if (Ensemble is not null)
            return;

        State.Quotas.Walked = 0;
        _hasWalkedFar = false;
        while (!_hasWalkedFar && _proposer.TryDeliver(out Proposal proposal))
        {
            Deliver(proposal);
            _hasWalkedFar = State.Quotas.Walked > MaxWalk;
        }

        if (_returning.Count > 0)
            AdmitReturning();
    }

    private void AnswerWaiting(ClientLink link)
    {
        while (link.Stage == LinkStage.Serving && link.Queue.TryPeekWaiting(out ReadOnlySpan<byte> frame, out long receivedAt, out ErrorCode refusal))
        {
            if (link.Queue.IsChangeNext && !IsRefusedAtItsTurn(link, frame))
                return;
            if (AnswerShare is { } share && !share.TryTake(link, frame.Length))
            {
                KeepBehind(link);
                return;
            }

            link.Outstanding--;
            Statistics.Outstanding--;
            if (refusal == ErrorCode.Ok)
                Answer(link, frame, receivedAt);
            else
                AnswerRefused(link, frame, refusal, receivedAt);
            Statistics.WaitingBytes -= link.Queue.RemoveWaiting();
            if (link.Output.Length > MaxPile)
                CloseLink(link, CloseReason.RepliesPiledUp, TraceKind.ProtocolViolation, $"{link.Output.Length} bytes of replies to reads behind one write");
        }
    }

    private void KeepBehind(ClientLink link)
    {
        if (link.IsBehind)
            return;

        link.IsBehind = true;
        _behind.Enqueue(link);
    }
}
