using Coordination.Protocol;
using Coordination.Server.Consensus.Election;
using static Coordination.Server.Tests.Consensus.Election.Ballots;

namespace Coordination.Server.Tests.Consensus.Election;

/// <summary>How a server that looks for a leader joins one that others have found.</summary>
public sealed class EstablishedTests
{
    [Fact]
    public void It_joins_what_a_quorum_and_the_leader_say_whatever_their_rounds_and_zxids()
    {
        LeaderElection election = Begun(1);
        election.Receive(3, Says(PeerState.Following, Vote(2, epoch: 4, counter: 7, round: 9)), 0);
        Assert.Null(election.Outcome);
        election.Receive(2, Says(PeerState.Leading, Vote(2, epoch: 4, counter: 8, round: 5)), 0);
        Assert.Equal(new ElectionOutcome(PeerState.Following, Vote(2, epoch: 4, counter: 8, round: 5)), election.Outcome);
    }

    [Fact]
    public void The_own_vote_is_none_for_an_established_leader()
    {
        LeaderElection election = Begun(1);
        election.Receive(2, Says(PeerState.Leading, Vote(2, epoch: 4, round: 9)), 0);
        election.Receive(2, Says(PeerState.Leading, Vote(2, epoch: 4, round: 9)), 1);
        Assert.Null(election.Outcome);
    }

    [Fact]
    public void Without_the_leaders_own_word_nobody_is_joined()
    {
        LeaderElection election = Begun(1, Majority(5));
        foreach (long follower in new long[] { 2, 3, 4 })
            election.Receive(follower, Says(PeerState.Following, Vote(5, epoch: 4, round: 9)), 0);
        Assert.Null(election.Outcome);

        election.Receive(5, Says(PeerState.Following, Vote(5, epoch: 4, round: 9)), 0);
        Assert.Null(election.Outcome);
        election.Receive(5, Says(PeerState.Leading, Vote(5, epoch: 4, round: 9)), 0);
        Assert.Equal(5, election.Outcome!.Vote.Leader);
    }

    [Fact]
    public void A_leader_that_looks_again_is_not_joined()
    {
        LeaderElection election = Begun(1);
        election.Receive(2, Says(PeerState.Leading, Vote(2, epoch: 4, round: 9)), 0);
        election.Receive(2, Says(PeerState.Looking, Vote(2, epoch: 4, round: 1)), 0);
        election.Receive(3, Says(PeerState.Following, Vote(2, epoch: 4, round: 9)), 0);
        Assert.Null(election.Outcome);

        election.Receive(2, Says(PeerState.Leading, Vote(2, epoch: 5, round: 10)), 0);
        election.Receive(3, Says(PeerState.Following, Vote(2, epoch: 5, round: 10)), 0);
        Assert.Equal(5, election.Outcome!.Vote.PeerEpoch);
    }

    [Fact]
    public void A_quorum_must_agree_on_the_epoch()
    {
        LeaderElection election = Begun(1);
        election.Receive(2, Says(PeerState.Leading, Vote(2, epoch: 5, round: 9)), 0);
        election.Receive(3, Says(PeerState.Following, Vote(2, epoch: 4, round: 9)), 0);
        Assert.Null(election.Outcome);

        // Unless one of them speaks the oldest format, which knew no epoch.
        election.Receive(3, Says(PeerState.Following, Vote(2, epoch: 4, round: 9), version: 0), 0);
        Assert.Equal(2, election.Outcome!.Vote.Leader);
    }

    [Fact]
    public void Within_its_own_round_looking_votes_count_with_established_ones()
    {
        LeaderElection election = Begun(1);
        election.Receive(3, Says(PeerState.Looking, Vote(3)), 0);
        election.Receive(3, Says(PeerState.Leading, Vote(3)), 0);
        Assert.Equal(new ElectionOutcome(PeerState.Following, Vote(3)), election.Outcome);
    }

    [Fact]
    public void Within_its_own_round_the_leader_suffices_although_its_epoch_is_just_changing()
    {
        LeaderElection election = Begun(1, Majority(5));
        election.Receive(3, Says(PeerState.Following, Vote(5, epoch: 1)), 0);
        election.Receive(4, Says(PeerState.Following, Vote(5, epoch: 1)), 0);
        election.Receive(5, Says(PeerState.Leading, Vote(5, epoch: 2)), 0);
        Assert.Equal(new ElectionOutcome(PeerState.Following, Vote(5, epoch: 2)), election.Outcome);
    }

    [Fact]
    public void A_server_whose_election_ended_later_at_others_leads_in_the_same_round_only()
    {
        LeaderElection election = Begun(2);
        election.Receive(1, Says(PeerState.Following, Vote(2)), 0);
        Assert.Equal(PeerState.Leading, election.Outcome!.State);

        // After a restart its followers may still believe in it; they are wrong.
        election = Begun(2, Majority(3));
        election.Receive(1, Says(PeerState.Following, Vote(2, round: 7)), 0);
        election.Receive(3, Says(PeerState.Following, Vote(2, round: 7)), 0);
        Assert.Null(election.Outcome);
    }

    [Fact]
    public void Strangers_vouch_for_nobody()
    {
        LeaderElection election = Begun(1, Majority(3, observers: 2));
        election.Receive(2, Says(PeerState.Leading, Vote(2, epoch: 4)), 0);
        election.Receive(4, Says(PeerState.Following, Vote(2, epoch: 4)), 0);
        election.Receive(5, Says(PeerState.Observing, Vote(2, epoch: 4)), 0);
        election.Receive(9, Says(PeerState.Following, Vote(2, epoch: 4)), 0);
        Assert.Null(election.Outcome);
    }

    [Fact]
    public void Joining_never_lowers_the_round()
    {
        LeaderElection election = Begun(1);
        election.Receive(3, Says(PeerState.Looking, Vote(3, round: 12)), 0);
        election.Receive(3, Says(PeerState.Following, Vote(2, epoch: 4, round: 9)), 0);
        election.Receive(2, Says(PeerState.Leading, Vote(2, epoch: 4, round: 9)), 0);
        Assert.Equal(9, election.Outcome!.Vote.Round);
        Assert.Equal(12, election.Round);
    }

    [Fact]
    public void An_observer_asks_for_nobody_and_observes_whom_the_voters_found()
    {
        LeaderElection election = NewElection(4, Majority(3, observers: 1));
        election.Begin(new Candidacy(election.Electorate, IsObserver: true, Zxid.Create(1, 9), 1), 0);
        Assert.Equal([1, 2, 3], election.Outbox.Select(message => message.To));
        Assert.All(election.Outbox, message => Assert.Equal(
            (long.MinValue, long.MinValue, long.MinValue, 1),
            (message.Notification.Leader, message.Notification.Zxid.Value, message.Notification.PeerEpoch, message.Notification.Round)));

        election.Receive(3, Says(PeerState.Leading, Vote(3, epoch: 2)), 0);
        election.Receive(1, Says(PeerState.Following, Vote(3, epoch: 2)), 0);
        Assert.Equal(PeerState.Observing, election.Outcome!.State);
    }

    [Fact]
    public void An_observer_is_there_when_the_voters_agree_before_its_eyes()
    {
        LeaderElection election = NewElection(4, Majority(3, observers: 1));
        election.Begin(new Candidacy(election.Electorate, IsObserver: true, Zxid.Zero, 0), 0);
        election.Receive(1, Says(PeerState.Looking, Vote(2, round: 3)), 0);
        election.Receive(2, Says(PeerState.Looking, Vote(2, round: 3)), 0);
        election.Tick(200);
        Assert.Equal(new ElectionOutcome(PeerState.Observing, Vote(2, round: 3)), election.Outcome);
    }

    [Fact]
    public void Who_is_no_member_yet_names_nobody_tells_its_history_and_follows()
    {
        LeaderElection election = Begun(9, counter: 5);
        Assert.Equal(Vote(long.MinValue, counter: 5), election.Current);
        election.Receive(3, Says(PeerState.Leading, Vote(3, epoch: 2)), 0);
        election.Receive(1, Says(PeerState.Following, Vote(3, epoch: 2)), 0);
        Assert.Equal(PeerState.Following, election.Outcome!.State);
    }

    [Fact]
    public void A_newer_configuration_ends_the_election_to_begin_again_with_it()
    {
        QuorumConfiguration newer = Configuration([1, 2, 4], version: 0x100000005);
        LeaderElection election = Begun(4, Configuration([1, 2, 4]), adopts: true);
        election.Receive(1, Says(PeerState.Following, Vote(2), configuration: newer.ToString()), 0);

        Assert.Equal(PeerState.Looking, election.Outcome!.State);
        Assert.Equal(newer.ToString(), election.Outcome.NewConfiguration!.ToString());
        Assert.Equal(long.MaxValue, election.NextTickAt);

        election.Begin(new Candidacy(new Electorate(newer), IsObserver: false, Zxid.Zero, 0), 0);
        Assert.Null(election.Outcome);
        Assert.All(election.Outbox.TakeLast(2), message => Assert.Equal(newer.ToString(), message.Notification.Configuration));
    }

    [Theory]
    [InlineData(true, 1, true, "nonsense=")]
    [InlineData(true, 1, true, "version=1")]
    [InlineData(true, 1, true, "version=0")]
    [InlineData(true, 2, false, "version=2")]
    [InlineData(true, 2, true, "")]
    [InlineData(false, 2, true, "version=2")]
    public void Nothing_but_a_newer_one_is_adopted_and_only_while_looking(bool adopts, long version, bool looks, string text)
    {
        LeaderElection election = Begun(1, Majority(3, version: 1), adopts: adopts);
        if (!looks)
            election.Appoint(PeerState.Following, Vote(2), election.Electorate);
        string configuration = text.StartsWith("version", StringComparison.Ordinal) ? Majority(3, version: version).ToString() : text;
        election.Receive(3, Says(PeerState.Looking, Vote(3), configuration: configuration), 0);
        Assert.Null(election.Outcome?.NewConfiguration);
        if (looks)
            Assert.Equal(Vote(3), election.Current);
    }
}
