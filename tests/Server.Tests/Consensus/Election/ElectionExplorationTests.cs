using Coordination.Protocol;
using Coordination.Server.Consensus.Election;
using Coordination.Testing;

namespace Coordination.Server.Tests.Consensus.Election;

/// <summary>Every schedule of three voters up to a depth, states seen once; the safety properties are checked by the world itself.</summary>
public sealed class ElectionExplorationTests
{
    private static readonly int Depth = ProofScale.Of(6, 7, 9);

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(2, 1, 0)]
    [InlineData(1, 2, 0)]
    public void Every_schedule_of_three_voters_is_safe_and_can_end(int first, int second, int third)
    {
        Vote[] initial = [Of(1, first), Of(2, second), Of(3, third)];
        HashSet<string> seen = [];
        List<int[]> frontier = [[]];
        for (int depth = 0; depth < Depth; depth++)
        {
            List<int[]> next = [];
            foreach (int[] path in frontier)
            {
                foreach (int action in Replay(path, initial).Actions())
                {
                    int[] longer = [.. path, action];
                    if (seen.Add(Replay(longer, initial).Fingerprint()))
                        next.Add(longer);
                }
            }

            frontier = next;
        }

        Assert.True(seen.Count > 5_000, $"only {seen.Count} states");
        foreach (int[] path in frontier)
            Assert.True(Replay(path, initial).SettlesInTheEnd(), $"does not end after {string.Join(' ', path)}");
        TestContext.Current.SendDiagnosticMessage($"{seen.Count} states, {frontier.Count} of them at depth {Depth}");

        static Vote Of(long id, int counter) => new(id, Zxid.Create(1, (uint)counter), 1, 0);
    }

    private static ExploredElection Replay(int[] path, Vote[] initial)
    {
        var world = new ExploredElection(initial);
        foreach (int action in path)
            world.Do(action);
        return world;
    }
}
