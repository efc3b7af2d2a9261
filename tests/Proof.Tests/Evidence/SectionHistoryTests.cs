using Coordination.Proof.Worker.Evidence;

namespace Coordination.Proof.Tests.Evidence;

/// <summary>The judge of mutual exclusion, given histories whose verdict is known.</summary>
public sealed class SectionHistoryTests
{
    private static readonly TimeSpan End = TimeSpan.FromSeconds(100);

    private readonly List<ProofEvent> _events = [];

    [Fact]
    public void Sections_one_after_the_other_are_no_violation()
    {
        Add(ProofEventKind.Enter, 1, "a", token: 5, process: 1);
        Add(ProofEventKind.Leave, 2, "a", token: 5, process: 1);
        Add(ProofEventKind.Enter, 2, "b", token: 6, process: 2);
        Add(ProofEventKind.Leave, 3, "b", token: 6, process: 2);
        Assert.Empty(Violations());
    }

    [Fact]
    public void A_section_inside_another_is_a_violation_even_with_one_between()
    {
        Add(ProofEventKind.Enter, 1, "a", token: 5, process: 1);
        Add(ProofEventKind.Enter, 2, "b", token: 6, process: 2);
        Add(ProofEventKind.Leave, 3, "b", token: 6, process: 2);
        Add(ProofEventKind.Enter, 4, "c", token: 7, process: 2);
        Add(ProofEventKind.Leave, 5, "c", token: 7, process: 2);
        Add(ProofEventKind.Leave, 6, "a", token: 5, process: 1);
        Assert.Equal(2, Violations().Count);
    }

    [Fact]
    public void The_death_of_a_process_ends_its_section_and_the_lost_token_alone_does_not()
    {
        Add(ProofEventKind.Enter, 1, "a", token: 5, process: 1);
        Add(ProofEventKind.Gone, 2, "", token: 0, process: 1);
        Add(ProofEventKind.Enter, 3, "b", token: 6, process: 2);
        Add(ProofEventKind.Lost, 4, "b", token: 6, process: 2);
        Assert.Empty(Violations());

        Add(ProofEventKind.Enter, 5, "c", token: 7, process: 3);
        Assert.Single(Violations());
    }

    [Fact]
    public void A_number_that_does_not_grow_is_a_violation()
    {
        Add(ProofEventKind.Enter, 1, "a", token: 5, process: 1);
        Add(ProofEventKind.Leave, 2, "a", token: 5, process: 1);
        Add(ProofEventKind.Enter, 3, "b", token: 5, process: 2);
        Assert.Single(Violations());
    }

    private IReadOnlyList<string> Violations() => SectionHistory.Violations(SectionHistory.Sections(_events, End));

    private void Add(ProofEventKind kind, int second, string section, long token, int process) => _events.Add(new ProofEvent
    {
        Kind = kind,
        At = TimeSpan.FromSeconds(second),
        Section = section,
        FencingToken = token,
        Process = process,
    });
}
