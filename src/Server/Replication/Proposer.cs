using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Operations;

namespace Coordination.Server.Replication;

/// <summary>A transaction that is proposed and not applied, and whom to tell.</summary>
/// <param name="Transaction">What changes.</param>
/// <param name="Operation">What was asked for; it shapes the reply.</param>
/// <param name="Link">The connection that waits for the reply; null for the server's own transactions.</param>
/// <param name="Xid">The client's number for the request.</param>
/// <param name="ReceivedAt">When it came, in monotonic milliseconds.</param>
internal readonly record struct Proposal(Transaction Transaction, WriteOperation Operation, ClientLink? Link, int Xid, long ReceivedAt);

/// <summary>Turns a judged request into a transaction: numbered, stamped, appended to the log, and remembered until it is committed.</summary>
internal sealed class Proposer(IPeer peer, PendingChanges pending, ReplicaOutbox outbox, bool writeDigests)
{
    private PendingChanges _pending = pending;

    private readonly Queue<Proposal> _window = new();

    /// <summary>Proposals that are not committed yet.</summary>
    public int Count => _window.Count;

    /// <summary>The tree as it will be; stamped with what the next proposal gets.</summary>
    public PendingChanges Begin(ReplicaTime now)
    {
        _pending.Begin(peer.LastProposed.Next, now.WallMilliseconds);
        return _pending;
    }

    /// <summary>Proposes what was prepared since <see cref="Begin"/>.</summary>
    public Zxid Propose(TransactionRecord record, long session, WriteOperation operation, ClientLink? link, int xid, long receivedAt)
    {
        Zxid zxid = peer.LastProposed.Next;
        var header = new TransactionHeader(session, xid, zxid, _pending.Time);

        // Apache records no digest with a failed request.
        ulong? digest = writeDigests && record is not ErrorTransaction ? _pending.Digest : null;
        var transaction = new Transaction(header, record, digest);

        LogBatch log = outbox.Log;
        int offset = log.Bytes.Length;
        var writer = new JuteWriter(log.Bytes);
        TransactionCodec.Write(transaction, ref writer);
        writer.Flush();
        log.Entries.Add(new LogEntrySpan(zxid, offset, log.Bytes.Length - offset));
        peer.Propose(zxid, log.Bytes.WrittenSpan[offset..]);
        _window.Enqueue(new Proposal(transaction, operation, link, xid, receivedAt));
        return zxid;
    }

    /// <summary>Proposes from now on what is judged against another tree; nothing that was proposed before is in it.</summary>
    public void Restart(PendingChanges pending)
    {
        _window.Clear();
        _pending = pending;
    }

    /// <summary>What was proposed here will not be delivered as such any more.</summary>
    public void Clear() => _window.Clear();

    /// <summary>Whether the oldest proposal is that of a connection that has reads before it that are not answered yet.</summary>
    public bool IsHeldUp => _window.TryPeek(out Proposal proposal) && proposal.Link is { IsBehind: true, Stage: LinkStage.Serving };

    /// <summary>Takes the oldest proposal, if it is the one with this zxid. A member's history holds entries of other leaders too.</summary>
    public bool TryTake(Zxid zxid, out Proposal proposal)
    {
        if (!_window.TryPeek(out proposal) || proposal.Transaction.Header.Zxid != zxid)
            return false;

        _window.Dequeue();
        return true;
    }

    /// <summary>The next committed proposal, in zxid order, unless its connection has reads before it that are not answered yet.</summary>
    public bool TryDeliver(out Proposal proposal)
    {
        if (!_window.TryPeek(out proposal) || proposal.Transaction.Header.Zxid > peer.LastCommitted)
            return false;
        if (proposal.Link is { IsBehind: true, Stage: LinkStage.Serving })
            return false;

        _window.Dequeue();
        return true;
    }
}
