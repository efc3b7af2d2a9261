namespace Coordination.Server.Consensus;

/// <summary>Some voters of one <see cref="Quorum"/>, a bit for each in the order of their numbers; of no meaning to another.</summary>
/// <param name="Bits">The voters.</param>
internal readonly record struct VoterSet(ulong Bits)
{
    /// <summary>How many there are.</summary>
    public int Count => System.Numerics.BitOperations.PopCount(Bits);

    /// <summary>Both together.</summary>
    public VoterSet Union(VoterSet other) => new(Bits | other.Bits);

    /// <summary>Whether all of the other are in this one.</summary>
    public bool Contains(VoterSet other) => (Bits & other.Bits) == other.Bits;
}
