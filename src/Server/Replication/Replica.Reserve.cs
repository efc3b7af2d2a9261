using Coordination.Protocol;

namespace Coordination.Server.Replication;

/// <summary>
/// Below the disk's reserve nothing is written for clients, so that what is left of the disk serves the sessions: they open, close and
/// expire. A write is refused where it arrives and takes no transaction, because a log full of refusals would use the reserve up.
/// </summary>
internal sealed partial class Replica
{
    /// <summary>Whether clients' writes are refused at present.</summary>
    public bool RefusesWrites { get; private set; }

    /// <summary>Input: the disk has reached its reserve, or has room again.</summary>
    public void SetDiskReserve(bool isReached) => RefusesWrites = isReached;

    private void RefuseWrite(ClientLink link, ReadOnlySpan<byte> frame)
    {
        Statistics.WritesRefused++;
        if (link.Queue.IsEmpty)
        {
            AnswerRefused(link, frame, ErrorCode.NotReadOnly, _now.MonotonicMilliseconds);
            return;
        }

        // Only the header is needed when its turn comes.
        link.Outstanding++;
        Statistics.Outstanding++;
        Statistics.WaitingBytes += RequestHeader.Size;
        link.Queue.AddWaiting(frame[..RequestHeader.Size], _now.MonotonicMilliseconds, ErrorCode.NotReadOnly);
    }

    private void AnswerRefused(ClientLink link, ReadOnlySpan<byte> frame, ErrorCode refusal, long receivedAt)
    {
        var reader = new JuteReader(frame, _options.MaxBufferBytes);
        SendHeader(link, RequestHeader.Read(ref reader), LastSeen.Value, refusal, receivedAt);
    }
}
