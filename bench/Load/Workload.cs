namespace Coordination.Bench.Load;

/// <summary>What the sessions ask for.</summary>
internal enum Workload
{
    /// <summary>New persistent znodes under one parent.</summary>
    Create,

    /// <summary>setData on the session's own znode.</summary>
    Set,

    /// <summary>getData on the session's own znode.</summary>
    Get,

    /// <summary>Nine gets, one set.</summary>
    Mixed,

    /// <summary>getChildren of one znode with many children: a read that costs the server more than the generator.</summary>
    List,

    /// <summary>Removes what <see cref="Create"/> left; not measured.</summary>
    Delete,
}

/// <summary>One cell of the matrix.</summary>
/// <param name="Workload">What is asked for.</param>
/// <param name="Sessions">Connections, one session each.</param>
/// <param name="Pipeline">Requests each session keeps in flight.</param>
/// <param name="ValueSize">Bytes of data in a znode.</param>
internal readonly record struct Cell(Workload Workload, int Sessions, int Pipeline, int ValueSize);

/// <summary>What one drive of one cell gave.</summary>
internal sealed record Sample
{
    public required long Operations { get; init; }

    public required double Seconds { get; init; }

    public required double P50 { get; init; }

    public required double P99 { get; init; }

    public required double P999 { get; init; }

    /// <summary>Server CPU, microseconds per operation.</summary>
    public double ServerCpu { get; init; }

    /// <summary>Server context switches per operation.</summary>
    public double Switches { get; init; }

    /// <summary>Share of one core that the generator used; near 1 it is the generator that was measured.</summary>
    public double GeneratorLoad { get; init; }

    public long ResidentBytes { get; init; }

    public double PerSecond => Operations / Seconds;
}
