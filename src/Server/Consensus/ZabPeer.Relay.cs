using Coordination.Protocol;
using Coordination.Server.Consensus.Roles;

namespace Coordination.Server.Consensus;

/// <content>What the replica above asks for.</content>
internal sealed partial class ZabPeer
{
    /// <inheritdoc/>
    public void Propose(Zxid zxid, ReadOnlySpan<byte> entry) => RequireLeading().Propose(zxid, entry);

    /// <summary>Takes a proposal that changes the configuration, see <see cref="Propose"/>.</summary>
    public void ProposeConfiguration(Zxid zxid, ReadOnlySpan<byte> entry, QuorumConfiguration next) =>
        RequireLeading().ProposeConfiguration(zxid, entry, next);

    /// <summary>
    /// Leader: a sync came, from a learner's link or, with null, from a client of this server. It is answered, in order, when a quorum has
    /// shown that it still follows, and when what was proposed before is committed.
    /// </summary>
    public void ConfirmSync(PeerLink? link) => RequireLeading().ConfirmSync(link);

    /// <summary>Leader: tells a learner whether a session may be gone on with.</summary>
    public void AnswerRevalidation(PeerLink link, RevalidateResponse response)
    {
        if (link.IsOver)
            return;

        var writer = new JuteWriter(link.Output);
        QuorumPacketWriter.WriteRevalidated(ref writer, response);
        writer.Flush();
        Outbox.MarkDirty(link);
    }

    /// <summary>Leader: stops proposing and, when all is committed, hands over to a follower, or to itself in a new epoch.</summary>
    public void HandOverTo(long successor)
    {
        if (_role is LeadingRole leading)
            leading.HandOverTo(successor);
    }

    /// <summary>Learner: passes a client's request on to the leader.</summary>
    /// <returns>False if there is none to pass it to; it has to be kept until there is.</returns>
    public bool TryForward(in ForwardedRequestHeader header, ReadOnlySpan<byte> record, IReadOnlyList<AuthId>? identities)
    {
        if (_role is not LearnerRole { IsServing: true } learner)
            return false;

        learner.Forward(header, record, identities);
        return true;
    }

    /// <summary>Learner: asks the leader whether a client may go on with its session.</summary>
    /// <returns>False if there is none to ask.</returns>
    public bool TryAskRevalidation(RevalidateRequest request)
    {
        if (_role is not LearnerRole { IsServing: true } learner)
            return false;

        learner.AskRevalidation(request);
        return true;
    }

    private LeadingRole RequireLeading() =>
        _role as LeadingRole ?? throw new InvariantException($"This is asked of a leader, and this server is {_role.State}.");
}
