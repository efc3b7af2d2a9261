namespace Coordination.Server.Consensus.Leading;

/// <summary>The marks of all voters under every configuration in force.</summary>
internal sealed class JointMarks
{
    private readonly SortedDictionary<long, long> _marks = [];
    private VoterMarks _committed;
    private VoterMarks? _proposed;

    /// <param name="membership">Who votes now.</param>
    public JointMarks(Membership membership)
    {
        _committed = new VoterMarks(membership.CommittedQuorum);
        _proposed = membership.ProposedQuorum is { } proposed ? new VoterMarks(proposed) : null;
    }

    /// <summary>What a quorum of each configuration has reached.</summary>
    public long Reached => _proposed is null ? _committed.Reached : Math.Min(_committed.Reached, _proposed.Reached);

    /// <summary>What a quorum of the committed configuration alone has reached.</summary>
    public long ReachedByCommitted => _committed.Reached;

    /// <summary>Sets the mark of a server; it counts where the server votes.</summary>
    public void Set(long sid, long mark)
    {
        _marks[sid] = mark;
        _committed.Set(sid, mark);
        _proposed?.Set(sid, mark);
    }

    /// <summary>The configurations in force have changed; what everybody has reached stays.</summary>
    public void Reconfigure(Membership membership)
    {
        _committed = new VoterMarks(membership.CommittedQuorum);
        _proposed = membership.ProposedQuorum is { } proposed ? new VoterMarks(proposed) : null;
        foreach ((long sid, long mark) in _marks)
        {
            _committed.Set(sid, mark);
            _proposed?.Set(sid, mark);
        }
    }
}
