using Coordination.Protocol;

namespace Coordination.Server.Consensus.Election;

/// <summary>A vote as somebody sent it.</summary>
/// <param name="Vote">The vote.</param>
/// <param name="State">What the sender was doing.</param>
/// <param name="Version">The format of its notification; 0 comes from servers before 3.4.6.</param>
internal readonly record struct CastVote(Vote Vote, PeerState State, int Version)
{
    /// <summary>
    /// Whether two votes support each other. Servers that have found their leader may have done so in different rounds, and remember
    /// different zxids of it (ZOOKEEPER-1805): leader and epoch decide. The oldest format says no epoch that could be compared.
    /// </summary>
    public bool Supports(in CastVote other)
    {
        if (State == PeerState.Looking || other.State == PeerState.Looking)
            return Vote == other.Vote;
        if (Vote.Leader != other.Vote.Leader)
            return false;
        return Version > 0 != other.Version > 0 || Vote.PeerEpoch == other.Vote.PeerEpoch;
    }
}
