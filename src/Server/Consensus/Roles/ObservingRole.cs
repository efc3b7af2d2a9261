using Coordination.Protocol;

namespace Coordination.Server.Consensus.Roles;

/// <summary>Observes a leader: logs and applies what is committed, and counts nowhere.</summary>
internal sealed class ObservingRole(ZabPeer peer, long leader) : LearnerRole(peer, leader)
{
    /// <inheritdoc/>
    public override PeerState State => PeerState.Observing;

    /// <inheritdoc/>
    protected override void ReceiveServing(in QuorumPacketView packet)
    {
        switch (packet.Type)
        {
            case QuorumPacketType.Inform:
                Commit(packet.Zxid, packet.Data);
                break;
            case QuorumPacketType.InformAndActivate:
                ActivationHeader header = packet.ReadData<ActivationHeader>();
                if (Commit(packet.Zxid, packet.Data[ActivationHeader.Size..]))
                    Activate(header);
                break;
            default:
                ReceiveCommon(packet);
                break;
        }
    }

    private bool Commit(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        if (!Take(zxid, entry))
            return false;
        Peer.History.Commit(zxid);
        return true;
    }
}
