using System.Diagnostics;

namespace Coordination.Fuzz.Tests.Serving;

/// <summary>Runs episodes on one thread, each from an empty replica and a seed of its own.</summary>
/// <param name="firstSeed">The seed of the first episode.</param>
/// <param name="worldOf">Makes the world of an episode.</param>
internal sealed class ReplicaFuzzer(int firstSeed, Func<FuzzWorld> worldOf)
{
    private const int ActionsPerEpisode = 3000;
    private const int ActionsPerCheck = 500;

    /// <summary>How long a failing episode is made smaller.</summary>
    private static readonly TimeSpan ShrinkTime = TimeSpan.FromSeconds(20);

    /// <summary>Frames that were handed over.</summary>
    public long Frames { get; private set; }

    /// <summary>Requests that the replicas received as such.</summary>
    public long Received { get; private set; }

    /// <summary>Transactions that came of them.</summary>
    public long Transactions { get; private set; }

    /// <summary>Runs episodes until so many frames were sent.</summary>
    /// <exception cref="FuzzFailure">A rule is broken; the message names the seed and the shortest episode found.</exception>
    public void Run(long frames)
    {
        for (int seed = firstSeed; Frames < frames; seed++)
            RunEpisode(seed);
    }

    private void RunEpisode(int seed)
    {
        var writer = new EpisodeWriter(new Random(seed));
        FuzzWorld world = worldOf();
        var done = new List<FuzzAction>(ActionsPerEpisode);
        try
        {
            while (done.Count < ActionsPerEpisode)
            {
                FuzzAction action = writer.Next(world);
                done.Add(action);
                if (action.Kind == FuzzActionKind.Send)
                    Frames++;
                world.Do(action);
                if (done.Count % ActionsPerCheck == 0)
                    world.Check();
            }
        }
        catch (FuzzFailure failure)
        {
            List<FuzzAction> shortest = Shrink(failure, done);
            string file = Findings.Save($"replica-{seed}", shortest.Select(static action => action.ToString()));
            throw new FuzzFailure(failure.Rule, $"{failure.Message}; episode {seed}, {shortest.Count} of {done.Count} actions, in {file}");
        }

        Received += world.Replica.Statistics.PacketsReceived;
        Transactions += world.Replica.LastProcessed.Value;
    }

    /// <summary>Leaves out whatever the failure does not need.</summary>
    private List<FuzzAction> Shrink(FuzzFailure failure, List<FuzzAction> actions)
    {
        long started = Stopwatch.GetTimestamp();
        for (int size = actions.Count / 2; size > 0; size /= 2)
        {
            for (int at = 0; at + size <= actions.Count && Stopwatch.GetElapsedTime(started) < ShrinkTime;)
            {
                List<FuzzAction> shorter = [.. actions.Take(at), .. actions.Skip(at + size)];
                if (FailsLike(failure, shorter))
                    actions = shorter;
                else
                    at += size;
            }
        }

        return actions;
    }

    private bool FailsLike(FuzzFailure failure, List<FuzzAction> actions)
    {
        FuzzWorld world = worldOf();
        try
        {
            actions.ForEach(world.Do);
            world.Check();
            return false;
        }
        catch (FuzzFailure again)
        {
            return again.Rule == failure.Rule;
        }
    }
}
