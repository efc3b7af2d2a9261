using Coordination.Server.Figures;

namespace Coordination.Server.Replication;

/// <summary>What was answered beside other connections and is not counted in the whole yet.</summary>
internal struct BesideFigures
{
    /// <summary>Bytes of replies.</summary>
    public Summary ResponseSize;

    /// <summary>Bytes of the newest reply.</summary>
    public int LastResponseSize;

    /// <summary>Bytes of requests, with their length words.</summary>
    public long BytesReceived;

    /// <summary>Requests.</summary>
    public readonly long Count => ResponseSize.Count;

    /// <summary>A request was answered.</summary>
    public void Add(int request, int response)
    {
        BytesReceived += request + sizeof(int);
        ResponseSize.Add(response);
        LastResponseSize = response;
    }
}
