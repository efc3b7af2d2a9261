namespace Coordination.Server.Network.Ensemble;

/// <summary>
/// What a <see cref="LearnerTransport"/> tells beside what every transport does. Called on the thread that runs the turns, between them.
/// </summary>
internal interface ILearnerEvents : IConnectionEvents
{
    /// <summary>The leader is connected; nothing was read or written yet.</summary>
    /// <param name="attempt">What <see cref="LearnerTransport.Connect"/> returned.</param>
    /// <param name="connection">The connection.</param>
    void LeaderReached(long attempt, PolledConnection connection);

    /// <summary>No address of the leader could be connected to, within the tries and the time there were.</summary>
    /// <param name="attempt">What <see cref="LearnerTransport.Connect"/> returned.</param>
    /// <param name="reason">The last thing that went wrong.</param>
    void LeaderUnreachable(long attempt, string reason);
}
