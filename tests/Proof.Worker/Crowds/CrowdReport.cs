using System.Text.Json;

namespace Coordination.Proof.Worker.Crowds;

/// <summary>What became of a crowd of connections.</summary>
/// <param name="Kind">What they did.</param>
/// <param name="Opened">How many were established.</param>
/// <param name="Unopened">How many were not: refused, or no room.</param>
/// <param name="EndedByServer">How many the server ended.</param>
/// <param name="Shortest">The shortest life of those.</param>
/// <param name="Median">The median life.</param>
/// <param name="Longest">The longest life.</param>
internal sealed record CrowdReport(
    string Kind, int Opened, int Unopened, int EndedByServer, TimeSpan Shortest, TimeSpan Median, TimeSpan Longest)
{
    /// <summary>What a line of output that holds a report starts with.</summary>
    public const string Prefix = "crowd ";

    /// <summary>How many were still open when the crowd gave up waiting.</summary>
    public int Left => Opened - EndedByServer;

    public string ToLine() => Prefix + JsonSerializer.Serialize(this);

    public static CrowdReport FromLine(string line) => JsonSerializer.Deserialize<CrowdReport>(line[Prefix.Length..])!;

    public override string ToString() =>
        $"{Kind}: {Opened} opened, {EndedByServer} ended by the server after {Shortest.TotalSeconds:f1}/{Median.TotalSeconds:f1}/{Longest.TotalSeconds:f1} s"
        + $" (min/median/max), {Left} left, {Unopened} not opened";
}
