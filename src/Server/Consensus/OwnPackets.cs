using Coordination.Protocol;

namespace Coordination.Server.Consensus;

/// <summary>
/// What only our own servers say to each other. Sent on no link to a server that did not call itself one of ours
/// (<see cref="LearnerInfo.IsOwn"/>): Apache's would not know what to do with it.
/// </summary>
internal static class OwnPackets
{
    /// <summary>Leader to learner: go to this leader without an election; data an <see cref="ActivationHeader"/>.</summary>
    public const QuorumPacketType HandOver = (QuorumPacketType)0x100;

    /// <summary>Writes <see cref="HandOver"/>.</summary>
    public static void WriteHandOver(ref JuteWriter writer, long successor)
    {
        writer.WriteInt32((int)HandOver);
        writer.WriteInt64(QuorumPacketWriter.NoZxid.Value);
        writer.WriteInt32(ActivationHeader.Size);
        new ActivationHeader(successor).Write(ref writer);
        writer.WriteInt32(-1);
    }
}
