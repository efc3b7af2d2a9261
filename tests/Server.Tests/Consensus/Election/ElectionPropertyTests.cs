using Coordination.Protocol;
using Coordination.Testing;

namespace Coordination.Server.Tests.Consensus.Election;

/// <summary>What holds in every election, over random schedules.</summary>
public sealed class ElectionPropertyTests
{
    private static readonly int Seeds = ProofScale.Of(100, 400, 5000);

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public void Undisturbed_the_best_wins_within_the_time_of_one_wait(int voters)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var world = new ElectionWorld(voters, seed);
            foreach (ElectingPeer peer in world.Peers.Values)
            {
                int epoch = random.Next(3);
                peer.Recover(epoch, Zxid.Create(epoch, (uint)random.Next(3)));
            }

            long best = world.Peers.Values.Aggregate(static (one, other) => other.Initial.IsBetterThan(one.Initial) ? other : one).Id;
            foreach (long id in world.Peers.Keys)
                world.At(0, () => world.Start(id));
            world.RunUntil(400, () => world.IsSettled(world.Peers.Keys));
            Assert.True(world.IsSettled(world.Peers.Keys), $"seed {seed}: not settled");
            Assert.Equal(best, Assert.Single(world.Leaders).Value);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public void Without_restarts_no_round_has_two_leaders_that_a_quorum_agreed_on(int voters)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            ElectionWorld world = Disturbed(voters, seed, mayCrash: false);
            foreach ((long round, Dictionary<long, SortedSet<long>> leaders) in world.Outcomes)
                Assert.True(leaders.Values.Count(followers => followers.Count > voters / 2) <= 1, $"seed {seed}, round {round}");
        }
    }

    /// <summary>That no epoch has two leaders, and that whoever leads is the best of a quorum, the world checks at every step.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public void When_a_majority_is_connected_again_it_follows_one_leader(int voters)
    {
        int elections = 0;
        int changes = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            ElectionWorld world = Disturbed(voters, seed, mayCrash: true);
            var random = new Random(seed);
            long[] majority = [.. world.Peers.Keys.OrderBy(_ => random.Next()).Take((voters / 2) + 1)];
            world.LostPerMille = 0;
            world.Heal();
            foreach (long id in world.Peers.Keys.Except(majority))
                world.Crash(id);
            foreach (long id in majority.Where(id => !world.Peers[id].IsUp))
                world.Start(id);

            long healed = world.Now;
            world.RunUntil(healed + 60_000, () => world.IsSettled(majority));
            Assert.True(
                world.IsSettled(majority),
                $"seed {seed}: {string.Join("\n", majority.Select(id => $"{id}: {world.Peers[id].Election}"))}");
            elections += world.Elections;
            changes += world.Leaders.Count;
        }

        // Otherwise nothing was disturbed, and nothing proved.
        Assert.True(elections > 10 * Seeds && changes > 2 * Seeds, $"{elections} elections, {changes} leaders");
    }

    [Fact]
    public void The_same_seed_gives_the_same_history()
    {
        for (int seed = 0; seed < 20; seed++)
            Assert.Equal(Trace(), Trace());

        static string Trace()
        {
            ElectionWorld world = Disturbed(5, 11, mayCrash: true);
            return $"{world.Now} {world.Elections} {string.Join(',', world.Leaders)} {string.Join('\n', world.Peers.Values.Select(peer => peer.Election))}";
        }
    }

    /// <summary>Some seconds in which one fault after another happens and most of them pass again.</summary>
    private static ElectionWorld Disturbed(int voters, int seed, bool mayCrash)
    {
        var random = new Random(seed);
        var world = new ElectionWorld(voters, seed)
        {
            LostPerMille = random.Next(4) * 60,
            RepeatedPerMille = random.Next(3) * 100,
            MaxLatency = random.Next(3) switch { 0 => 2, 1 => 30, _ => 300 },
        };
        world.StartAll();
        for (int i = 0; i < 25; i++)
        {
            world.RunUntil(world.Now + random.Next(1500));
            long one = Any();
            long other = Any();
            switch (random.Next(6))
            {
                case 0 when mayCrash:
                    world.Crash(one);
                    break;
                case 1 or 2 when mayCrash && world.Peers.Values.FirstOrDefault(static peer => !peer.IsUp) is { } down:
                    world.Start(down.Id);
                    break;
                case 3 when one != other:
                    world.Cut(one, other);
                    break;
                case 4 when one != other:
                    world.Separate(one, other);
                    break;
                case 5 when random.Next(2) == 0:
                    world.Heal();
                    break;
                default:
                    break;
            }
        }

        return world;

        long Any() => world.Peers.GetKeyAtIndex(random.Next(voters));
    }
}
