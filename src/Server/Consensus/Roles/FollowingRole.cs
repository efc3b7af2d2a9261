using Coordination.Protocol;

namespace Coordination.Server.Consensus.Roles;

/// <summary>Follows a leader: logs what it proposes, acknowledges what is on this disk, commits what it says.</summary>
internal sealed class FollowingRole(ZabPeer peer, long leader) : LearnerRole(peer, leader)
{
    private Zxid _acknowledged;

    /// <inheritdoc/>
    public override PeerState State => PeerState.Following;

    /// <summary>An acknowledgement is the answer to the word of the disk: one packet for each entry, in order, many in one write.</summary>
    public override void Persisted()
    {
        if (!IsServing)
            return;

        History history = Peer.History;
        if (_acknowledged < SynchronisedTo)
            _acknowledged = SynchronisedTo;
        if (history.Persisted <= _acknowledged)
            return;

        var writer = new JuteWriter(Link!.Output);
        long end = history.FindAfter(history.Persisted);
        for (long number = history.FindAfter(_acknowledged); number < end; number++)
            QuorumPacketWriter.Write(ref writer, QuorumPacketType.Ack, history.ZxidAt(number));
        Send(ref writer);
        _acknowledged = history.Persisted;
    }

    /// <inheritdoc/>
    protected override void ReceiveServing(in QuorumPacketView packet)
    {
        switch (packet.Type)
        {
            case QuorumPacketType.Proposal:
                Take(packet.Zxid, packet.Data);
                break;
            case QuorumPacketType.Commit:
                Commit(packet.Zxid);
                break;
            case QuorumPacketType.CommitAndActivate:
                ActivationHeader header = packet.ReadData<ActivationHeader>();
                if (Commit(packet.Zxid))
                    Activate(header);
                break;
            default:
                ReceiveCommon(packet);
                break;
        }
    }

    private bool Commit(Zxid zxid)
    {
        History history = Peer.History;
        long next = history.FindAfter(history.Committed);
        if (next == history.End || history.ZxidAt(next) != zxid)
        {
            Violate($"{zxid} is committed behind {history.Committed}, and that is out of order");
            return false;
        }

        history.Commit(zxid);
        return true;
    }
}
