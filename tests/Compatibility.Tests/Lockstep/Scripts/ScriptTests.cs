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
        Report(
            $"random scripts on both servers: {pair.Operations} operations, {pair.Events} events, {pair.Znodes} znodes; answers "
            + string.Join(", ", pair.Codes.OrderByDescending(static code => code.Value).Select(static code => $"{code.Key} {code.Value}"))
            + "; accepted differences "
            + string.Join(", ", ScriptDifference.All.Select(static difference => $"{difference.Row}: {difference.Count}")));
    }

    /// <summary>Into the output, and into the file of figures of the whole proof if there is one.</summary>
    private static void Report(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        if (Environment.GetEnvironmentVariable("COORDINATION_PROOF_REPORT") is { Length: > 0 } file)
            File.AppendAllText(file, line + Environment.NewLine);
    }

    private static void Play(LockstepPair pair, int seed, int operations)
    {
        for (ulong round = 0; pair.Operations < operations; round++)
        {
            Config config = Config.QuickThrowOnFailure.WithMaxTest(ScriptsPerRound).WithQuietOnSuccess(true)
                .WithReplay(new Replay(new Rnd(((ulong)seed << 20) + round), FSharpOption<int>.None));
            Check.One(config, Prop.ForAll(Arb.From(ScriptGenerator.Scripts, static script => script.Smaller()), Once(pair.Play)));
        }
    }

    /// <summary>Plays until something fails, and then as long as there is time to look for a smaller script that fails too.</summary>
    private static Action<Script> Once(Action<Script> play)
    {
        long failedAt = 0;
        return script =>
        {
            if (failedAt != 0 && Stopwatch.GetElapsedTime(failedAt) > TimeForShrinking)
                return;
            try
            {
                play(script);
            }
            catch
            {
                failedAt = failedAt == 0 ? Stopwatch.GetTimestamp() : failedAt;
                throw;
            }
        };
    }
}
