using System.Diagnostics;
using System.Globalization;
using Coordination.Testing;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>Scripts at random on both servers: the same answers, the same events, the same trees.</summary>
public sealed class ScriptTests
{
    /// <summary>Replays one run: the number that a failure prints.</summary>
    private const string SeedVariable = "COORDINATION_LOCKSTEP_SEED";

    private const int ScriptsPerRound = 20;

    private static readonly TimeSpan TimeForShrinking = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Random_scripts_look_the_same_on_both_servers()
    {
        int operations = ProofScale.Of("COORDINATION_LOCKSTEP_OPERATIONS", quick: 10_000, middle: 200_000, full: 500_000);
        int seed = Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } text
            ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
            : Random.Shared.Next();

        await using LockstepPair pair = await LockstepPair.StartAsync(TestContext.Current.CancellationToken);
        Exception? failure = await Task.Run(() => Record.Exception(() => Play(pair, seed, operations)));
        Assert.True(failure is null, $"{SeedVariable}={seed}\n{failure}");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{pair.Operations} operations, {pair.Events} events, {pair.Znodes} znodes; "
            + string.Join(", ", ScriptDifference.All.Select(static difference => $"{difference.Row}: {difference.Count}")));
    }

    private static void Play(LockstepPair pair, int seed, int operations)
    {
        for (ulong round = 0; pair.Operations < operations; round++)
        {
            Config config = Config.QuickThrowOnFailure.WithMaxTest(ScriptsPerRound).WithQuietOnSuccess(true)
                .WithReplay(new Replay(new Rnd(((ulong)seed << 20) + round), FSharpOption<int>.None));
            Check.One(config, Prop.ForAll(Arb.From(ScriptGenerator.Scripts), script => PlayOrShrink(pair, script)));
        }
    }

    private static void PlayOrShrink(LockstepPair pair, Script script)
    {
        try
        {
            pair.Play(script);
        }
        catch (LockstepException failure)
        {
            throw Shrink(pair, script, failure);
        }
    }

    /// <summary>
    /// Looks for a smaller script that fails too. In a loop with an end, and not by FsCheck, whose trees of scripts like these are too deep
    /// for a stack.
    /// </summary>
    private static LockstepException Shrink(LockstepPair pair, Script script, LockstepException failure)
    {
        long started = Stopwatch.GetTimestamp();
        bool smaller = true;
        while (smaller)
        {
            smaller = false;
            foreach (Script candidate in script.Smaller().TakeWhile(_ => Stopwatch.GetElapsedTime(started) < TimeForShrinking))
            {
                if (Record.Exception(() => pair.Play(candidate)) is not LockstepException again)
                    continue;
                (script, failure, smaller) = (candidate, again, true);
                break;
            }
        }

        return new LockstepException($"{script}\n{failure.Message}");
    }
}
