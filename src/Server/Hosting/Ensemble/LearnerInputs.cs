using System.Net;
using Coordination.Server.Network;
using Coordination.Server.Network.Ensemble;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>Makes inputs of what the connections between servers report.</summary>
/// <param name="post">Takes them.</param>
/// <param name="log">Messages.</param>
internal sealed class LearnerInputs(Action<LoopInput> post, ServerLog log) : ILearnerEvents
{
    /// <inheritdoc/>
    public void Accepted(ClientConnection connection) => post(new LoopInput(LoopInputKind.PeerAccepted, connection));

    /// <inheritdoc/>
    public void Readable(ClientConnection connection) => post(new LoopInput(LoopInputKind.PeerReadable, connection));

    /// <inheritdoc/>
    public void Writable(ClientConnection connection) => post(new LoopInput(LoopInputKind.PeerWritable, connection));

    /// <inheritdoc/>
    public void LeaderReached(long attempt, PolledConnection connection) => post(new LoopInput(LoopInputKind.LeaderReached, connection, attempt));

    /// <inheritdoc/>
    public void LeaderUnreachable(long attempt, string reason) => post(new LoopInput(LoopInputKind.LeaderUnreachable, reason, attempt));

    /// <inheritdoc/>
    public void Refused(IPEndPoint remoteAddress, ConnectionLimit limit) => log.ConnectionRefused(remoteAddress, limit);

    /// <inheritdoc/>
    public void HandshakeFailed(IPEndPoint remoteAddress, string reason) => log.HandshakeFailed(remoteAddress, reason);

    /// <inheritdoc/>
    public void OutOfDescriptors() => log.OutOfDescriptors();

    /// <inheritdoc/>
    public void AcceptFailed(string reason) => log.AcceptFailed(reason);

    /// <inheritdoc/>
    public void Failed(Exception reason) => post(new LoopInput(LoopInputKind.Fault, reason));
}
