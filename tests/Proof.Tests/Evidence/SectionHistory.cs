using Coordination.Proof.Worker.Evidence;

namespace Coordination.Proof.Tests.Evidence;

/// <summary>One stay in the guarded section.</summary>
/// <param name="Name">Names it.</param>
/// <param name="Process">The process.</param>
/// <param name="Contender">Which contender of that process.</param>
/// <param name="FencingToken">The hold's number.</param>
/// <param name="Begin">The instant after the lock was acquired.</param>
/// <param name="End">The instant after the last step in the section, or the death of the process.</param>
/// <param name="Lost">Whether the lost token fired during the stay.</param>
internal sealed record GuardedSection(
    string Name, int Process, int Contender, long FencingToken, TimeSpan Begin, TimeSpan End, bool Lost);

/// <summary>
/// What mutual exclusion means here. A section begins at the instant that its holder takes right after the lock was acquired, and ends
/// at the instant that the holder takes after its last step: because the stay was over, or because the lost token made it stop. The
/// token's own instant is not used to shorten a section: a holder that goes on after it is caught. A process that dies inside
/// a section ends it by its death. Two sections must not overlap, and fencing numbers must grow in the order in which sections begin.
/// </summary>
internal static class SectionHistory
{
    /// <summary>Puts sections together from what the witnesses reported.</summary>
    /// <param name="events">All events.</param>
    /// <param name="end">The end of the proof, for sections that are still open.</param>
    /// <returns>The sections in the order of their beginnings.</returns>
    public static IReadOnlyList<GuardedSection> Sections(IReadOnlyList<ProofEvent> events, TimeSpan end)
    {
        Dictionary<string, TimeSpan> left = Instants(events, ProofEventKind.Leave, fact => fact.Section);
        Dictionary<string, TimeSpan> lost = Instants(events, ProofEventKind.Lost, fact => fact.Section);
        Dictionary<int, TimeSpan> gone = Instants(events, ProofEventKind.Gone, fact => fact.Process);
        return
        [
            .. events.Where(fact => fact.Kind == ProofEventKind.Enter)
                .Select(enter => new GuardedSection(
                    enter.Section,
                    enter.Process,
                    enter.Contender,
                    enter.FencingToken,
                    enter.At,
                    left.TryGetValue(enter.Section, out TimeSpan leave) ? leave : gone.GetValueOrDefault(enter.Process, end),
                    lost.ContainsKey(enter.Section)))
                .OrderBy(section => section.Begin),
        ];
    }

    /// <summary>Says what is wrong with a history.</summary>
    /// <param name="sections">In the order of their beginnings.</param>
    /// <returns>One sentence per violation.</returns>
    public static IReadOnlyList<string> Violations(IReadOnlyList<GuardedSection> sections)
    {
        List<string> violations = [];
        GuardedSection? latest = null;
        long highest = long.MinValue;
        foreach (GuardedSection section in sections)
        {
            if (latest is not null && section.Begin < latest.End)
            {
                violations.Add(
                    $"{section.Name} (number {section.FencingToken}) began {(latest.End - section.Begin).TotalMilliseconds:f1} ms before"
                    + $" {latest.Name} (number {latest.FencingToken}) ended");
            }

            if (section.FencingToken <= highest)
                violations.Add($"{section.Name} was granted number {section.FencingToken} after {highest}");

            // Only the section that ends last can overlap with later ones, whatever lies between.
            if (latest is null || section.End > latest.End)
                latest = section;
            highest = Math.Max(highest, section.FencingToken);
        }

        return violations;
    }

    private static Dictionary<TKey, TimeSpan> Instants<TKey>(IReadOnlyList<ProofEvent> events, ProofEventKind kind, Func<ProofEvent, TKey> key)
        where TKey : notnull =>
        events.Where(fact => fact.Kind == kind).GroupBy(key).ToDictionary(group => group.Key, group => group.Min(fact => fact.At));
}
