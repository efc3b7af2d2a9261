namespace Coordination.Architecture.Tests;

/// <summary>Shows every violation of a rule, not the first few.</summary>
internal static class Rule
{
    public static void HasNoViolations(IEnumerable<string?> violations)
    {
        string[] list = [.. violations.OfType<string>().Distinct(StringComparer.Ordinal)];
        if (list.Length > 0)
            Assert.Fail($"{list.Length} violations:\n{string.Join('\n', list)}");
    }
}
