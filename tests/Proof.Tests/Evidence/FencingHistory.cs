using Coordination.Proof.Worker.Evidence;

namespace Coordination.Proof.Tests.Evidence;

/// <summary>One pause of a process, by the clock of the one that stopped it: nothing of it ran between the two instants.</summary>
/// <param name="Process">The process.</param>
/// <param name="Stopped">After all its threads were seen to stand still.</param>
/// <param name="Resumed">Before it was told to go on.</param>
internal sealed record ProcessPause(int Process, TimeSpan Stopped, TimeSpan Resumed)
{
    public TimeSpan Length => Resumed - Stopped;
}

/// <summary>What fencing means here, judged from the resource's reports, the holders' looks and the pauses.</summary>
/// <param name="events">All events in the order of their arrival; the resource's arrive in its own order.</param>
/// <param name="pauses">All pauses.</param>
/// <param name="sessionTimeout">A holder paused for longer has lost its session.</param>
internal sealed class FencingHistory(IReadOnlyList<ProofEvent> events, IReadOnlyList<ProcessPause> pauses, TimeSpan sessionTimeout)
{
    /// <summary>Operations that the resource carried out.</summary>
    public IReadOnlyList<ProofEvent> Accepted { get; } = [.. events.Where(fact => fact.Kind == ProofEventKind.Accepted)];

    /// <summary>Operations that the resource refused.</summary>
    public IReadOnlyList<ProofEvent> Refused { get; } = [.. events.Where(fact => fact.Kind == ProofEventKind.Refused)];

    /// <summary>The first look of each section after each long pause that fell into it.</summary>
    public IReadOnlyList<ProofEvent> LooksAfterLongPauses { get; } =
    [
        .. pauses.Where(pause => pause.Length > sessionTimeout).SelectMany(pause => FirstLooksAfter(events, pause)),
    ];

    /// <summary>The same for pauses shorter than the session timeout.</summary>
    public IReadOnlyList<ProofEvent> LooksAfterShortPauses { get; } =
    [
        .. pauses.Where(pause => pause.Length <= sessionTimeout).SelectMany(pause => FirstLooksAfter(events, pause)),
    ];

    /// <summary>Says what is wrong.</summary>
    /// <returns>One sentence per violation.</returns>
    public IReadOnlyList<string> Violations() => [.. OrderViolations(), .. RefusalViolations(), .. LookViolations()];

    private IEnumerable<string> OrderViolations()
    {
        long highest = long.MinValue;
        var owners = new Dictionary<long, string>();
        foreach (ProofEvent fact in Accepted)
        {
            if (fact.FencingToken < highest)
                yield return $"an operation of {fact.Section} with number {fact.FencingToken} was carried out after one with {highest}";
            if (owners.TryGetValue(fact.FencingToken, out string? owner) && !string.Equals(owner, fact.Section, StringComparison.Ordinal))
                yield return $"{fact.Section} and {owner} both used number {fact.FencingToken}";
            owners[fact.FencingToken] = fact.Section;
            highest = Math.Max(highest, fact.FencingToken);
        }
    }

    private IEnumerable<string> RefusalViolations()
    {
        foreach (ProofEvent fact in Refused)
        {
            if (fact.FencingToken >= fact.HighestToken)
                yield return $"{fact.Section} was refused with number {fact.FencingToken}, though none above {fact.HighestToken} had been seen";
            if (fact.SessionAlive)
                yield return $"{fact.Section} was refused with number {fact.FencingToken} while its session was alive";
        }
    }

    private IEnumerable<string> LookViolations()
    {
        foreach (ProofEvent fact in LooksAfterLongPauses)
        {
            HoldLook look = fact.Look!;
            if (look.SafeFor > TimeSpan.Zero)
                yield return $"{fact.Section} was told {look.SafeFor.TotalMilliseconds:f0} ms of safety after a pause longer than its session";
            if (look.Confirmed)
                yield return $"{fact.Section} was confirmed after a pause longer than its session";
        }

        // Nor may a guarded transaction be committed for a holder that knows of its loss or that the resource has seen overtaken.
        ILookup<string, ProofEvent> refusals = Refused.ToLookup(fact => fact.Section, StringComparer.Ordinal);
        foreach (ProofEvent fact in events.Where(fact => fact.Kind == ProofEventKind.Look && fact.Look!.GuardedWriteDone))
        {
            if (fact.Look!.SafeFor <= TimeSpan.Zero || refusals[fact.Section].Any(refusal => refusal.At < fact.Look.Before))
                yield return $"a guarded transaction of {fact.Section} was committed although its hold was lost";
        }
    }

    private static IEnumerable<ProofEvent> FirstLooksAfter(IReadOnlyList<ProofEvent> events, ProcessPause pause) =>
        events
            .Where(fact => fact.Kind == ProofEventKind.Look && fact.Process == pause.Process)
            .GroupBy(fact => fact.Section, StringComparer.Ordinal)
            .Where(section => events.Any(enter =>
                enter.Kind == ProofEventKind.Enter
                && string.Equals(enter.Section, section.Key, StringComparison.Ordinal)
                && enter.At < pause.Stopped))
            .Select(section => section.Where(look => look.Look!.Before > pause.Stopped).MinBy(look => look.Look!.Before))
            .OfType<ProofEvent>();
}
