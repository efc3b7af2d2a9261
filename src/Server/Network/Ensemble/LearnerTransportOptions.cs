namespace Coordination.Server.Network.Ensemble;

/// <summary>How servers of an ensemble are connected with each other.</summary>
internal sealed record LearnerTransportOptions
{
    /// <summary>How often all addresses of a leader are tried.</summary>
    public int Tries { get; init; } = 5;

    /// <summary>The time between two tries (Apache's <c>leaderConnectDelayDuringRetryMs</c>).</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long connecting may take altogether: <c>connectToLearnerMasterLimit</c> or <c>initLimit</c> in ticks.</summary>
    public TimeSpan ConnectLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether the system looks after connections on which nothing is said (<c>tcpKeepAlive</c>).</summary>
    public bool KeepAlive { get; init; }

    /// <summary>Connections that may be open at a time: whoever reaches the port can open one.</summary>
    public int MaxLinks { get; init; } = 512;
}
