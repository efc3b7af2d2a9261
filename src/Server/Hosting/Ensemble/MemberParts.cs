using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Network.Ensemble;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>Sends a notification on an election connection, soon or never; does not block.</summary>
internal delegate void NotificationSender(long sid, in ElectionNotification notification);

/// <summary>Everything <see cref="MemberDuties"/> are carried out with.</summary>
internal sealed record MemberParts
{
    /// <summary>The core, whose inputs are given in turns.</summary>
    public required ZabPeer Peer { get; init; }

    /// <summary>The state above it.</summary>
    public required IMemberState State { get; init; }

    /// <summary>The disk beside the log.</summary>
    public required IMemberStore Store { get; init; }

    /// <summary>The quorum port, and the connection to the leader.</summary>
    public required LearnerTransport Transport { get; init; }

    /// <summary>The election connections.</summary>
    public required NotificationSender Notify { get; init; }

    /// <summary>Messages.</summary>
    public required ServerLog Log { get; init; }

    /// <summary>Takes inputs for later turns, from any thread.</summary>
    public required Action<LoopInput> Post { get; init; }

    /// <summary>The longest data in a packet, and the longest value in a snapshot.</summary>
    public int MaxData { get; init; } = QuorumPacket.DefaultMaxData;
}
