using Coordination.Protocol;

namespace Coordination.Server.Consensus.Leading;

/// <summary>
/// Syncs that wait until a quorum has answered a ping that was sent after they came, and until what was proposed before them is committed.
/// First in, first out: both conditions only ever become true in that order.
/// </summary>
internal sealed class QuorumSyncs
{
    private readonly Queue<Waiting> _waiting = new();
    private long _round;

    /// <summary>Whether a round of pings is needed that has not been sent.</summary>
    public bool NeedsRound { get; private set; }

    /// <summary>How many wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>A sync came; it belongs to the round that is sent next.</summary>
    /// <param name="learner">Whose it is; null for a client of the leader itself.</param>
    /// <param name="after">The last proposal before it.</param>
    public void Add(LearnerProgress? learner, Zxid after)
    {
        _waiting.Enqueue(new Waiting(learner, after, _round + 1));
        if (learner is not null)
            learner.WaitingSyncs++;
        NeedsRound = true;
    }

    /// <summary>A round of pings is being sent.</summary>
    /// <returns>Its number.</returns>
    public long BeginRound()
    {
        NeedsRound = false;
        return ++_round;
    }

    /// <summary>Takes the next sync that is through.</summary>
    /// <param name="answered">The round that a quorum has answered.</param>
    /// <param name="committed">What is committed, and told to all learners.</param>
    /// <param name="learner">Whose it is; null for a client of the leader itself.</param>
    public bool TryTake(long answered, Zxid committed, out LearnerProgress? learner)
    {
        learner = null;
        if (!_waiting.TryPeek(out Waiting first) || first.Round > answered || first.After > committed)
            return false;

        _waiting.Dequeue();
        learner = first.Learner;
        if (learner is not null)
            learner.WaitingSyncs--;
        return true;
    }

    private readonly record struct Waiting(LearnerProgress? Learner, Zxid After, long Round);
}
