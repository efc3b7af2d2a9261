using Coordination.Protocol;
using Coordination.Server.Consensus.Election;
using static Coordination.Server.Tests.Consensus.Election.Ballots;

namespace Coordination.Server.Tests.Consensus.Election;

/// <summary>What a server says to others that ask, in each of its states.</summary>
public sealed class AnswerTests
{
    [Theory]
    [InlineData(PeerState.Following)]
    [InlineData(PeerState.Leading)]
    [InlineData(PeerState.Observing)]
    public void A_voter_that_looks_is_told_of_the_leader_with_the_round_of_its_election(PeerState state)
    {
        LeaderElection election = Settled(state);
        election.Receive(3, Says(PeerState.Looking, Vote(3, round: 40)), 0);
        OutgoingNotification answer = Assert.Single(election.Outbox);
        Assert.Equal(3, answer.To);
        Assert.Equal(
            new ElectionNotification(state, 2, Zxid.Create(1, 5), 7, 4, 2, election.Electorate.Text), answer.Notification);
    }

    [Theory]
    [InlineData(PeerState.Following)]
    [InlineData(PeerState.Leading)]
    [InlineData(PeerState.Observing)]
    public void Who_has_no_vote_is_told_with_the_round_of_the_clock(PeerState state)
    {
        LeaderElection election = Settled(state);
        election.Receive(9, Says(PeerState.Looking, Vote(long.MinValue)), 0);
        OutgoingNotification answer = Assert.Single(election.Outbox);
        Assert.Equal((9, state, 2L, 8L, 4L), (
            answer.To, answer.Notification.State, answer.Notification.Leader, answer.Notification.Round, answer.Notification.PeerEpoch));
    }

    [Fact]
    public void Who_has_no_vote_is_told_at_once_also_by_one_that_looks_itself()
    {
        LeaderElection election = Begun(1);
        election.Receive(2, Says(PeerState.Looking, Vote(2)), 0);
        election.Outbox.Clear();
        election.Receive(9, Says(PeerState.Looking, Vote(long.MinValue)), 0);
        OutgoingNotification answer = Assert.Single(election.Outbox);
        Assert.Equal((9, PeerState.Looking, 2L, 1L), (answer.To, answer.Notification.State, answer.Notification.Leader, answer.Notification.Round));
    }

    [Theory]
    [InlineData(PeerState.Following)]
    [InlineData(PeerState.Leading)]
    [InlineData(PeerState.Observing)]
    public void Who_does_not_look_needs_no_answer(PeerState sender)
    {
        foreach (LeaderElection election in new[] { Settled(PeerState.Leading), Begun(1) })
        {
            election.Receive(3, Says(sender, Vote(2, epoch: 9)), 0);
            election.Receive(9, Says(sender, Vote(2, epoch: 9)), 0);
            Assert.Empty(election.Outbox);
        }
    }

    [Fact]
    public void A_stale_vote_of_somebody_who_follows_meanwhile_changes_nothing()
    {
        LeaderElection election = Settled(PeerState.Leading);
        election.Receive(3, Says(PeerState.Looking, Vote(3, epoch: 9, round: 2)), 0);
        Assert.Equal((PeerState.Leading, 2L, 8L), (election.State, election.Current.Leader, election.Round));
        Assert.Equal(long.MaxValue, election.NextTickAt);
    }

    [Fact]
    public void Establishing_refreshes_the_epoch_alone_and_only_of_a_found_leader()
    {
        LeaderElection election = Begun(1);
        election.Establish(9);
        Assert.Equal(Vote(1), election.Current);

        election = Settled(PeerState.Following);
        election.Establish(9);
        Assert.Equal(new Vote(2, Zxid.Create(1, 5), 9, 7), election.Current);
    }

    [Fact]
    public void An_appointed_leader_needs_no_election()
    {
        LeaderElection election = Begun(1);
        election.Appoint(PeerState.Leading, new Vote(1, Zxid.Zero, -1, -1), new Electorate(Majority(5, version: 3)));
        Assert.Equal(PeerState.Leading, election.Outcome!.State);
        Assert.Equal(long.MaxValue, election.NextTickAt);
        Assert.Equal([1, 2, 3, 4, 5], election.Electorate.Voters);
    }

    [Fact]
    public void Members_that_join_while_it_follows_are_voters_from_then_on()
    {
        LeaderElection election = Settled(PeerState.Following);
        election.Reconfigure(new Electorate(Configuration([1, 2, 9], version: 5)));
        election.Receive(9, Says(PeerState.Looking, Vote(9)), 0);
        Assert.Equal(7, Assert.Single(election.Outbox).Notification.Round);
    }

    /// <summary>Server 1 of 3, which found 2 in round 7 with its clock at 8, in epoch 4.</summary>
    private static LeaderElection Settled(PeerState state)
    {
        LeaderElection election = Begun(1);
        election.Receive(3, Says(PeerState.Looking, Vote(3, round: 8)), 0);
        election.Appoint(state, new Vote(2, Zxid.Create(1, 5), 3, 7), election.Electorate);
        election.Establish(4);
        election.Outbox.Clear();
        return election;
    }
}
