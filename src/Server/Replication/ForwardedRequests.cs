using System.Diagnostics.CodeAnalysis;
using Coordination.Protocol;
using Coordination.Server.Operations;

namespace Coordination.Server.Replication;

/// <summary>A write that was sent to the leader.</summary>
/// <param name="Session">The session; for the opening of one, its id.</param>
/// <param name="Xid">The client's number of the request.</param>
/// <param name="Operation">What was asked for; it shapes the reply.</param>
/// <param name="Link">The connection that waits for the reply; null if nobody does.</param>
/// <param name="ReceivedAt">When it came, in monotonic milliseconds.</param>
internal readonly record struct ForwardedRequest(long Session, int Xid, WriteOperation Operation, ClientLink? Link, long ReceivedAt);

/// <summary>
/// Every write that this server has sent to its leader and not seen committed, of all sessions, in the order in which they were sent. The
/// leader makes exactly one transaction of each, in this order; so a transaction is ours if session and number are those of the oldest.
/// </summary>
internal sealed class ForwardedRequests
{
    private readonly Queue<ForwardedRequest> _requests = new();
    private readonly List<ForwardedRequest> _skipped = [];

    /// <summary>How many there are.</summary>
    public int Count => _requests.Count;

    /// <summary>Whether the oldest is that of a connection that has reads before it that are not answered yet.</summary>
    public bool IsHeldUp => _requests.TryPeek(out ForwardedRequest request) && request.Link is { IsBehind: true, Stage: LinkStage.Serving };

    /// <summary>Remembers a request; to be called before it is sent.</summary>
    public void Add(in ForwardedRequest request) => _requests.Enqueue(request);

    /// <summary>Takes the oldest request out, if a transaction is what became of it.</summary>
    public bool TryMatch(in TransactionHeader header, out ForwardedRequest request)
    {
        if (!_requests.TryPeek(out request) || request.Session != header.SessionId || request.Xid != header.Cxid)
            return false;

        _requests.Dequeue();
        return true;
    }

    /// <summary>
    /// For a transaction of a session of ours that is not what became of the oldest request: whether it belongs to a later one. Then the
    /// leader has dropped those before it, and they are taken out.
    /// </summary>
    public bool TrySkipTo(in TransactionHeader header, out ForwardedRequest request, [NotNullWhen(true)] out IReadOnlyList<ForwardedRequest>? skipped)
    {
        request = default;
        skipped = null;
        if (!Contains(header))
            return false;

        _skipped.Clear();
        while (!TryMatch(header, out request))
            _skipped.Add(_requests.Dequeue());
        skipped = _skipped;
        return true;
    }

    /// <summary>Nothing of it will be answered any more.</summary>
    public void Clear() => _requests.Clear();

    private bool Contains(in TransactionHeader header)
    {
        foreach (ForwardedRequest request in _requests)
        {
            if (request.Session == header.SessionId && request.Xid == header.Cxid)
                return true;
        }

        return false;
    }
}
