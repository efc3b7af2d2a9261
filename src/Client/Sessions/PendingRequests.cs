using System.Diagnostics.CodeAnalysis;
using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>
/// What was sent and is not answered. A server answers ordinary requests in the order they arrived, so the first one waiting must have
/// the reply's number; anything else means that the stream is not what it seems, and the connection must go.
/// </summary>
internal sealed class PendingRequests
{
    private readonly Queue<PendingRequest> _inFlight = new();
    private readonly Queue<TimeSpan> _pings = new();
    private int _lastXid;

    /// <summary>Requests in flight.</summary>
    public int Count => _inFlight.Count;

    /// <summary>Gives a request its number and remembers it.</summary>
    /// <param name="request">About to be written.</param>
    /// <param name="now">The time.</param>
    public void Add(PendingRequest request, TimeSpan now)
    {
        // Like Apache's client, numbers start anew behind 2^31-2; zero and below have meanings of their own.
        _lastXid = _lastXid == int.MaxValue - 1 ? 1 : _lastXid + 1;
        request.Xid = _lastXid;
        request.SentAt = now;
        request.TimesSent++;
        _inFlight.Enqueue(request);
    }

    /// <summary>Finds the request that a reply answers.</summary>
    /// <param name="xid">The reply's number.</param>
    /// <param name="request">The first one waiting.</param>
    /// <returns>False if it is not the first one's number.</returns>
    public bool TryPeek(int xid, [NotNullWhen(true)] out PendingRequest? request) =>
        _inFlight.TryPeek(out request) && request.Xid == xid;

    /// <summary>Takes the request that was found out: its answer is understood.</summary>
    public void Remove() => _inFlight.Dequeue();

    /// <summary>Remembers a ping.</summary>
    /// <param name="now">The time.</param>
    public void AddPing(TimeSpan now) => _pings.Enqueue(now);

    /// <summary>Finds the ping that a reply answers.</summary>
    /// <param name="sentAt">When it was sent.</param>
    /// <returns>False if none waits.</returns>
    public bool TryTakePing(out TimeSpan sentAt) => _pings.TryDequeue(out sentAt);

    /// <summary>Empties everything after a break.</summary>
    /// <returns>What was in flight, oldest first.</returns>
    public PendingRequest[] Break()
    {
        PendingRequest[] requests = _inFlight.ToArray();
        _inFlight.Clear();
        _pings.Clear();
        return requests;
    }
}
