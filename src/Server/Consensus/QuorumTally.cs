namespace Coordination.Server.Consensus;

/// <summary>
/// Who has said yes to one thing. While a change of the configuration is on its way the old quorum must agree and the new one too; otherwise
/// there is one. A value: copy it with care.
/// </summary>
/// <param name="committed">The rule of the committed configuration.</param>
/// <param name="proposed">The rule of a newer one that is proposed and not committed; null without.</param>
internal struct QuorumTally(Quorum committed, Quorum? proposed = null)
{
    private VoterSet _committed;
    private VoterSet _proposed;

    /// <summary>Whether they are enough.</summary>
    public readonly bool IsDecided => committed.IsHeldBy(_committed) && (proposed is null || proposed.IsHeldBy(_proposed));

    /// <summary>Counts a peer, once.</summary>
    /// <returns>Whether it counts and had not been counted.</returns>
    public bool Add(long id)
    {
        bool isNew = IsVoter(id) && !Contains(id);
        _committed = _committed.Union(committed.Only(id));
        if (proposed is not null)
            _proposed = _proposed.Union(proposed.Only(id));
        return isNew;
    }

    /// <summary>Whether a peer has been counted.</summary>
    public readonly bool Contains(long id) =>
        IsVoter(id) && _committed.Contains(committed.Only(id)) && (proposed is null || _proposed.Contains(proposed.Only(id)));

    /// <summary>Whether a peer's word counts under either rule.</summary>
    public readonly bool IsVoter(long id) => committed.IsVoter(id) || proposed is not null && proposed.IsVoter(id);
}
