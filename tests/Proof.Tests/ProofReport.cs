namespace Coordination.Proof.Tests;

/// <summary>
/// The figures of a proof: into the test's output, and, if <see cref="Variable"/> names a file, as one line into that, where
/// <c>eng/prove.sh</c> finds them.
/// </summary>
internal static class ProofReport
{
    public const string Variable = "COORDINATION_PROOF_REPORT";

    private static readonly Lock Gate = new();

    public static void Line(string text)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } file)
            return;

        lock (Gate)
            File.AppendAllText(file, text + Environment.NewLine);
    }
}
