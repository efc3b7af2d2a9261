using Coordination.Protocol;

namespace Coordination.Server.Consensus.Election;

/// <summary>The latest vote of each server. Only members of the electorate get in, so that it cannot grow beyond them.</summary>
internal sealed class VoteTable
{
    private readonly SortedList<long, CastVote> _votes = [];

    /// <summary>The votes, by sender in ascending order.</summary>
    public IEnumerable<KeyValuePair<long, CastVote>> Votes => _votes;

    /// <summary>Takes a vote in place of an earlier one of the same server.</summary>
    public void Put(long sender, in CastVote vote) => _votes[sender] = vote;

    /// <summary>Forgets the vote of one server.</summary>
    public void Remove(long sender) => _votes.Remove(sender);

    /// <summary>Forgets all.</summary>
    public void Clear() => _votes.Clear();

    /// <summary>Whether a server's vote supports the one given.</summary>
    public bool IsSupportedBy(long sender, in CastVote tested) => _votes.TryGetValue(sender, out CastVote vote) && vote.Supports(tested);

    /// <summary>Whether a quorum of every configuration in force supports the vote given.</summary>
    public bool IsCarried(in CastVote tested, Electorate electorate)
    {
        QuorumTally supporters = electorate.NewTally();
        foreach ((long sender, CastVote vote) in _votes)
        {
            if (vote.Supports(tested))
                supporters.Add(sender);
        }

        return supporters.IsDecided;
    }

    /// <summary>Whether a server itself says that it leads.</summary>
    public bool IsLeading(long server) => _votes.TryGetValue(server, out CastVote vote) && vote.State == PeerState.Leading;
}
