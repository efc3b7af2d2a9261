using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Consensus.Election;

namespace Coordination.Server.Tests.Consensus.Election;

/// <summary>Which vote is better, and which are the same.</summary>
public sealed class VoteTests
{
    [Theory]
    [InlineData(2, 0x1_0000_0000, 1, 1, 0x1_0000_0005, 3, true)]
    [InlineData(1, 0x1_0000_0006, 1, 1, 0x1_0000_0005, 3, true)]
    [InlineData(1, 0x1_0000_0005, 3, 1, 0x1_0000_0005, 2, true)]
    [InlineData(1, 0x1_0000_0005, 3, 1, 0x1_0000_0005, 3, false)]
    [InlineData(1, 0x1_0000_0005, 2, 1, 0x1_0000_0005, 3, false)]
    [InlineData(1, 0x1_0000_0004, 9, 1, 0x1_0000_0005, 3, false)]
    [InlineData(0, 0x1_0000_0006, 9, 1, 0x1_0000_0005, 3, false)]
    [InlineData(1, 0, long.MinValue, 1, 0, 1, false)]
    [InlineData(long.MinValue, long.MinValue, long.MinValue, 0, -1, 1, false)]
    public void The_epoch_counts_before_the_zxid_and_that_before_the_number(
        long epoch, long zxid, long leader, long otherEpoch, long otherZxid, long otherLeader, bool isBetter)
    {
        var vote = new Vote(leader, new Zxid(zxid), epoch, 1);
        var other = new Vote(otherLeader, new Zxid(otherZxid), otherEpoch, 7);
        Assert.Equal(isBetter, vote.IsBetterThan(other));
        Assert.Equal(!isBetter && !vote.NamesTheSameAs(other), other.IsBetterThan(vote));
    }

    [Theory]
    [InlineData(PeerState.Looking, PeerState.Looking)]
    [InlineData(PeerState.Looking, PeerState.Following)]
    [InlineData(PeerState.Leading, PeerState.Looking)]
    public void Beside_one_that_looks_everything_must_match(PeerState one, PeerState other)
    {
        Vote vote = Ballots.Vote(3, epoch: 2, counter: 5, round: 4);
        Assert.True(Supports(vote, vote));
        Assert.False(Supports(vote, vote with { Leader = 2 }));
        Assert.False(Supports(vote, vote with { Zxid = vote.Zxid.Next }));
        Assert.False(Supports(vote, vote with { PeerEpoch = 3 }));
        Assert.False(Supports(vote, vote with { Round = 5 }));

        bool Supports(Vote left, Vote right) => new CastVote(left, one, 2).Supports(new CastVote(right, other, 2));
    }

    [Fact]
    public void Between_established_servers_leader_and_epoch_must_match()
    {
        Vote vote = Ballots.Vote(3, epoch: 2, counter: 5, round: 4);
        Assert.True(Supports(vote with { Zxid = Zxid.Zero, Round = 9 }));
        Assert.False(Supports(vote with { Leader = 2 }));
        Assert.False(Supports(vote with { PeerEpoch = 3 }));

        bool Supports(Vote other) => new CastVote(vote, PeerState.Following, 2).Supports(new CastVote(other, PeerState.Leading, 2));
    }

    [Theory]
    [InlineData(0, 2, true)]
    [InlineData(2, 0, true)]
    [InlineData(0, 0, false)]
    [InlineData(1, 2, false)]
    public void Where_one_of_two_established_servers_speaks_the_oldest_format_the_leader_suffices(int version, int otherVersion, bool supports)
    {
        var vote = new CastVote(Ballots.Vote(3, epoch: 2), PeerState.Following, version);
        Assert.Equal(supports, vote.Supports(new CastVote(Ballots.Vote(3, epoch: 1), PeerState.Leading, otherVersion)));
        Assert.False(vote.Supports(new CastVote(Ballots.Vote(2, epoch: 2), PeerState.Leading, otherVersion)));
    }

    [Fact]
    public void A_server_without_weight_is_never_followed_but_its_vote_is_counted()
    {
        QuorumConfiguration configuration = Ballots.Configuration([1, 2, 3], more: "group.1=1:2:3\nweight.3=0\n");
        LeaderElection election = Ballots.Begun(2, configuration);
        election.Receive(3, Ballots.Says(PeerState.Looking, Ballots.Vote(3, counter: 9)), 0);
        Assert.Equal(2, election.Current.Leader);

        var voters = new Electorate(configuration);
        Assert.True(voters.IsVoter(3));
        Assert.False(voters.MayLead(3));
        Assert.True(voters.MayLead(1));
    }

    [Fact]
    public void While_a_change_of_the_configuration_is_agreed_a_quorum_of_both_is_needed()
    {
        var voters = new Electorate(Ballots.Configuration([1, 2, 3], version: 1), Ballots.Configuration([3, 4, 5], version: 2));
        Assert.Equal([1, 2, 3, 4, 5], voters.Voters);
        Assert.True(IsQuorum(1, 3, 4));
        Assert.False(IsQuorum(1, 2, 3));
        Assert.False(IsQuorum(3, 4, 5));

        var old = new Electorate(Ballots.Configuration([1, 2, 3], version: 2), Ballots.Configuration([3, 4, 5], version: 2));
        Assert.Equal([1, 2, 3], old.Voters);

        bool IsQuorum(params long[] servers)
        {
            QuorumTally tally = voters.NewTally();
            foreach (long server in servers)
                tally.Add(server);
            return tally.IsDecided;
        }
    }
}
