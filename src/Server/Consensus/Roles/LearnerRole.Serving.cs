using Coordination.Protocol;

namespace Coordination.Server.Consensus.Roles;

/// <content>What a learner relays while it serves.</content>
internal abstract partial class LearnerRole
{
    /// <summary>Whether anything can be relayed.</summary>
    public bool IsServing => Stage == LearningStage.Serving;

    /// <summary>Passes a client's request on.</summary>
    public void Forward(in ForwardedRequestHeader header, ReadOnlySpan<byte> record, IReadOnlyList<AuthId>? identities)
    {
        var writer = new JuteWriter(Link!.Output);
        QuorumPacketWriter.WriteRequest(ref writer, header, record, identities);
        Send(ref writer);
    }

    /// <summary>Asks whether a client may go on with its session.</summary>
    public void AskRevalidation(RevalidateRequest request)
    {
        var writer = new JuteWriter(Link!.Output);
        QuorumPacketWriter.WriteRevalidate(ref writer, request);
        Send(ref writer);
    }

    /// <summary>Handles what followers and observers hear alike.</summary>
    protected void ReceiveCommon(in QuorumPacketView packet)
    {
        switch (packet.Type)
        {
            case QuorumPacketType.Ping:
                AnswerPing(packet.Zxid);
                break;
            case QuorumPacketType.Revalidate:
                Peer.Events.Revalidated(packet.ReadData<RevalidateResponse>());
                break;
            case QuorumPacketType.Sync:
                Peer.Events.SyncAnswered();
                break;
            case OwnPackets.HandOver:
                long successor = packet.ReadData<ActivationHeader>().DesignatedLeader;
                Peer.BecomeAppointed(successor, $"leader {leader} hands over to {successor}");
                break;
            default:
                // Apache's servers ignore what they do not know, and a later version may know more.
                Peer.Note(PeerTraceKind.Violation, leader, $"{packet.Type} is ignored");
                break;
        }
    }

    /// <summary>Takes an entry in and logs it.</summary>
    protected bool Take(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        if (!History.IsSuccessor(Peer.History.Last, zxid))
        {
            Violate($"{zxid} follows {Peer.History.Last}");
            return false;
        }

        if (Peer.Options.ReconfigEnabled && Peer.Events.FindConfiguration(entry) is { } configuration)
        {
            Peer.Membership.Propose(configuration);
            Peer.Election.Reconfigure(Peer.Membership.ToElectorate());
        }

        Peer.Append(zxid, entry);
        return true;
    }

    /// <summary>A change of the configuration is committed, and with it who leads.</summary>
    protected void Activate(ActivationHeader header)
    {
        if (Peer.Membership.Proposed is { } proposed)
            Peer.Activate(proposed);
        Follow(header.DesignatedLeader, $"the new configuration is led by {header.DesignatedLeader}");
    }

    private void AnswerPing(Zxid zxid)
    {
        var writer = new JuteWriter(Link!.Output);
        QuorumPacketWriter.WritePingReply(ref writer, zxid, Peer.Events.TakeTouches());
        Send(ref writer);
    }
}
