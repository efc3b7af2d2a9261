namespace Coordination.Server.Consensus;

/// <summary>Validated settings of one member. Times are in milliseconds.</summary>
internal sealed record ZabOptions
{
    /// <summary>This server's number.</summary>
    public required long Sid { get; init; }

    /// <summary>The length of a tick.</summary>
    public int Tick { get; init; } = 2000;

    /// <summary>Ticks for connecting and synchronising, and for each step on the way to being established.</summary>
    public int InitLimit { get; init; } = 10;

    /// <summary>Ticks without a word after which the other side of a link is given up.</summary>
    public int SyncLimit { get; init; } = 5;

    /// <summary>Whether this server only observes, whatever else the configuration says about it.</summary>
    public bool IsObserver { get; init; }

    /// <summary>How this server calls itself towards its leader; as one of Apache's it is treated like one (for tests).</summary>
    public int ProtocolVersion { get; init; } = Coordination.Protocol.LearnerInfo.OwnVersion;

    /// <summary>Whether configurations come from the ensemble; otherwise the local one rules, under version 0.</summary>
    public bool ReconfigEnabled { get; init; }

    /// <summary>How much of the delivered history is kept in memory for learners that were away.</summary>
    public int MaxHistoryBytes { get; init; } = 32 << 20;

    /// <summary>How much may wait on a link before it is given up: the other side does not read.</summary>
    public int MaxBacklogBytes { get; init; } = 256 << 20;

    /// <summary>The counter at which an orderly new epoch begins, far ahead of the last one that may be used.</summary>
    public uint CounterLimit { get; init; } = 0xFFF0_0000;

    /// <summary>By how much another server's accepted epoch may exceed ours and still be believed.</summary>
    public int MaxEpochJump { get; init; } = 1 << 20;

    /// <summary>Whether every learner gets a snapshot (Apache's <c>forceSnapshotSync</c>, for tests).</summary>
    public bool ForceSnapshot { get; init; }

    /// <summary>How long connecting and synchronising may take.</summary>
    public long InitMilliseconds => (long)Tick * InitLimit;

    /// <summary>How long a link may be silent.</summary>
    public long SyncMilliseconds => (long)Tick * SyncLimit;
}
