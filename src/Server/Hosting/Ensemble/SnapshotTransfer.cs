using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>The exact image of the tree on its way to a learner. It waits while another image is being written.</summary>
/// <param name="state">Where the image comes from.</param>
internal sealed class SnapshotTransfer(IMemberState state) : IPeerTransfer
{
    private TreeSnapshot? _snapshot;

    /// <inheritdoc/>
    public TransferStep Fill(FrameBuffer output, int bytes)
    {
        if (_snapshot is null)
        {
            _snapshot = state.TryBeginSnapshot();
            if (_snapshot is null)
                return TransferStep.Waiting;

            var packet = new JuteWriter(output);
            QuorumPacketWriter.Write(ref packet, QuorumPacketType.Snapshot, _snapshot.Zxid);
            packet.Flush();
        }

        if (_snapshot.WriteSlice(output, bytes))
            return TransferStep.More;

        var writer = new JuteWriter(output);
        SnapshotStreamScanner.WriteSignature(ref writer);
        writer.Flush();
        return TransferStep.Done;
    }

    /// <inheritdoc/>
    public void Tell(ZabPeer peer, PeerLink link) => peer.SnapshotSent(link, _snapshot!.Zxid);

    /// <inheritdoc/>
    public void Dispose() => _snapshot?.Abandon();
}
