using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Watches;

namespace Coordination.Server.Replication;

/// <summary>A client of another server, whose request came forwarded: its session, and who it has proved to be there.</summary>
internal sealed class LearnerCaller(long session, Identities identities) : ICaller
{
    /// <inheritdoc/>
    public long SessionId { get; } = session;

    /// <inheritdoc/>
    public Identities Identities { get; } = identities;

    /// <summary>Watches stay where the client is.</summary>
    Watcher ICaller.Watcher => throw new InvalidOperationException("A forwarded request leaves no watch.");

    long ICaller.ReplyRoom => 0;
}

/// <summary>
/// What the leader keeps for the link of a learner: its clients' callers, so that identities are not read again with each of their requests.
/// There are no more of them than sessions that have written; each goes when its session does.
/// </summary>
internal sealed class LearnerRelay
{
    private readonly Dictionary<long, (byte[] Raw, LearnerCaller Caller)> _callers = [];

    /// <summary>The caller of a forwarded request.</summary>
    /// <exception cref="JuteFormatException">The identities cannot be read.</exception>
    public LearnerCaller CallerOf(long session, ReadOnlySpan<byte> identities, AccessRules rules)
    {
        if (_callers.TryGetValue(session, out (byte[] Raw, LearnerCaller Caller) known) && identities.SequenceEqual(known.Raw))
            return known.Caller;

        var caller = new LearnerCaller(session, Identities.Proved(rules, QuorumPacketView.ReadAuthInfo(identities)));
        _callers[session] = (identities.ToArray(), caller);
        return caller;
    }

    /// <summary>A session has ended.</summary>
    public void Forget(long session) => _callers.Remove(session);
}
