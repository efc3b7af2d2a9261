using Coordination.Server.Figures;

namespace Coordination.Server.Replication;

/// <summary>What the words <c>srvr</c>, <c>stat</c> and <c>mntr</c> tell about the server. Read between turns.</summary>
internal sealed class ReplicaStatistics(Replica replica)
{
    private Summary _latency;
    private Summary _frameSize;

    /// <summary>Frames from clients, handshakes included.</summary>
    public long PacketsReceived { get; internal set; }

    /// <summary>Frames to clients, events included.</summary>
    public long PacketsSent { get; internal set; }

    /// <summary>Requests received and not answered yet.</summary>
    public int Outstanding { get; internal set; }

    /// <summary>Bytes of requests that wait behind a write of their session.</summary>
    public long WaitingBytes { get; internal set; }

    /// <summary>Credentials refused.</summary>
    public long AuthenticationFailures { get; internal set; }

    /// <summary>Transactions whose digest was not that of the tree after them.</summary>
    public long DigestMismatches { get; internal set; }

    /// <summary>Writes refused because the disk had reached its reserve.</summary>
    public long WritesRefused { get; internal set; }

    /// <summary>Latencies since the start or the last reset.</summary>
    public Summary Latency => _latency;

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

    /// <summary>Latencies of reads, pings among them, in milliseconds.</summary>
    public Distribution ReadLatency { get; } = new();

    /// <summary>Latencies of whatever became a transaction, in milliseconds.</summary>
    public Distribution UpdateLatency { get; } = new();

    /// <summary>From the moment a transaction was made until it was applied, in milliseconds of the wall clock.</summary>
    public Distribution Propagation { get; } = new();

    /// <summary>Sizes of replies and events in bytes, without their length words.</summary>
    public Summary FrameSize => _frameSize;

    /// <summary>The size of the newest of them; -1 before the first.</summary>
    public long LastFrameSize { get; private set; } = -1;

    /// <summary>Bytes of replies to requests, without their length words; pings are none, as at Apache.</summary>
    public long ResponseBytes { get; internal set; }

    /// <summary>Bytes of frames from clients, with their length words.</summary>
    public long BytesReceived { get; internal set; }

    /// <summary>Bytes of events.</summary>
    public long WatchBytes { get; internal set; }

    /// <summary>Handshakes that asked for a session, new or not.</summary>
    public long ConnectionRequests { get; internal set; }

    /// <summary>Sessions that came back on another connection.</summary>
    public long Reattached { get; internal set; }

    /// <summary>Sessions that were not heard of in time.</summary>
    public long SessionsExpired { get; internal set; }

    /// <summary>Starts counting anew (<c>srst</c>).</summary>
    public void Reset()
    {
        PacketsReceived = 0;
        PacketsSent = 0;
        _latency = default;
        _frameSize = default;
        LastFrameSize = -1;
        ResponseBytes = 0;
        ReadLatency.Reset();
        UpdateLatency.Reset();
        Propagation.Reset();
        BytesReceived = 0;
        WatchBytes = 0;
        ConnectionRequests = 0;
        Reattached = 0;
        SessionsExpired = 0;
        replica.State.Watches!.Figures.Reset();
    }

    internal void AddBeside(in BesideFigures figures)
    {
        PacketsReceived += figures.Count;
        PacketsSent += figures.Count;
        BytesReceived += figures.BytesReceived;
        _latency.AddZeros(figures.Count);
        ReadLatency.AddZeros(figures.Count);
        _frameSize.Add(figures.FrameSize);
        LastFrameSize = figures.LastFrameSize;
        ResponseBytes += figures.ResponseBytes;
    }

    internal void AddLatency(bool isUpdate, long milliseconds)
    {
        _latency.Add(milliseconds);
        (isUpdate ? UpdateLatency : ReadLatency).Add(milliseconds);
    }

    internal void AddFrame(int size)
    {
        _frameSize.Add(size);
        LastFrameSize = size;
    }
}
