using Coordination.Bench.Load;

namespace Coordination.Bench;

/// <summary>What `compare` does.</summary>
internal sealed record ComparisonOptions
{
    /// <summary>ours, apache, stub.</summary>
    public required IReadOnlyList<string> Servers { get; init; }

    public required IReadOnlyList<Cell> Cells { get; init; }

    public required int Runs { get; init; }

    /// <summary>Of one drive of one cell.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Per kind of request and server, before anything is measured.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>What was typed, for the page.</summary>
    public required string CommandLine { get; init; }

    /// <summary>The section of docs/benchmarks.md that receives the table; null for none.</summary>
    public required string? MarkdownSection { get; init; }

    /// <summary>The matrix: every workload alone, moderately and heavily pipelined; the larger value where it can matter.</summary>
    public static IReadOnlyList<Cell> Matrix { get; } =
    [
        .. from workload in (Workload[])[Workload.Create, Workload.Set, Workload.Get, Workload.Mixed]
           from size in (int[])[100, 1024]
           from shape in ((int Sessions, int Pipeline)[])[(1, 1), (10, 10), (100, 10)]
           where size == 100 || shape.Sessions == 10
           select new Cell(workload, shape.Sessions, shape.Pipeline, size),
    ];

    /// <summary>The least that shows a break: for continuous integration.</summary>
    public static IReadOnlyList<Cell> QuickMatrix { get; } =
        [.. Matrix.Where(cell => cell.ValueSize == 100 && cell.Sessions <= 10)];
}
