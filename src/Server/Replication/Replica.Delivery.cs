using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Sessions;

namespace Coordination.Server.Replication;

/// <summary>The way out: a committed transaction changes the tree, then its watchers learn of it, then whoever asked for it.</summary>
internal sealed partial class Replica
{
    private void Deliver(in Proposal proposal)
    {
        Transaction transaction = proposal.Transaction;
        OperationResult result = OperationTable.ForTransaction(transaction.Record.Type).Apply(transaction.Header, transaction.Record, State);
        LastProcessed = transaction.Header.Zxid;
        Statistics.Propagation.Add(_now.WallMilliseconds - transaction.Header.Time);
        if (_options.WriteDigests)
            Digests.Applied(LastProcessed.Value, State.Tree.Digest);
        if (Ensemble is not null)
            CheckDigest(transaction);
        _pending.Settle(LastProcessed);

        long session = transaction.Header.SessionId;
        switch (transaction.Record)
        {
            case CreateSessionTransaction:
                if (Ensemble is not null)
                    SetOwner(session);
                SessionOpened(proposal.Link, session);
                CountOpening(proposal);
                return;
            case CloseSessionTransaction:
                Reply(proposal, result);
                SessionEnded(proposal.Link, session);
                return;
            default:
                Reply(proposal, result);
                break;
        }

        if (proposal.Link is { } link)
            AnswerWaiting(link);
    }

    /// <summary>The opening of a session counts as a request, though its answer is no reply.</summary>
    private void CountOpening(in Proposal proposal)
    {
        long latency = _now.MonotonicMilliseconds - proposal.ReceivedAt;
        Statistics.AddLatency(isUpdate: true, latency);
        proposal.Link?.Statistics.Answered(OpCode.CreateSession, 0, LastProcessed.Value, _now.MonotonicMilliseconds, latency);
    }

    private void Reply(in Proposal proposal, in OperationResult result)
    {
        if (proposal.Link is not { Stage: LinkStage.Serving } link)
            return;

        link.Queue.CompleteWrite();
        link.Outstanding--;
        Statistics.Outstanding--;
        if (result.Error == ErrorCode.SessionMoved)
        {
            // As Apache: the code is none for clients.
            CloseLink(link, CloseReason.SessionMovedAway, TraceKind.SessionRefused, "the session goes on at another server");
            return;
        }

        long zxid = proposal.Transaction.Header.Zxid.Value;
        int mark = link.Output.BeginFrame();
        var writer = new JuteWriter(link.Output);
        new ReplyHeader(proposal.Xid, zxid, result.Error).Write(ref writer);
        if (result.Error == ErrorCode.Ok)
            proposal.Operation.WriteReply(result, State, ref writer);
        writer.Flush();
        link.Output.EndFrame(mark);
        Answered(link, proposal.Operation.Code, proposal.Xid, zxid, proposal.ReceivedAt, link.Output.Length - mark - sizeof(int), isUpdate: true);
    }

    private void SessionEnded(ClientLink? asked, long id)
    {
        foreach (LearnerRelay relay in _relays)
            relay.Forget(id);
        Outbox.Trace.Add(new TraceEvent(TraceKind.SessionClosed, id, asked is null ? "by the server" : "by its client"));
        if (_linksBySession.TryGetValue(id, out ClientLink? link))
            CloseLink(link, ReferenceEquals(link, asked) ? CloseReason.SessionClosed : CloseReason.SessionExpired);
    }

    private void ProposeClose(Session session)
    {
        MarkClosing(session);
        ProposeClose(session.Id);
    }

    private void MarkClosing(Session session)
    {
        session.IsClosing = true;
        _expiry.Remove(session);
    }

    private void ProposeClose(long id)
    {
        TransactionRecord record = CloseSessionOperation.Prepare(id, _proposer.Begin(_now));
        var operation = (WriteOperation)OperationTable.Find(OpCode.CloseSession)!;
        _proposer.Propose(record, id, operation, link: null, xid: 0, _now.MonotonicMilliseconds);
    }

    private void Reap(string path)
    {
        TransactionRecord record = DeleteOperation.PrepareReaping(
            path, _proposer.Begin(_now), _options.ContainerMaxNeverUsedMilliseconds);
        var operation = (WriteOperation)OperationTable.Find(OpCode.DeleteContainer)!;
        _proposer.Propose(record, session: 0, operation, link: null, xid: 0, _now.MonotonicMilliseconds);
        if (record is DeleteTransaction)
            Outbox.Trace.Add(new TraceEvent(TraceKind.ContainerReaped, 0, path));
    }
}
