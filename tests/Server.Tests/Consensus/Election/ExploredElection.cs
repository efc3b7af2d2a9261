using System.Text;
using Coordination.Protocol;
using Coordination.Server.Consensus.Election;

namespace Coordination.Server.Tests.Consensus.Election;

/// <summary>
/// Three servers in a world so small that all of it can be seen: between any two there is one message at most, a newer one replaces it, and
/// whoever is waiting may find that its time is up at any moment.
/// </summary>
internal sealed class ExploredElection
{
    private const int Size = 3;
    private const int Deliveries = Size * Size;
    private const int Ticks = Deliveries + Size;
    private const int Departures = Ticks + Size;

    private readonly Electorate _electorate = new(Ballots.Majority(Size));
    private readonly LeaderElection[] _peers = new LeaderElection[Size];
    private readonly Vote[] _initial;
    private readonly ElectionNotification?[] _messages = new ElectionNotification?[Size * Size];
    private readonly SortedDictionary<(long Round, long Leader), int> _outcomes = [];
    private readonly bool[] _isSettled = new bool[Size];
    private int _departures;
    private int _restarts;
    private long _now;

    public ExploredElection(Vote[] initial)
    {
        _initial = initial;
        for (int i = 0; i < Size; i++)
        {
            _peers[i] = new LeaderElection(new ElectionOptions { MyId = i + 1 }, _electorate);
            Begin(i);
        }
    }

    /// <summary>Everything that the future depends on.</summary>
    public string Fingerprint()
    {
        StringBuilder text = new();
        foreach (LeaderElection peer in _peers)
            text.AppendLine(peer.ToString());
        foreach (ElectionNotification? message in _messages)
            text.Append(message is { } it ? $"{it.State} {it.Leader} {it.Zxid} {it.Round} {it.PeerEpoch}" : "-").Append(';');
        foreach (((long round, long leader), int peers) in _outcomes)
            text.Append(round).Append(':').Append(leader).Append('=').Append(peers).Append(';');
        return text.Append(_departures).Append(_restarts).ToString();
    }

    /// <summary>What may happen next.</summary>
    public IEnumerable<int> Actions()
    {
        for (int action = 0; action < Deliveries; action++)
        {
            if (_messages[action] is not null)
                yield return action;
        }

        for (int i = 0; i < Size; i++)
        {
            if (_peers[i].NextTickAt != long.MaxValue)
                yield return Deliveries + i;
            if (_isSettled[i] && _departures < 1)
                yield return Ticks + i;
            if (_restarts < 1)
                yield return Departures + i;
        }
    }

    public void Do(int action)
    {
        _now += 1_000_000;
        if (action < Deliveries)
            Deliver(action);
        else if (action < Ticks)
            _peers[action - Deliveries].Tick(_now);
        else if (action < Departures)
            Depart(action - Ticks);
        else
            Restart(action - Departures);
        Collect();
    }

    /// <summary>Lets everything be delivered and every wait end, again and again, while roles without a counterpart are given up.</summary>
    public bool SettlesInTheEnd()
    {
        for (int pass = 0; pass < 12; pass++)
        {
            for (int action = 0; action < Deliveries; action++)
            {
                if (_messages[action] is not null)
                    Do(action);
            }

            if (_peers.All(peer => peer.Outcome is { } outcome && outcome.Vote.Leader == _peers[0].Outcome?.Vote.Leader))
                return true;
            for (int i = 0; i < Size; i++)
            {
                if (_peers[i].NextTickAt != long.MaxValue)
                    Do(Deliveries + i);
                else if (!IsFollowed(_peers[i].Current.Leader))
                    Begin(i);
            }
        }

        return false;
    }

    private bool IsFollowed(long leader) =>
        _peers[leader - 1].State == PeerState.Leading && _peers.Count(peer => peer.Outcome is not null && peer.Current.Leader == leader) > Size / 2;

    private void Deliver(int slot)
    {
        ElectionNotification message = _messages[slot]!.Value;
        _messages[slot] = null;
        _peers[slot % Size].Receive((slot / Size) + 1, message, _now);
    }

    private void Depart(int peer)
    {
        _departures++;
        Begin(peer);
    }

    /// <summary>The new process knows nothing of the old one's rounds; what that has sent is still under way.</summary>
    private void Restart(int peer)
    {
        _restarts++;
        _peers[peer] = new LeaderElection(new ElectionOptions { MyId = peer + 1 }, _electorate);
        Begin(peer);
    }

    private void Begin(int peer)
    {
        _isSettled[peer] = false;
        _peers[peer].Begin(new Candidacy(_electorate, IsObserver: false, _initial[peer].Zxid, _initial[peer].PeerEpoch), _now);
        Collect();
    }

    private void Collect()
    {
        for (int i = 0; i < Size; i++)
        {
            if (_peers[i] is not { } peer)
                continue;

            foreach (OutgoingNotification message in peer.Outbox)
                _messages[(i * Size) + (int)message.To - 1] = message.Notification;
            peer.Outbox.Clear();
            if (peer.Outcome is { } outcome && !_isSettled[i])
                Settle(i, outcome);
        }
    }

    private void Settle(int peer, ElectionOutcome outcome)
    {
        _isSettled[peer] = true;
        Assert.Equal(outcome.Vote.Leader == peer + 1 ? PeerState.Leading : PeerState.Following, outcome.State);
        Assert.True(_initial.Count(vote => !vote.IsBetterThan(outcome.Vote)) > Size / 2, $"{outcome.Vote} is not the best of a quorum");

        int peers = _outcomes.GetValueOrDefault((outcome.Vote.Round, outcome.Vote.Leader)) | (1 << peer);
        _outcomes[(outcome.Vote.Round, outcome.Vote.Leader)] = peers;
        int carried = _outcomes.Count(it => it.Key.Round == outcome.Vote.Round && int.PopCount(it.Value) > Size / 2);
        Assert.True(carried <= 1 || _restarts > 0, $"two leaders were agreed on in round {outcome.Vote.Round}");
    }
}
