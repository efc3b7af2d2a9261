using Coordination.Protocol;
using Coordination.Server.Consensus;
using FsCheck;
using FsCheck.Fluent;

namespace Coordination.Server.Tests.Consensus;

/// <summary>Which voters together are enough.</summary>
public sealed class QuorumTests
{
    private static readonly Gen<(long[] Ids, int[] Group, long[] Weights)> Ensembles =
        from count in Gen.Choose(1, 9)
        from groups in Gen.Choose(1, 4)
        from steps in Gen.Choose(1, 5).ArrayOf(count)
        from @group in Gen.Choose(1, groups).ArrayOf(count)
        from weights in Gen.Choose(0, 4).ArrayOf(count)
        select (Ids(steps), @group, weights.Select(weight => (long)weight).ToArray());

    [Fact]
    public void A_majority_is_more_than_half()
    {
        for (int voters = 1; voters <= 9; voters++)
        {
            Quorum quorum = Quorum.MajorityOf(Enumerable.Range(1, voters).Select(id => id * 7L));
            for (int present = 0; present < 1 << voters; present++)
            {
                VoterSet set = SetOf(quorum, present);
                Assert.Equal(set.Count > voters / 2, quorum.IsHeldBy(set));
            }
        }
    }

    [Fact]
    public void Nobody_is_a_quorum_of_nobody() => Assert.False(Quorum.MajorityOf([]).IsHeldBy(default));

    /// <summary>The model counts as Apache's QuorumHierarchical does, with maps and integer division.</summary>
    [Fact]
    public void Groups_and_weights_are_counted_as_Apache_counts_them()
    {
        Verify(Ensembles, sample =>
        {
            Quorum quorum = Quorum.Of(ConfigurationOf(sample));
            return Enumerable.Range(0, 1 << sample.Ids.Length).All(present =>
                quorum.IsHeldBy(SetOf(quorum, present)) == Model(sample, present));
        });
    }

    [Fact]
    public void Any_two_quorums_share_a_voter_and_more_voters_never_hurt()
    {
        Verify(Ensembles.Where(sample => sample.Ids.Length < 8), sample =>
        {
            Quorum quorum = Quorum.Of(ConfigurationOf(sample));
            int all = (1 << sample.Ids.Length) - 1;
            return Enumerable.Range(0, all + 1).Where(present => quorum.IsHeldBy(SetOf(quorum, present)))
                .All(present => !quorum.IsHeldBy(SetOf(quorum, all & ~present)) && quorum.IsHeldBy(SetOf(quorum, all)));
        });
    }

    [Fact]
    public void The_highest_zxid_held_is_the_highest_that_enough_have_reached()
    {
        var samples = from ensemble in Ensembles from reached in Gen.Choose(0, 5).ArrayOf(ensemble.Ids.Length) select (ensemble, reached);
        Verify(samples, sample =>
        {
            Quorum quorum = Quorum.Of(ConfigurationOf(sample.ensemble));
            Zxid[] reached = [.. sample.reached.Select(value => new Zxid(value))];
            int expected = Enumerable.Range(1, 5).Where(zxid => Model(sample.ensemble, Bits(sample.reached.Select(value => value >= zxid)))).DefaultIfEmpty(0).Max();
            return quorum.HighestHeld(reached) == new Zxid(expected);
        });
    }

    [Fact]
    public void Observers_and_strangers_never_count()
    {
        Quorum quorum = Quorum.Of(QuorumConfiguration.Parse("server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\nserver.4=d:1:2:observer"));
        Assert.Equal([1, 2, 3], quorum.Voters.ToArray());
        Assert.Equal((true, false, false), (quorum.IsVoter(3), quorum.IsVoter(4), quorum.IsVoter(5)));
        Assert.Equal((1, 0), (quorum.WeightOf(1), quorum.WeightOf(4)));
        Assert.False(quorum.IsHeldBy(quorum.Only(1).Union(quorum.Only(4)).Union(quorum.Only(5))));
        Assert.True(quorum.IsHeldBy(quorum.Only(1).Union(quorum.Only(3))));
    }

    [Fact]
    public void A_group_that_weighs_nothing_is_not_asked()
    {
        Quorum quorum = Quorum.Of(QuorumConfiguration.Parse(
            "server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\ngroup.1=1\ngroup.2=2\ngroup.3=3\nweight.2=0\nweight.3=0"));
        Assert.True(quorum.IsHeldBy(quorum.Only(1)));
        Assert.False(quorum.IsHeldBy(quorum.Only(2).Union(quorum.Only(3))));
        Assert.Equal((1, 0), (quorum.WeightOf(1), quorum.WeightOf(2)));
    }

    [Fact]
    public void More_voters_than_there_are_bits_are_refused()
    {
        Assert.True(Quorum.MajorityOf(Enumerable.Range(1, 64).Select(id => (long)id)).IsVoter(64));
        string text = string.Join('\n', Enumerable.Range(1, 65).Select(id => $"server.{id}=a:{id}:{id + 100}"));
        Assert.Throws<QuorumConfigurationException>(() => Quorum.Of(QuorumConfiguration.Parse(text)));
    }

    [Fact]
    public void While_the_configuration_changes_both_must_agree()
    {
        var tally = new QuorumTally(Quorum.MajorityOf([1, 2, 3]), Quorum.MajorityOf([3, 4, 5]));
        Assert.True(tally.Add(1));
        Assert.False(tally.Add(1));
        Assert.True(tally.Add(3));
        Assert.False(tally.Add(9));
        Assert.False(tally.IsDecided);
        Assert.Equal((true, true, false, false), (tally.Contains(1), tally.Contains(3), tally.Contains(4), tally.Contains(9)));
        Assert.Equal((true, false), (tally.IsVoter(5), tally.IsVoter(9)));
        Assert.True(tally.Add(5));
        Assert.True(tally.IsDecided);
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        Quorum quorum = Quorum.MajorityOf([1, 2, 3, 4, 5]);
        Zxid[] reached = [new(1), new(2), new(3), new(4), new(5)];
        Count(quorum, reached);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Count(quorum, reached);

        // The runtime may take a little for itself; one object a round would be 24,000 bytes.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    private static void Count(Quorum quorum, Zxid[] reached)
    {
        var tally = new QuorumTally(quorum);
        tally.Add(1);
        tally.Add(4);
        if (tally.IsDecided || quorum.HighestHeld(reached) != new Zxid(3))
            Assert.Fail("two of five are no quorum, and three have reached 3");
    }

    private static long[] Ids(int[] steps)
    {
        var ids = new long[steps.Length];
        for (int i = 0; i < steps.Length; i++)
            ids[i] = (i == 0 ? 0 : ids[i - 1]) + steps[i];
        return ids;
    }

    private static QuorumConfiguration ConfigurationOf((long[] Ids, int[] Group, long[] Weights) sample)
    {
        IEnumerable<string> members = sample.Ids.Select(id => $"server.{id}=a:{id}:{id + 1000}");
        IEnumerable<string> groups = sample.Ids.Zip(sample.Group).GroupBy(pair => pair.Second)
            .Select(group => $"group.{group.Key}={string.Join(':', group.Select(pair => pair.First))}");
        IEnumerable<string> weights = sample.Ids.Zip(sample.Weights).Select(pair => $"weight.{pair.First}={pair.Second}");
        return QuorumConfiguration.Parse(string.Join('\n', [.. members, .. groups, .. weights]));
    }

    private static bool Model((long[] Ids, int[] Group, long[] Weights) sample, int present)
    {
        var total = new Dictionary<int, long>();
        var held = new Dictionary<int, long>();
        for (int i = 0; i < sample.Ids.Length; i++)
        {
            int group = sample.Group[i];
            total[group] = total.GetValueOrDefault(group) + sample.Weights[i];
            if ((present & (1 << i)) != 0)
                held[group] = held.GetValueOrDefault(group) + sample.Weights[i];
        }

        return held.Count(pair => pair.Value > total[pair.Key] / 2) > total.Count(pair => pair.Value != 0) / 2;
    }

    private static VoterSet SetOf(Quorum quorum, int present)
    {
        VoterSet set = default;
        for (int i = 0; i < quorum.Voters.Length; i++)
        {
            if ((present & (1 << i)) != 0)
                set = set.Union(quorum.Only(quorum.Voters[i]));
        }

        return set;
    }

    private static int Bits(IEnumerable<bool> values) => values.Index().Sum(pair => pair.Item ? 1 << pair.Index : 0);

    private static void Verify<T>(Gen<T> values, Func<T, bool> rule) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true), Prop.ForAll(values.ToArbitrary(), rule));
}
