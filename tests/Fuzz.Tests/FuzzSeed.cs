using System.Globalization;

namespace Coordination.Fuzz.Tests;

/// <summary>
/// The numbers that choose all frames: new ones at every run, printed, and the same again with <c>COORDINATION_FUZZ_SEED</c>.
/// </summary>
internal static class FuzzSeed
{
    private const string Variable = "COORDINATION_FUZZ_SEED";

    public static int Of(string test)
    {
        int seed = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : Environment.TickCount & 0xffffff;
        TestContext.Current.SendDiagnosticMessage("fuzz: {0} runs with {1}={2}", test, Variable, seed);
        return seed;
    }
}
