using Coordination.Protocol;
using Coordination.Server.Figures;

namespace Coordination.Server.Replication;

/// <summary>What was answered beside other connections and is not counted in the whole yet.</summary>
internal struct BesideFigures
{
    /// <summary>Sizes of replies.</summary>
    public Summary FrameSize;

    /// <summary>Bytes of the newest reply.</summary>
    public int LastFrameSize;

    /// <summary>Bytes of replies, those to pings left out.</summary>
    public long ResponseBytes;

    /// <summary>Bytes of requests, with their length words.</summary>
    public long BytesReceived;

    /// <summary>Requests.</summary>
    public readonly long Count => FrameSize.Count;

    /// <summary>A request was answered.</summary>
    public void Add(OpCode operation, int request, int response)
    {
        BytesReceived += request + sizeof(int);
        FrameSize.Add(response);
        LastFrameSize = response;
        if (operation != OpCode.Ping)
            ResponseBytes += response;
    }
}
