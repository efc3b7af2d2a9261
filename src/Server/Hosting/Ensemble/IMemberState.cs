using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>What the carrying out of consensus needs of the state above it. Every member is called in turns only.</summary>
internal interface IMemberState
{
    /// <summary>The last transaction in the tree.</summary>
    Zxid LastProcessed { get; }

    /// <summary>Begins the image of the tree for a learner; null while another one is being written: there can be one at a time.</summary>
    TreeSnapshot? TryBeginSnapshot();

    /// <summary>
    /// The files that the tree stands on are about to be changed: whoever writes a snapshot of it has to give up, and nobody may begin one
    /// until <see cref="AllowSnapshots"/>.
    /// </summary>
    void BarSnapshots();

    /// <summary>The files have been changed, or have not.</summary>
    void AllowSnapshots();

    /// <summary>Another state has taken the place of the tree on disk, and takes it here.</summary>
    void Replace(RecoveredState state);
}
