using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Consensus.Leading;
using Coordination.Server.Tests.Consensus.World;

namespace Coordination.Server.Tests.Consensus;

/// <summary>What a quorum has reached, under every order of acknowledgements.</summary>
public sealed class CommitOrderTests
{
    /// <summary>Each server acknowledges 1, 2, ... in order; how the servers' words interleave is tried in every way.</summary>
    [Theory]
    [InlineData(3, 4)]
    [InlineData(5, 2)]
    public void After_every_interleaving_exactly_what_a_majority_has_is_agreed(int voters, int proposals)
    {
        Quorum quorum = Quorum.MajorityOf(Enumerable.Range(1, voters).Select(static sid => (long)sid));
        long[] acknowledged = new long[voters];
        int seen = 0;
        Explore();
        Assert.True(seen > 10_000, $"{seen}");

        void Explore()
        {
            // The marks are those of a state, not of a path; still each path is walked with marks of its own, as they are sorted in place.
            var marks = new VoterMarks(quorum);
            for (int i = 0; i < voters; i++)
                marks.Set(i + 1, acknowledged[i]);
            long[] sorted = [.. acknowledged.OrderDescending()];
            Assert.Equal(sorted[voters / 2], marks.Reached);
            seen++;
            for (int i = 0; i < voters; i++)
            {
                if (acknowledged[i] == proposals)
                    continue;
                acknowledged[i]++;
                marks.Set(i + 1, acknowledged[i]);
                Assert.Equal(acknowledged.OrderDescending().ElementAt(voters / 2), marks.Reached);
                Explore();
                acknowledged[i]--;
                marks.Set(i + 1, acknowledged[i]);
            }
        }
    }

    [Fact]
    public void Nobody_has_reached_anything_before_a_quorum_has()
    {
        var marks = new VoterMarks(Quorum.MajorityOf([1, 2, 3]));
        Assert.Equal(long.MinValue, marks.Reached);
        marks.Set(1, 9);
        marks.Set(77, 9);
        Assert.Equal(long.MinValue, marks.Reached);
        marks.Set(3, 5);
        Assert.Equal(5, marks.Reached);
        marks.Set(3, long.MinValue);
        Assert.Equal(long.MinValue, marks.Reached);
    }

    [Fact]
    public void While_the_configuration_changes_both_quorums_must_have_reached_it()
    {
        var membership = new Membership(new SmallWorld(3).Configuration);
        var marks = new JointMarks(membership);
        marks.Set(1, 10);
        marks.Set(2, 8);
        marks.Set(4, 7);
        Assert.Equal(8, marks.Reached);

        membership.Propose(new SmallWorld(5).Configuration.WithVersion(9));
        marks.Reconfigure(membership);
        Assert.Equal(7, marks.Reached);
        Assert.Equal(8, marks.ReachedByCommitted);
        marks.Set(5, 9);
        Assert.Equal(8, marks.Reached);
        membership.Activate(membership.Proposed!);
        marks.Reconfigure(membership);
        Assert.Equal(8, marks.Reached);
    }

    [Fact]
    public void Syncs_are_answered_in_order_when_a_quorum_answered_a_later_ping_and_all_before_is_committed()
    {
        var syncs = new QuorumSyncs();
        syncs.Add(null, new Zxid(5));
        Assert.True(syncs.NeedsRound);
        Assert.False(syncs.TryTake(answered: 0, new Zxid(9), out _));
        long round = syncs.BeginRound();
        syncs.Add(null, new Zxid(6));
        Assert.False(syncs.TryTake(round, new Zxid(4), out _));
        Assert.True(syncs.TryTake(round, new Zxid(5), out _));
        Assert.False(syncs.TryTake(round, new Zxid(6), out _));
        Assert.True(syncs.TryTake(syncs.BeginRound(), new Zxid(6), out _));
        Assert.Equal(0, syncs.Count);
        Assert.False(syncs.NeedsRound);
    }
}
