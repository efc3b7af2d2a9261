using Coordination.Protocol;

namespace Coordination.Server.Consensus;

/// <summary>
/// Decides which voters together are enough. One rule serves all: more than half of the groups that weigh anything are held, and a group is
/// held by more than half of its weight. A majority of equals is one group in which everybody weighs 1. Any two quorums share a voter.
/// Immutable; answers allocate nothing and depend on nothing but the set asked about.
/// </summary>
internal sealed class Quorum
{
    /// <summary>The most voters; an ensemble of more would agree on nothing for its own traffic.</summary>
    public const int MaxVoters = 64;

    private readonly long[] _ids;
    private readonly long[] _weights;
    private readonly Group[] _groups;

    private Quorum(long[] ids, long[] weights, Group[] groups)
    {
        _ids = ids;
        _weights = weights;
        _groups = groups;
    }

    /// <summary>The voters' numbers, ascending.</summary>
    public ReadOnlySpan<long> Voters => _ids;

    /// <summary>The rule of a configuration.</summary>
    /// <exception cref="QuorumConfigurationException">It has more than <see cref="MaxVoters"/> voters.</exception>
    public static Quorum Of(QuorumConfiguration configuration)
    {
        long[] ids = [.. configuration.Members.Where(member => member.IsParticipant).Select(member => member.Id)];
        if (ids.Length > MaxVoters)
            throw new QuorumConfigurationException(0, $"There are {ids.Length} participants; at most {MaxVoters} are supported.");
        if (!configuration.IsHierarchical)
            return MajorityOf(ids);

        long[] weights = [.. ids.Select(configuration.WeightOf)];
        return new Quorum(ids, weights, [.. configuration.Groups.Select(group => GroupOf(group.Members, ids, weights)).Where(group => group.Weight > 0)]);
    }

    /// <summary>The majority of equals.</summary>
    /// <param name="voters">Their numbers, each once, at most <see cref="MaxVoters"/>.</param>
    public static Quorum MajorityOf(IEnumerable<long> voters)
    {
        long[] ids = [.. voters.Order()];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ids.Length, MaxVoters, nameof(voters));
        long[] weights = new long[ids.Length];
        weights.AsSpan().Fill(1);
        return new Quorum(ids, weights, [GroupOf(ids, ids, weights)]);
    }

    /// <summary>Whether a peer's word counts.</summary>
    public bool IsVoter(long id) => Array.BinarySearch(_ids, id) >= 0;

    /// <summary>What it weighs; 0 for a stranger, and for a voter that counts but may not lead.</summary>
    public long WeightOf(long id)
    {
        int index = Array.BinarySearch(_ids, id);
        return index < 0 ? 0 : _weights[index];
    }

    /// <summary>The set of one voter; the empty set for anybody else, whose word counts nowhere.</summary>
    public VoterSet Only(long id)
    {
        int index = Array.BinarySearch(_ids, id);
        return index < 0 ? default : new VoterSet(1UL << index);
    }

    /// <summary>Whether these voters are enough.</summary>
    public bool IsHeldBy(VoterSet voters)
    {
        int held = 0;
        foreach (Group group in _groups)
        {
            if (WeightIn(voters.Bits & group.Bits) > group.Weight / 2)
                held++;
        }

        return held > _groups.Length / 2;
    }

    /// <summary>The highest zxid that enough voters have reached: what is committed once each of them says how far its disk is.</summary>
    /// <param name="reached">How far each voter is, in the order of <see cref="Voters"/>.</param>
    /// <returns>One of them; <see cref="Zxid.Zero"/> if there are no voters.</returns>
    public Zxid HighestHeld(ReadOnlySpan<Zxid> reached)
    {
        Zxid highest = Zxid.Zero;
        foreach (Zxid candidate in reached)
        {
            if (candidate > highest && IsHeldBy(AtLeast(reached, candidate)))
                highest = candidate;
        }

        return highest;
    }

    private static VoterSet AtLeast(ReadOnlySpan<Zxid> reached, Zxid zxid)
    {
        ulong bits = 0;
        for (int i = 0; i < reached.Length; i++)
        {
            if (reached[i] >= zxid)
                bits |= 1UL << i;
        }

        return new VoterSet(bits);
    }

    private static Group GroupOf(IReadOnlyList<long> members, long[] ids, long[] weights)
    {
        ulong bits = 0;
        long weight = 0;
        foreach (long member in members)
        {
            int index = Array.BinarySearch(ids, member);
            bits |= 1UL << index;
            weight += weights[index];
        }

        return new Group(bits, weight);
    }

    private long WeightIn(ulong bits)
    {
        long weight = 0;
        for (; bits != 0; bits &= bits - 1)
            weight += _weights[System.Numerics.BitOperations.TrailingZeroCount(bits)];
        return weight;
    }

    private readonly record struct Group(ulong Bits, long Weight);
}
