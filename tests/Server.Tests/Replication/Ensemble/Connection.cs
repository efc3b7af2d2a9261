using Coordination.Server.Consensus;

namespace Coordination.Server.Tests.Replication.Ensemble;

/// <summary>A connection between a learner and its leader: what was sent and has not arrived, in order, until it is cut.</summary>
internal sealed class Connection
{
    private readonly Queue<object> _up = new();
    private readonly Queue<object> _down = new();
    private bool _learnerKnows;
    private bool _leaderKnows;

    public Connection(Member learner, Member leader, long id)
    {
        Learner = learner;
        Leader = leader;
        AtLearner = new PeerLink(id, isIncoming: false) { Owner = this };
        AtLeader = new PeerLink(id, isIncoming: true) { Owner = this };
    }

    public Member Learner { get; }

    public Member Leader { get; }

    public PeerLink AtLearner { get; }

    public PeerLink AtLeader { get; }

    /// <summary>Nothing gets through any more; both ends will learn of it.</summary>
    public bool IsCut { get; set; }

    public bool IsOver => _learnerKnows && _leaderKnows;

    public Member Other(Member member) => member == Learner ? Leader : Learner;

    public PeerLink LinkOf(Member member) => member == Learner ? AtLearner : AtLeader;

    public Queue<object> From(Member member) => member == Learner ? _up : _down;

    public Queue<object> To(Member member) => member == Learner ? _down : _up;

    public bool Knows(Member member) => member == Learner ? _learnerKnows : _leaderKnows;

    public void Learn(Member member)
    {
        if (member == Learner)
            _learnerKnows = true;
        else
            _leaderKnows = true;
    }
}
