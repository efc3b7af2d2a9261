using Coordination.Protocol;

namespace Coordination.Server.Consensus.Election;

/// <summary>Who gets an answer to a notification, and what it says, in every state of this server.</summary>
internal static class ElectionAnswer
{
    /// <summary>
    /// Whether the sender is owed an answer. Who has no vote asks what there is to join. A voter that looks for a leader is told of one,
    /// or that its round is behind (but not by one who has no vote: they
    /// would answer each other for ever); between two that look in the same round the count decides.
    /// </summary>
    public static bool IsOwed(LeaderElection mine, long sender, in ElectionNotification notification)
    {
        if (notification.State != PeerState.Looking)
            return false;
        if (!mine.Electorate.IsVoter(sender) || mine.State != PeerState.Looking)
            return true;
        return mine.HasVote && mine.Outcome is null && notification.Round < mine.Round;
    }

    /// <summary>What this server says to another, be it asked or not.</summary>
    public static ElectionNotification To(LeaderElection mine, long receiver) => new(
        mine.State,
        mine.Current.Leader,
        mine.Current.Zxid,
        mine.Electorate.IsVoter(receiver) ? mine.Current.Round : mine.Round,
        mine.Current.PeerEpoch,
        ElectionNotification.CurrentVersion,
        mine.Electorate.Text);
}
