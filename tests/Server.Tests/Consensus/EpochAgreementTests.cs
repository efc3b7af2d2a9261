using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Consensus.Leading;
using Coordination.Server.Tests.Consensus.World;

namespace Coordination.Server.Tests.Consensus;

/// <summary>How a would-be leader gets its epoch.</summary>
public sealed class EpochAgreementTests
{
    private static readonly Zxid Last = Zxid.Create(3, 7);

    private static EpochAgreement Agreement(int voters = 3, int observers = 0, int accepted = 3, int current = 3) =>
        new(new Membership(new SmallWorld(voters, observers).Configuration), sid: 1, new Epochs(accepted, current, new ZabOutbox()), Last);

    [Fact]
    public void The_epoch_is_one_above_the_highest_that_a_quorum_has_accepted()
    {
        EpochAgreement agreement = Agreement(voters: 5);
        Assert.False(agreement.Hear(2, 9));
        Assert.Equal(0, agreement.Epoch);
        Assert.True(agreement.Hear(3, 4));
        Assert.Equal(10, agreement.Epoch);
    }

    [Fact]
    public void Its_own_accepted_epoch_counts_and_a_single_voter_needs_nobody()
    {
        EpochAgreement agreement = Agreement(voters: 1, accepted: 6);
        Assert.Equal(7, agreement.Epoch);
        Assert.True(agreement.IsPromised);
    }

    [Fact]
    public void Observers_and_strangers_raise_the_epoch_and_decide_nothing()
    {
        EpochAgreement agreement = Agreement(voters: 3, observers: 1);
        Assert.False(agreement.Hear(4, 20));
        Assert.False(agreement.Hear(99, 30));
        Assert.True(agreement.Hear(2, 3));
        Assert.Equal(31, agreement.Epoch);
    }

    [Fact]
    public void Whoever_comes_after_the_decision_changes_nothing()
    {
        EpochAgreement agreement = Agreement();
        Assert.True(agreement.Hear(2, 3));
        Assert.False(agreement.Hear(3, 50));
        Assert.Equal(4, agreement.Epoch);
    }

    [Fact]
    public void A_server_heard_twice_is_heard_once()
    {
        EpochAgreement agreement = Agreement(voters: 5);
        Assert.False(agreement.Hear(2, 3));
        Assert.False(agreement.Hear(2, 3));
        Assert.Equal(0, agreement.Epoch);
    }

    [Theory]
    [InlineData(3, 7, PromiseVerdict.Counted)]
    [InlineData(2, 900, PromiseVerdict.Counted)]
    [InlineData(3, 8, PromiseVerdict.Ahead)]
    [InlineData(4, 1, PromiseVerdict.Ahead)]
    [InlineData(-1, 900, PromiseVerdict.NotCounted)]
    internal void Whoever_is_ahead_must_not_help(int current, uint counter, PromiseVerdict expected)
    {
        EpochAgreement agreement = Agreement();
        agreement.Hear(2, 3);
        Assert.False(agreement.IsPromised);
        Assert.Equal(expected, agreement.Promise(2, new EpochPromise(current), Zxid.Create(3, counter)));
        Assert.Equal(expected == PromiseVerdict.Counted, agreement.IsPromised);
    }

    [Fact]
    public void An_observers_promise_is_no_vote_and_an_empty_distrusted_database_none_either()
    {
        EpochAgreement agreement = Agreement(voters: 3, observers: 1);
        agreement.Hear(2, 3);
        Assert.Equal(PromiseVerdict.NotCounted, agreement.Promise(4, new EpochPromise(3), Last));
        Assert.Equal(PromiseVerdict.NotCounted, agreement.Promise(2, new EpochPromise(3), new Zxid(-1)));
        Assert.False(agreement.IsPromised);
    }
}
