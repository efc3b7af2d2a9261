using System.Net;
using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Network.Ensemble;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>The election connections of a member: what arrives becomes inputs of its loop, what its core says is sent.</summary>
internal sealed class Elections : IElectionEvents, IAsyncDisposable
{
    private readonly ElectionTransport _transport;
    private readonly ServerLog _log;
    private ReplicaLoop? _loop;

    /// <param name="options">How they are connected.</param>
    /// <param name="log">Messages.</param>
    /// <param name="time">For pauses.</param>
    public Elections(ElectionTransportOptions options, ServerLog log, TimeProvider time)
    {
        _log = log;
        _transport = new ElectionTransport(options, this, time);
    }

    /// <summary>Binds the election port. The loop need not run yet, but takes inputs.</summary>
    /// <param name="loop">Takes what arrives.</param>
    /// <param name="endpoint">Where to listen.</param>
    /// <param name="committed">Who the others are.</param>
    /// <param name="lastSeen">A newer configuration that is not known to be committed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The address bound.</returns>
    public async Task<IPEndPoint> StartAsync(
        ReplicaLoop loop, IPEndPoint endpoint, QuorumConfiguration committed, QuorumConfiguration? lastSeen, CancellationToken cancellationToken)
    {
        _loop = loop;
        SetConfiguration(committed, lastSeen);
        return await _transport.StartAsync(endpoint, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Says who the others are, and where.</summary>
    public void SetConfiguration(QuorumConfiguration committed, QuorumConfiguration? lastSeen) =>
        _transport.SetConfiguration(committed, lastSeen);

    /// <summary>Sends a notification, soon or never.</summary>
    public void Send(long sid, in ElectionNotification notification) => _transport.Send(sid, notification);

    /// <inheritdoc/>
    public void Arrived() => _loop?.PostToMember(Take);

    /// <inheritdoc/>
    public void OpenFailed(long server, string reason) => _log.ElectionUnreachable(server, reason);

    /// <inheritdoc/>
    public void Refused(EndPoint? remote, string reason) => _log.ElectionRefused($"{remote}", reason);

    /// <inheritdoc/>
    public void Failed(Exception reason) => _loop?.Failed(reason);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _transport.DisposeAsync();

    private void Take(ZabPeer peer)
    {
        while (_transport.TryTake(out ElectionArrival arrival))
        {
            if (arrival.Notification is { } notification)
                peer.Receive(arrival.Server, notification);
            else
                peer.SetReachable(arrival.Server, arrival.IsReachable);
        }
    }
}
