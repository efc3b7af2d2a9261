using Coordination.Protocol;

namespace Coordination.Server.Consensus.Election;

/// <content>How votes are counted.</content>
internal sealed partial class LeaderElection
{
    private void Count(long sender, in ElectionNotification notification, long now)
    {
        Vote vote = new(notification.Leader, notification.Zxid, notification.PeerEpoch, notification.Round);
        switch (notification.State)
        {
            case PeerState.Looking:
                // Whatever it led or followed is over for it; who counts it any longer may join a leader that is gone (ZOOKEEPER-975).
                _established.Remove(sender);
                CountLooking(sender, vote, now);
                break;
            case PeerState.Following or PeerState.Leading:
                CountEstablished(sender, new CastVote(vote, notification.State, notification.Version), now);
                break;
            case PeerState.Observing:
            default:
                break;
        }
    }

    private void CountLooking(long sender, Vote vote, long now)
    {
        if (_initial.Zxid == Vote.Untrusted || vote.Zxid == Vote.Untrusted || vote.Round < Round)
            return;

        if (vote.Round > Round)
        {
            Round = vote.Round;
            _round.Clear();
            Propose(IsToBeFollowed(vote, _initial) ? vote : _initial, now);
        }
        else if (IsToBeFollowed(vote, Current))
        {
            Propose(vote, now);
        }
        else if (HasVote && !vote.NamesTheSameAs(Current))
        {
            // Its sender has not heard the better vote, or not yet. Apache leaves this to the next sending, up to a minute away.
            Outbox.Add(new OutgoingNotification(sender, ElectionAnswer.To(this, sender)));
        }

        _round.Put(sender, new CastVote(vote, PeerState.Looking, ElectionNotification.CurrentVersion));
        CloseIfCarried(now);
    }

    private void CountEstablished(long sender, in CastVote vote, long now)
    {
        if (vote.Vote.Round == Round)
        {
            // Within one round the leader alone decides, as with the oldest format: its epoch may just be changing under way.
            _round.Put(sender, vote with { Version = 0 });
            if (Joins(_round, vote))
                return;
        }

        _established.Put(sender, vote);
        if (!Joins(_established, vote))
            CloseIfCarried(now);
    }

    /// <summary>
    /// Joins a leader that others have found, if a quorum of them is there and the leader is one of those who say so. A server that they
    /// believe to be leading must remember the round itself: after a restart it does not, and is no leader.
    /// </summary>
    private bool Joins(VoteTable votes, in CastVote vote)
    {
        if (!votes.IsCarried(vote, Electorate))
            return false;
        if (vote.Vote.Leader == options.MyId ? vote.Vote.Round != Round : !votes.IsLeading(vote.Vote.Leader))
            return false;

        Round = Math.Max(Round, vote.Vote.Round);
        End(vote.Vote);
        return true;
    }

    private bool IsToBeFollowed(in Vote vote, in Vote present) => Electorate.MayLead(vote.Leader) && vote.IsBetterThan(present);

    private void Propose(in Vote vote, long now)
    {
        Current = vote with { Round = Round };
        _finalAt = Never;
        _interval = options.MinInterval;
        if (Electorate.IsVoter(options.MyId) && Electorate.IsVoter(vote.Leader) && _initial.Zxid != Vote.Untrusted)
            _round.Put(options.MyId, Proposal);
        Broadcast(now);
    }

    private void Broadcast(long now)
    {
        _resendAt = now + _interval;
        foreach (long server in Electorate.Voters)
        {
            if (server != options.MyId)
                Outbox.Add(new OutgoingNotification(server, ElectionAnswer.To(this, server)));
        }
    }

    /// <summary>
    /// A carried vote waits for a better one, since an election that ends too early costs another one. Nobody who could send one is left
    /// when every voter that can be reached has voted: then it ends at once (half of what a failover takes).
    /// </summary>
    private void CloseIfCarried(long now)
    {
        CastVote proposal = Proposal;
        if (!_round.IsCarried(proposal, Electorate))
        {
            _finalAt = Never;
            return;
        }

        if (Electorate.Voters.All(server => _round.IsSupportedBy(server, proposal) || (server != options.MyId && _unreachable.Contains(server))))
            End(Current);
        else if (_finalAt == Never)
            _finalAt = now + options.FinalWait;
    }

    private void End(in Vote vote)
    {
        Stop();
        State = _isObserver ? PeerState.Observing
            : vote.Leader == options.MyId ? PeerState.Leading
            : PeerState.Following;
        Current = vote;
        Outcome = new ElectionOutcome(State, vote);
    }

    /// <summary>A newer configuration than the committed one ends the election; the owner makes it its own and begins again with it.</summary>
    private bool TryAdopt(in ElectionNotification notification)
    {
        if (!options.AdoptsConfigurations || !IsRunning || string.IsNullOrEmpty(notification.Configuration)
            || string.Equals(notification.Configuration, Electorate.Text, StringComparison.Ordinal)
            || Read(notification.Configuration) is not { } newer || newer.Version <= Electorate.Committed.Version)
        {
            return false;
        }

        Stop();
        Outcome = new ElectionOutcome(PeerState.Looking, Current, newer);
        return true;
    }

    /// <summary>A text that is no configuration takes nothing from the vote that came with it.</summary>
    private static QuorumConfiguration? Read(string text)
    {
        try
        {
            return QuorumConfiguration.Parse(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private void Stop()
    {
        _resendAt = Never;
        _finalAt = Never;
    }
}
