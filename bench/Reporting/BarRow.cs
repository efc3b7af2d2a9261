namespace Coordination.Bench.Reporting;

/// <summary>What a bar demands of a figure.</summary>
internal enum BarKind
{
    /// <summary>Ours must be at least this many times Apache's: operations per second.</summary>
    AtLeastTimesApache,

    /// <summary>Ours must be at most this many times Apache's: time, CPU, memory.</summary>
    AtMostTimesApache,

    /// <summary>Ours must be at most this number, whatever Apache's is.</summary>
    AtMost,
}

/// <summary>One figure of the table of bars: what ours, Apache's and the stub reached in the same run, and what is demanded.</summary>
internal sealed record BarRow
{
    /// <summary>No throughput bar asks for more than this share of what a stateless stub reaches in the same run.</summary>
    public const double ShareOfStub = 0.8;

    /// <summary>What was done, for example "get, 10 sessions x pipeline 10".</summary>
    public required string Work { get; init; }

    /// <summary>Which figure of it, with its unit, for example "CPU µs/op".</summary>
    public required string Figure { get; init; }

    /// <summary>Our server's figure.</summary>
    public required double Ours { get; init; }

    /// <summary>Apache's figure; NaN if it was not measured.</summary>
    public double Apache { get; init; } = double.NaN;

    /// <summary>The stateless stub's figure; NaN where there is none.</summary>
    public double Stub { get; init; } = double.NaN;

    /// <summary>What is demanded.</summary>
    public required BarKind Kind { get; init; }

    /// <summary>The ratio or number demanded.</summary>
    public required double Bar { get; init; }

    /// <summary>Anything a reader of the row has to know; may be empty.</summary>
    public string Note { get; init; } = "";

    /// <summary>Ours divided by Apache's.</summary>
    public double Ratio => Ours / Apache;

    /// <summary>Whether the stub's figure, and not the ratio, decides: a throughput bar beyond what a stub can do asks for nothing real.</summary>
    public bool IsCapped => Kind == BarKind.AtLeastTimesApache && Stub * ShareOfStub < Bar * Apache;

    /// <summary>Whether there was anything to compare with.</summary>
    public bool IsMeasured => !double.IsNaN(Ours) && (Kind == BarKind.AtMost || !double.IsNaN(Apache));

    /// <summary>Whether the bar is met.</summary>
    public bool IsMet => Kind switch
    {
        _ when !IsMeasured => false,
        BarKind.AtLeastTimesApache => Ours >= (IsCapped ? Stub * ShareOfStub : Bar * Apache),
        BarKind.AtMostTimesApache => Ratio <= Bar,
        _ => Ours <= Bar,
    };
}
