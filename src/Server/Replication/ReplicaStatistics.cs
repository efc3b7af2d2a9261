namespace Coordination.Server.Replication;

/// <summary>What the words <c>srvr</c>, <c>stat</c> and <c>mntr</c> tell about the server. Read between turns.</summary>
internal sealed class ReplicaStatistics(Replica replica)
{
    private LatencyStatistics _latency;

    /// <summary>Frames from clients, handshakes included.</summary>
    public long PacketsReceived { get; internal set; }

    /// <summary>Frames to clients, events included.</summary>
    public long PacketsSent { get; internal set; }

    /// <summary>Requests received and not answered yet.</summary>
    public int Outstanding { get; internal set; }

    /// <summary>Credentials refused.</summary>
    public long AuthenticationFailures { get; internal set; }

    /// <summary>Writes refused because the disk had reached its reserve.</summary>
    public long WritesRefused { get; internal set; }

    /// <summary>Latencies since the start or the last reset.</summary>
    public LatencyStatistics Latency => _latency;

    /// <summary>Connections that are served or wait for their handshake.</summary>
    public int Connections => replica.Links.Count;

    /// <summary>Znodes as Apache counts them: the root twice.</summary>
    public int NodeCount => replica.State.Tree.Count + 1;

    /// <summary>Watches in both tables.</summary>
    public int WatchCount => replica.State.Watches!.Count;

    /// <summary>Ephemeral znodes of all sessions.</summary>
    public int EphemeralCount => replica.State.Tree.Indexes.EphemeralCount;

    /// <summary>Characters of paths and bytes of data.</summary>
    public long ApproximateDataSize => replica.State.Tree.ApproximateDataSize;

    /// <summary>Sessions.</summary>
    public int SessionCount => replica.State.Sessions.Count;

    /// <summary>Starts counting anew (<c>srst</c>).</summary>
    public void Reset()
    {
        PacketsReceived = 0;
        PacketsSent = 0;
        _latency = default;
    }

    internal void AddBeside(int answered)
    {
        PacketsReceived += answered;
        PacketsSent += answered;
        _latency.AddImmediate(answered);
    }

    internal void AddLatency(long milliseconds) => _latency.Add(milliseconds);
}
