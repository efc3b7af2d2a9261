using Coordination.Protocol;
using Coordination.Server.Operations;

namespace Coordination.Server.Replication;

/// <summary>
/// Reads that may be answered beside those of other connections while no input is handled. They touch their own link and nothing else of
/// the replica; what they mean to the whole is caught up by the owner.
/// </summary>
internal sealed partial class Replica
{
    /// <summary>
    /// Whether reads of a connection may be answered beside others: it is served, it has proved what is demanded of everybody, and nothing of
    /// it is on its way.
    /// </summary>
    public static bool MayAnswerBeside(ClientLink link) =>
        link is { Stage: LinkStage.Serving, IsHeld: false, Session.IsClosing: false, Identities.IsAdmitted: true } && link.Queue.IsEmpty;

    /// <summary>Answers a request into its link, if it is a read that changes nothing.</summary>
    /// <returns>False if it is anything else: then nothing was done, and it must be received in a turn.</returns>
    public bool TryAnswerBeside(ClientLink link, ReadOnlySpan<byte> frame)
    {
        if (frame.Length < RequestHeader.Size)
            return false;

        var reader = new JuteReader(frame, _options.MaxBufferBytes);
        RequestHeader header = RequestHeader.Read(ref reader);
        if (OperationTable.Find(header.Type) is not ReadOperation read || !ChangesNothing(read, reader))
            return false;

        int xid = header.Type == OpCode.Ping ? WellKnownXid.Ping : header.Xid;
        int size = WriteAnswer(link, xid, read, ref reader, link.Output);
        link.Beside.Add(header.Type, frame.Length, size);
        LinkStatistics statistics = link.Statistics;
        statistics.PacketsReceived++;
        statistics.PacketsSent++;
        statistics.Answered(header.Type, xid, LastSeen.Value, _now.MonotonicMilliseconds, latency: 0);
        return true;
    }

    /// <summary>For the owner: what was answered beside counts, and was a sign of life.</summary>
    public void CountBeside(ClientLink link)
    {
        Statistics.AddBeside(link.Beside);
        link.Beside = default;
        Touch(link.Session!);
    }

    // By value: the caller's reader stays where it is.
    private static bool ChangesNothing(ReadOperation operation, JuteReader request)
    {
        try
        {
            return operation.ChangesNothing(ref request);
        }
        catch (JuteFormatException)
        {
            return false;
        }
    }
}
