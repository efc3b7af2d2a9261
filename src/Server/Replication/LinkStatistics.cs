using Coordination.Protocol;
using Coordination.Server.Figures;

namespace Coordination.Server.Replication;

/// <summary>What the words <c>stat</c> and <c>cons</c> tell about one connection.</summary>
internal sealed class LinkStatistics
{
    private Summary _latency;

    /// <summary>Frames from the client.</summary>
    public long PacketsReceived { get; set; }

    /// <summary>Frames to the client.</summary>
    public long PacketsSent { get; set; }

    /// <summary>When it was accepted, milliseconds since the Unix epoch.</summary>
    public long EstablishedAt { get; set; }

    /// <summary>The operation answered last; null before the first.</summary>
    public OpCode? LastOperation { get; set; }

    /// <summary>The xid answered last, those of pings and the like left out; -1 before the first.</summary>
    public int LastXid { get; set; } = -1;

    /// <summary>The zxid of the last reply; -1 before the first.</summary>
    public long LastZxid { get; set; } = -1;

    /// <summary>When the last reply was made, in monotonic milliseconds.</summary>
    public long LastReplyAt { get; set; }

    /// <summary>How long the last request took, in milliseconds.</summary>
    public long LastLatency { get; set; }

    /// <summary>Latencies since the connection was accepted or the figures were reset.</summary>
    public Summary Latency => _latency;

    /// <summary>A reply was made.</summary>
    public void Answered(OpCode operation, int xid, long zxid, long now, long latency)
    {
        LastOperation = operation;
        if (xid >= 0)
            LastXid = xid;
        LastZxid = zxid;
        LastReplyAt = now;
        LastLatency = latency;
        _latency.Add(latency);
    }

    /// <summary>Starts counting anew.</summary>
    public void Reset()
    {
        PacketsReceived = 0;
        PacketsSent = 0;
        LastOperation = null;
        LastXid = -1;
        LastZxid = -1;
        LastReplyAt = 0;
        LastLatency = 0;
        _latency = default;
    }
}
