using System.Globalization;

namespace Coordination.Testing;

/// <summary>
/// How much a proof does. The variable <c>COORDINATION_PROOF</c> is <c>quick</c> (the default, for <c>dotnet test</c>),
/// <c>middle</c> (<c>.ci/run</c>) or <c>full</c> (<c>eng/prove.sh</c>).
/// </summary>
public static class ProofScale
{
    /// <summary>The variable that selects the scale.</summary>
    public const string Variable = "COORDINATION_PROOF";

    /// <summary>Picks the count of the scale in force.</summary>
    /// <param name="quick">Count for every run.</param>
    /// <param name="middle">Count for continuous integration.</param>
    /// <param name="full">Count for the whole proof.</param>
    /// <returns>One of the three.</returns>
    /// <exception cref="InvalidOperationException">The variable holds an unknown word.</exception>
    public static int Of(int quick, int middle, int full) => Environment.GetEnvironmentVariable(Variable) switch
    {
        null or "" or "quick" => quick,
        "middle" => middle,
        "full" => full,
        var other => throw new InvalidOperationException($"{Variable}={other}: quick, middle or full is expected."),
    };

    /// <summary>As <see cref="Of"/>, but a variable of the proof's own, if set, decides.</summary>
    /// <param name="variable">For example <c>COORDINATION_KILL_ROUNDS</c>.</param>
    /// <param name="quick">Count for every run.</param>
    /// <param name="middle">Count for continuous integration.</param>
    /// <param name="full">Count for the whole proof.</param>
    /// <returns>The variable's number, or one of the three.</returns>
    public static int Of(string variable, int quick, int middle, int full) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)
            : Of(quick, middle, full);
}
