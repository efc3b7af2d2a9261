using Coordination.Protocol;
using Coordination.Server.Consensus.Election;
using static Coordination.Server.Tests.Consensus.Election.Ballots;

namespace Coordination.Server.Tests.Consensus.Election;

/// <summary>What a server that looks for a leader does with votes of others that look too.</summary>
public sealed class LookingTests
{
    private static readonly Zxid Untrusted = Coordination.Server.Consensus.Election.Vote.Untrusted;

    [Fact]
    public void It_begins_with_a_vote_for_itself_to_every_other_voter()
    {
        LeaderElection election = NewElection(2, Majority(3, observers: 1));
        election.Begin(new Candidacy(election.Electorate, IsObserver: false, Zxid.Create(4, 7), 5), 1000);

        Assert.Equal([1, 3], election.Outbox.Select(message => message.To));
        Assert.All(election.Outbox, message => Assert.Equal(
            new ElectionNotification(PeerState.Looking, 2, Zxid.Create(4, 7), 1, 5, 2, election.Electorate.Text), message.Notification));
        Assert.Equal(1200, election.NextTickAt);
        Assert.Null(election.Outcome);
    }

    [Fact]
    public void Every_entry_raises_the_round()
    {
        LeaderElection election = Begun(2);
        Begin();
        Begin();
        Assert.Equal(3, election.Round);

        void Begin() => election.Begin(new Candidacy(election.Electorate, IsObserver: false, Zxid.Zero, 0), 0);
    }

    [Fact]
    public void Votes_are_sent_again_ever_more_rarely()
    {
        LeaderElection election = Begun(1);
        List<long> gaps = [];
        long last = 0;
        for (int i = 0; i < 12; i++)
        {
            long at = election.NextTickAt;
            election.Tick(at - 1);
            Assert.Empty(election.Outbox);
            election.Tick(at);
            Assert.Equal([(2, 1), (3, 1)], election.TakeSent());
            gaps.Add(at - last);
            last = at;
        }

        Assert.Equal([200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000, 60_000], gaps);
    }

    [Fact]
    public void A_later_round_is_entered_with_the_better_of_its_vote_and_the_own_first_one()
    {
        LeaderElection election = Begun(2, counter: 5);
        election.Receive(3, Says(PeerState.Looking, Vote(3, counter: 9)), 0);
        Assert.Equal(3, election.Current.Leader);

        // The worse vote of a later round: what was learnt in the earlier one does not count any more.
        election.Receive(1, Says(PeerState.Looking, Vote(1, counter: 4, round: 6)), 0);
        Assert.Equal(6, election.Round);
        Assert.Equal(Vote(2, counter: 5, round: 6), election.Current);

        election.Receive(1, Says(PeerState.Looking, Vote(3, counter: 9, round: 7)), 0);
        Assert.Equal(Vote(3, counter: 9, round: 7), election.Current);
    }

    [Fact]
    public void Votes_of_an_earlier_round_do_not_count_in_a_later_one()
    {
        LeaderElection election = Begun(3, Majority(5));
        election.Receive(1, Says(PeerState.Looking, Vote(3)), 0);
        election.Receive(2, Says(PeerState.Looking, Vote(3, round: 2)), 0);
        Assert.Equal(600, Drain(election));
        Assert.Null(election.Outcome);

        election.Receive(1, Says(PeerState.Looking, Vote(3, round: 2)), 600);
        election.Tick(800);
        Assert.Equal(PeerState.Leading, election.Outcome!.State);

        static long Drain(LeaderElection election)
        {
            election.Tick(200);
            election.Tick(600);
            return 600;
        }
    }

    [Fact]
    public void An_earlier_round_is_ignored_and_told_of_the_later()
    {
        LeaderElection election = Begun(1);
        election.Receive(2, Says(PeerState.Looking, Vote(2, round: 4)), 0);
        election.TakeSent();

        election.Receive(3, Says(PeerState.Looking, Vote(3, counter: 9, round: 3)), 0);
        Assert.Equal(2, election.Current.Leader);
        OutgoingNotification answer = Assert.Single(election.Outbox);
        Assert.Equal((3, 2, 4), (answer.To, answer.Notification.Leader, answer.Notification.Round));
    }

    [Fact]
    public void A_better_vote_of_the_round_is_taken_over_and_told_to_all()
    {
        LeaderElection election = Begun(1);
        election.Receive(2, Says(PeerState.Looking, Vote(2)), 0);
        Assert.Equal(Vote(2), election.Current);
        Assert.Equal([(2, 2), (3, 2)], election.TakeSent());
    }

    [Fact]
    public void A_worse_vote_of_the_round_is_answered_with_the_better_one()
    {
        LeaderElection election = Begun(3);
        election.Receive(2, Says(PeerState.Looking, Vote(2)), 0);
        Assert.Equal(Vote(3), election.Current);
        Assert.Equal([(2, 3)], election.TakeSent());

        election.Receive(2, Says(PeerState.Looking, Vote(3)), 0);
        Assert.Empty(election.TakeSent());
    }

    [Fact]
    public void A_carried_vote_waits_for_a_better_one()
    {
        LeaderElection election = Begun(2);
        election.Receive(1, Says(PeerState.Looking, Vote(2)), 50);
        Assert.Equal(200, election.NextTickAt);
        election.Tick(200);
        Assert.Null(election.Outcome);
        Assert.Equal(250, election.NextTickAt);

        election.Receive(3, Says(PeerState.Looking, Vote(3)), 240);
        election.Tick(250);
        Assert.Null(election.Outcome);
        Assert.Equal(Vote(3), election.Current);
    }

    [Fact]
    public void Silence_ends_the_final_wait()
    {
        LeaderElection election = Begun(2);
        election.Receive(1, Says(PeerState.Looking, Vote(2)), 50);
        election.Receive(1, Says(PeerState.Looking, Vote(2)), 240);
        election.Tick(250);
        Assert.Equal(new ElectionOutcome(PeerState.Leading, Vote(2)), election.Outcome);
        Assert.Equal(long.MaxValue, election.NextTickAt);
        Assert.Equal(PeerState.Leading, election.State);
    }

    [Fact]
    public void The_final_wait_ends_when_all_have_voted()
    {
        LeaderElection election = Begun(1);
        election.Receive(3, Says(PeerState.Looking, Vote(3)), 1);
        Assert.Null(election.Outcome);
        election.Receive(2, Says(PeerState.Looking, Vote(3)), 2);
        Assert.Equal(new ElectionOutcome(PeerState.Following, Vote(3)), election.Outcome);
    }

    [Fact]
    public void Who_cannot_be_reached_is_not_waited_for()
    {
        LeaderElection election = Begun(2);
        election.SetReachable(3, false, 0);
        Assert.Null(election.Outcome);
        election.Receive(1, Says(PeerState.Looking, Vote(2)), 1);
        Assert.Equal(PeerState.Leading, election.Outcome!.State);

        election = Begun(2);
        election.Receive(1, Says(PeerState.Looking, Vote(2)), 1);
        Assert.Null(election.Outcome);
        election.SetReachable(3, false, 2);
        Assert.Equal(PeerState.Leading, election.Outcome!.State);
    }

    [Fact]
    public void Unreachable_servers_do_not_make_a_minority_a_quorum()
    {
        LeaderElection election = Begun(2);
        election.SetReachable(1, false, 0);
        election.SetReachable(3, false, 0);
        election.Tick(200);
        election.Tick(600);
        Assert.Null(election.Outcome);
    }

    [Fact]
    public void Who_can_be_reached_again_is_told_the_vote_at_once()
    {
        LeaderElection election = Begun(2);
        election.SetReachable(3, false, 0);
        election.SetReachable(3, true, 10);
        election.SetReachable(3, true, 11);
        Assert.Equal([(3, 2)], election.TakeSent());
        election.Receive(1, Says(PeerState.Looking, Vote(2)), 12);
        Assert.Null(election.Outcome);
    }

    [Fact]
    public void An_untrusted_database_neither_votes_nor_is_voted_for()
    {
        LeaderElection election = Begun(2);
        election.Receive(1, Says(PeerState.Looking, new Vote(1, Untrusted, 9, 1)), 0);
        election.Receive(1, Says(PeerState.Looking, new Vote(1, Untrusted, 9, 8)), 0);
        Assert.Equal((2, 1), (election.Current.Leader, election.Round));

        LeaderElection mine = NewElection(2);
        mine.Begin(new Candidacy(mine.Electorate, IsObserver: false, Untrusted, 0), 0);
        mine.Receive(1, Says(PeerState.Looking, Vote(1)), 0);
        mine.Receive(3, Says(PeerState.Looking, Vote(1)), 0);
        mine.Tick(200);
        Assert.Null(mine.Outcome);
    }

    [Theory]
    [InlineData(4, 3)]
    [InlineData(3, 4)]
    [InlineData(3, long.MinValue)]
    public void Votes_of_and_for_strangers_do_not_count(long sender, long leader)
    {
        LeaderElection election = Begun(2, Majority(3, observers: 1));
        election.Receive(sender, Says(PeerState.Looking, Vote(leader, epoch: 9)), 0);
        Assert.Equal(Vote(2), election.Current);
        Assert.Equal(1, election.Round);
    }

    [Fact]
    public void A_lone_voter_elects_itself_at_once()
    {
        LeaderElection election = Begun(1, Majority(1));
        Assert.Equal(PeerState.Leading, election.Outcome!.State);
    }

    [Fact]
    public void What_claims_to_come_from_this_server_or_says_an_unknown_state_is_ignored()
    {
        LeaderElection election = Begun(2);
        election.Receive(2, Says(PeerState.Looking, Vote(3, epoch: 9)), 0);
        election.Receive(3, Says((PeerState)4, Vote(3, epoch: 9)), 0);
        election.Receive(3, Says((PeerState)(-1), Vote(3, epoch: 9)), 0);
        election.Receive(3, Says(PeerState.Observing, Vote(3, epoch: 9)), 0);
        Assert.Equal(Vote(2), election.Current);
        Assert.Empty(election.Outbox);
    }
}
