using Coordination.Protocol;

namespace Coordination.Recipes;

/// <summary>The queue of a lock at one moment.</summary>
/// <param name="Name">The lock's name.</param>
/// <param name="Contenders">Everybody in the queue, the holder first.</param>
public sealed record LockQueue(string Name, IReadOnlyList<LockContender> Contenders)
{
    /// <summary>Who holds the lock; null if nobody does.</summary>
    public LockContender? Holder => Contenders.Count == 0 ? null : Contenders[0];

    /// <summary>Who waits, the next one first.</summary>
    public IEnumerable<LockContender> Waiters => Contenders.Skip(1);
}

/// <summary>One contender for a lock.</summary>
/// <param name="Path">Its znode.</param>
/// <param name="Identity">What it says about itself: host and process of ours, the address of Curator's.</param>
/// <param name="SessionId">The session it lives with.</param>
/// <param name="Since">When it entered, by the server's clock.</param>
/// <param name="Position">Its place: 0 for the holder.</param>
/// <param name="FencingToken">The transaction that created it.</param>
public sealed record LockContender(ZnodePath Path, string Identity, long SessionId, DateTimeOffset Since, int Position, long FencingToken);
