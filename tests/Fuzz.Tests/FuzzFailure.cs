namespace Coordination.Fuzz.Tests;

/// <summary>A rule was broken by a frame.</summary>
/// <param name="rule">The rule, in words that stay the same while the frame is made smaller.</param>
/// <param name="detail">What was seen.</param>
internal sealed class FuzzFailure(string rule, string detail) : Exception($"{rule}: {detail}")
{
    /// <summary>The rule, in words that stay the same while the frame is made smaller.</summary>
    public string Rule { get; } = rule;
}
