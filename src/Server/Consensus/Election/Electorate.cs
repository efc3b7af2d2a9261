using Coordination.Protocol;

namespace Coordination.Server.Consensus.Election;

/// <summary>Who may vote: the members of the committed configuration, and of a newer one while that is being agreed. Immutable.</summary>
internal sealed class Electorate
{
    private readonly Quorum _committed;
    private readonly Quorum? _proposed;

    /// <param name="committed">The configuration in force.</param>
    /// <param name="lastSeen">The last one that was proposed; it counts if it is newer.</param>
    public Electorate(QuorumConfiguration committed, QuorumConfiguration? lastSeen = null)
    {
        Committed = committed;
        Text = committed.ToString();
        _committed = Quorum.Of(committed);
        _proposed = lastSeen is not null && lastSeen.Version > committed.Version ? Quorum.Of(lastSeen) : null;
        SortedSet<long> voters = [.. _committed.Voters];
        if (_proposed is not null)
            voters.UnionWith(_proposed.Voters.ToArray());
        Voters = [.. voters];
    }

    /// <summary>The configuration in force.</summary>
    public QuorumConfiguration Committed { get; }

    /// <summary>It as notifications carry it.</summary>
    public string Text { get; }

    /// <summary>Everybody who votes in any configuration in force, ascending.</summary>
    public IReadOnlyList<long> Voters { get; }

    /// <summary>Nobody yet, towards a quorum of each configuration in force.</summary>
    public QuorumTally NewTally() => new(_committed, _proposed);

    /// <summary>Whether a server votes in any configuration in force.</summary>
    public bool IsVoter(long server) => _committed.IsVoter(server) || (_proposed is not null && _proposed.IsVoter(server));

    /// <summary>Whether a server may be proposed by others: one of weight 0 votes, but never wins.</summary>
    public bool MayLead(long server) => (_committed.IsVoter(server) || _proposed is null ? _committed : _proposed).WeightOf(server) != 0;
}
