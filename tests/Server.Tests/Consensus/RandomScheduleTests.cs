using Coordination.Server.Consensus;
using Coordination.Server.Tests.Consensus.World;

namespace Coordination.Server.Tests.Consensus;

/// <summary>The small world under random schedules: messages, disks, crashes and cuts in every order, with everything checked at each step.</summary>
public sealed class RandomScheduleTests(ITestOutputHelper output)
{
    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("ZAB_SEEDS"), out int seeds) ? seeds : 300;

    private static int FirstSeed => int.TryParse(Environment.GetEnvironmentVariable("ZAB_FIRST"), out int first) ? first : 1;

    [Fact]
    public void Three_servers_elect_a_leader_and_agree()
    {
        var world = new SmallWorld(voters: 3, seed: 1);
        world.StartAll();
        world.Settle();
        for (int i = 1; i <= 10; i++)
            world.Leader!.Propose(i);
        world.Settle();
        Assert.Equal(10, world.Check.CommittedCount);
        Assert.All(world.Peers, static peer => Assert.Equal(10, peer.Tree.Count));
    }

    [Fact]
    public void Whatever_happens_in_whatever_order_nothing_committed_is_lost_and_nobody_disagrees()
    {
        SortedDictionary<string, int> probes = new(StringComparer.Ordinal);
        long committed = 0;
        long epochs = 0;
        for (int seed = FirstSeed; seed < FirstSeed + Seeds; seed++)
        {
            var run = new RandomRun(seed);
            try
            {
                run.Go();
            }
            catch (Exception failure)
            {
                output.WriteLine($"seed {seed}: {string.Join("; ", run.World.Peers)}");
                foreach (WorldPeer peer in run.World.Peers)
                    output.WriteLine($"--- {peer.Sid}{Environment.NewLine}{string.Join(Environment.NewLine, peer.Trace.TakeLast(40))}");
                Assert.Fail($"seed {seed}: {failure}");
            }

            committed += run.World.Check.CommittedCount;
            epochs += run.World.Check.Epochs;
            foreach (string probe in run.World.Check.Probes)
                probes[probe] = probes.GetValueOrDefault(probe) + 1;
        }

        output.WriteLine($"{committed} commits, {epochs} epochs; {string.Join(", ", probes)}");

        // What no schedule ever reaches is not tested.
        Assert.All(
            (string[])["Diff", "Truncate", "Snapshot", "Inform", "NewLeader", "UpToDate"],
            probe => Assert.True(probes.GetValueOrDefault(probe) > 0, probe));
    }
}
