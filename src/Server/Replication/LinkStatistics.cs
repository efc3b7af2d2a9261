using Coordination.Protocol;

namespace Coordination.Server.Replication;

/// <summary>Latencies of requests in milliseconds.</summary>
internal struct LatencyStatistics
{
    private long _min;

    /// <summary>Requests measured.</summary>
    public long Count { get; private set; }

    /// <summary>The sum of all.</summary>
    public long Total { get; private set; }

    /// <summary>The longest.</summary>
    public long Max { get; private set; }

    /// <summary>The shortest; 0 before the first.</summary>
    public readonly long Min => Count == 0 ? 0 : _min;

    /// <summary>The mean; 0 before the first.</summary>
    public readonly double Average => Count == 0 ? 0 : (double)Total / Count;

    /// <summary>Takes in requests that were answered at once.</summary>
    public void AddImmediate(long count)
    {
        _min = 0;
        Count += count;
    }

    /// <summary>Takes one in.</summary>
    public void Add(long milliseconds)
    {
        _min = Count == 0 ? milliseconds : Math.Min(_min, milliseconds);
        Max = Math.Max(Max, milliseconds);
        Total += milliseconds;
        Count++;
    }
}

/// <summary>What the words <c>stat</c> and <c>cons</c> tell about one connection.</summary>
internal sealed class LinkStatistics
{
    private LatencyStatistics _latency;

    /// <summary>Frames from the client.</summary>
    public long PacketsReceived { get; set; }

    /// <summary>Frames to the client.</summary>
    public long PacketsSent { get; set; }

    /// <summary>When it was accepted, milliseconds since the Unix epoch.</summary>
    public long EstablishedAt { get; set; }

    /// <summary>The operation answered last; null before the first.</summary>
    public OpCode? LastOperation { get; set; }

    /// <summary>The xid answered last; -1 before the first.</summary>
    public int LastXid { get; set; } = -1;

    /// <summary>The zxid of the last reply.</summary>
    public long LastZxid { get; set; }

    /// <summary>When the last reply was made, in monotonic milliseconds.</summary>
    public long LastReplyAt { get; set; }

    /// <summary>How long the last request took, in milliseconds.</summary>
    public long LastLatency { get; set; }

    /// <summary>Latencies since the connection was accepted or the figures were reset.</summary>
    public LatencyStatistics Latency => _latency;

    /// <summary>A reply was made.</summary>
    public void Answered(OpCode operation, int xid, long zxid, long now, long latency)
    {
        LastOperation = operation;
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
        LastZxid = 0;
        LastReplyAt = 0;
        LastLatency = 0;
        _latency = default;
    }
}
