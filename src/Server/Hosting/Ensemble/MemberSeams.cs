using Coordination.Server.Network;
using Coordination.Server.Network.Ensemble;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>What a <see cref="ReplicaLoop"/> is run with beside everything else if its replica is a member of an ensemble.</summary>
internal sealed record MemberSeams
{
    /// <summary>The log of a member.</summary>
    public required ILogStore Log { get; init; }

    /// <summary>The disk beside the log.</summary>
    public required IMemberStore Store { get; init; }

    /// <summary>The thread that waits for sockets; also the runner of the turns.</summary>
    public required PollingThread Poll { get; init; }

    /// <summary>How learners and leaders are connected.</summary>
    public required LearnerTransportOptions Links { get; init; }

    /// <summary>The election connections.</summary>
    public required NotificationSender Notify { get; init; }

    /// <summary>The longest data in a packet, and the longest value in a snapshot.</summary>
    public required int MaxData { get; init; }
}
