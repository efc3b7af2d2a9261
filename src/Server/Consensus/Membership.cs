using Coordination.Protocol;
using Coordination.Server.Consensus.Election;

namespace Coordination.Server.Consensus;

/// <summary>The configurations in force: the committed one, and a newer one while that is being agreed. Then both must agree to everything.</summary>
internal sealed class Membership(QuorumConfiguration committed)
{
    /// <summary>The committed configuration.</summary>
    public QuorumConfiguration Committed { get; private set; } = committed;

    /// <summary>Its rule.</summary>
    public Quorum CommittedQuorum { get; private set; } = Quorum.Of(committed);

    /// <summary>A newer one that was proposed.</summary>
    public QuorumConfiguration? Proposed { get; private set; }

    /// <summary>The rule of the newer one.</summary>
    public Quorum? ProposedQuorum { get; private set; }

    /// <summary>The newest one.</summary>
    public QuorumConfiguration LastSeen => Proposed ?? Committed;

    /// <summary>A count that every configuration in force must agree to.</summary>
    public QuorumTally NewTally() => new(CommittedQuorum, ProposedQuorum);

    /// <summary>Whether a server votes in any configuration in force.</summary>
    public bool IsVoter(long sid) => CommittedQuorum.IsVoter(sid) || (ProposedQuorum is not null && ProposedQuorum.IsVoter(sid));

    /// <summary>For elections.</summary>
    public Electorate ToElectorate() => new(Committed, Proposed);

    /// <summary>A newer configuration has been seen; an older one changes nothing.</summary>
    public void Propose(QuorumConfiguration configuration)
    {
        if (configuration.Version <= LastSeen.Version)
            return;

        Proposed = configuration;
        ProposedQuorum = Quorum.Of(configuration);
    }

    /// <summary>A configuration is committed.</summary>
    /// <returns>Whether it is newer than the one before.</returns>
    public bool Activate(QuorumConfiguration configuration)
    {
        if (Proposed is not null && Proposed.Version <= configuration.Version)
        {
            Proposed = null;
            ProposedQuorum = null;
        }

        if (configuration.Version <= Committed.Version)
            return false;

        Committed = configuration;
        CommittedQuorum = Quorum.Of(configuration);
        return true;
    }

    /// <summary>What was proposed will not be agreed: it was cut off with the entry that carried it.</summary>
    public void Withdraw()
    {
        Proposed = null;
        ProposedQuorum = null;
    }
}
