using Coordination.Protocol;
using Coordination.Server.Consensus.Election;
using Coordination.Server.Consensus.Roles;

namespace Coordination.Server.Consensus;

/// <content>Every change of role.</content>
internal sealed partial class ZabPeer
{
    /// <summary>Gives the present role up and looks for a leader.</summary>
    internal void BecomeLooking(string reason)
    {
        Note(PeerTraceKind.RoleChanged, -1, reason);
        Become(new LookingRole(this), -1);
    }

    /// <summary>A leader has named the next one: no election is needed to follow it.</summary>
    internal void BecomeAppointed(long leader, string reason)
    {
        PeerState state = IsObserver ? PeerState.Observing : leader == Options.Sid ? PeerState.Leading : PeerState.Following;
        Note(PeerTraceKind.RoleChanged, leader, reason);
        var outcome = new ElectionOutcome(state, new Vote(leader, History.Last, Epochs.Current, Election.Round));
        Become(new LookingRole(this, outcome), -1);
    }

    /// <summary>Begins the election; its vote is what is on this disk.</summary>
    internal void BeginElection() =>
        Election.Begin(new Candidacy(Membership.ToElectorate(), IsObserver, History.Last, Epochs.Current), Now);

    private bool IsObserver => Options.IsObserver || Membership.Committed.Find(Options.Sid) is { IsParticipant: false };

    private void Become(Role next, long leader)
    {
        _role.Leave();
        _role = next;
        SetStatus(new PeerStatus(next.State, leader, 0, false, default));
        if (next is LookingRole)
        {
            next.Enter();
            return;
        }

        // Those who came too early: to a leader they are its first learners, for anybody else they are wrong here.
        PeerLink[] waiting = [.. _waiting];
        _waiting.Clear();
        next.Enter();
        foreach (PeerLink link in waiting)
        {
            if (next is LeadingRole)
                next.Arrived(link);
            else
                Close(link, LinkCloseReason.RoleChanged);
        }
    }

    /// <summary>Sends what the election has to say, and takes the role that it has found.</summary>
    private void AfterElectionStep()
    {
        while (_role is LookingRole { IsElecting: true } && Election.Outcome is { } outcome)
        {
            if (outcome.State != PeerState.Looking)
            {
                Take(outcome);
                break;
            }

            if (outcome.NewConfiguration is { } newer)
                Activate(newer);
            BeginElection();
        }

        foreach (OutgoingNotification outgoing in Election.Outbox)
            Outbox.Network.Add(new NetworkOrder(NetworkOrderKind.Notify, outgoing.To, outgoing.Notification));
        Election.Outbox.Clear();
    }

    private void Take(ElectionOutcome outcome)
    {
        long leader = outcome.Vote.Leader;
        Note(PeerTraceKind.RoleChanged, leader, $"{outcome.State}, the end of this history is {History.Last}");
        Become(
            outcome.State switch
            {
                PeerState.Leading => new LeadingRole(this),
                PeerState.Following => new FollowingRole(this, leader),
                _ => new ObservingRole(this, leader),
            },
            leader);
    }

    /// <summary>A configuration is in force from now on.</summary>
    internal void Activate(QuorumConfiguration configuration)
    {
        if (!Membership.Activate(configuration))
            return;

        Note(PeerTraceKind.ConfigurationChanged, -1, $"version {configuration.Version:x}");
        Election.Reconfigure(Membership.ToElectorate());
        _events.ConfigurationActivated(configuration);
    }
}
