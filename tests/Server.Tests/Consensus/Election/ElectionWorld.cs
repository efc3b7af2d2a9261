using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Consensus.Election;

namespace Coordination.Server.Tests.Consensus.Election;

/// <summary>
/// Several servers that elect, over a network which delays, loses, repeats and breaks connections, in virtual time and by one seed. What
/// comes behind an election is here in its barest form: a leader that a quorum follows takes the next epoch, which its followers promise
/// and keep over restarts, and then it writes. A role whose counterpart does not show up is given up.
/// </summary>
internal sealed class ElectionWorld
{
    private const int RolePatience = 800;

    private readonly PriorityQueue<Action, (long At, long Order)> _events = new();
    private readonly Random _random;
    private readonly Electorate _electorate;
    private readonly Dictionary<(long From, long To), ElectionNotification> _lastSent = [];
    private readonly HashSet<(long From, long To)> _cut = [];
    private readonly Dictionary<(long From, long To), long> _lastArrival = [];
    private long _order;

    public ElectionWorld(int voters, int seed)
    {
        _random = new Random(seed);
        _electorate = new Electorate(Ballots.Majority(voters));
        foreach (long id in _electorate.Voters)
            Peers.Add(id, new ElectingPeer(id, _electorate));
    }

    public SortedList<long, ElectingPeer> Peers { get; } = [];

    public long Now { get; private set; }

    /// <summary>Of 1000 messages so many are lost, or arrive twice.</summary>
    public int LostPerMille { get; set; }

    public int RepeatedPerMille { get; set; }

    public int MaxLatency { get; set; } = 20;

    /// <summary>Who was established in which epoch.</summary>
    public SortedList<int, long> Leaders { get; } = [];

    /// <summary>Whose election ended with which leader, by round.</summary>
    public Dictionary<long, Dictionary<long, SortedSet<long>>> Outcomes { get; } = [];

    /// <summary>With what each server entered each round.</summary>
    public Dictionary<(long Peer, long Round), List<Vote>> Entries { get; } = [];

    public int Elections { get; private set; }

    public void Start(long id)
    {
        ElectingPeer peer = Peers[id];
        peer.IsUp = true;
        peer.Election = new LeaderElection(new ElectionOptions { MyId = id }, _electorate);
        Look(peer);
    }

    public void StartAll()
    {
        foreach (long id in Peers.Keys)
            At(_random.Next(50), () => Start(id));
    }

    public void Crash(long id)
    {
        Peers[id].IsUp = false;
        Peers[id].Leader = null;
        foreach (long other in Peers.Keys)
            Break(id, other);
    }

    /// <summary>Cuts one direction; nobody notices but by silence.</summary>
    public void Cut(long from, long to) => _cut.Add((from, to));

    /// <summary>Breaks the connection of two, and cuts them off from each other; both notice.</summary>
    public void Separate(long one, long other)
    {
        Cut(one, other);
        Cut(other, one);
        Break(one, other);
    }

    public void Heal()
    {
        _cut.Clear();
        foreach (long one in Peers.Keys)
        {
            foreach (long other in Peers.Keys.Where(other => other > one))
                Connect(one, other);
        }
    }

    /// <summary>Runs until a time, or until there is nothing left to happen or to wait for.</summary>
    public void RunUntil(long time, Func<bool>? isEnough = null)
    {
        while (isEnough?.Invoke() != true)
        {
            long next = Math.Min(_events.TryPeek(out _, out (long At, long) first) ? first.At : long.MaxValue, NextTimer());
            if (next > time)
                break;

            Now = Math.Max(Now, next);
            if (_events.Count > 0 && first.At <= Now)
                _events.Dequeue()();
            else
                RunTimers();
            GoOn();
        }

        Now = isEnough?.Invoke() == true ? Now : Math.Max(Now, time);
    }

    /// <summary>Whether a quorum of the servers given, all of them, follows one established leader.</summary>
    public bool IsSettled(IEnumerable<long> members)
    {
        long? leader = Peers[members.First()].Leader;
        return leader is not null && members.All(id => Peers[id].IsUp && Peers[id].Leader == leader && Peers[id].IsEstablished);
    }

    public void At(long delay, Action action) => _events.Enqueue(action, (Now + delay, _order++));

    private long NextTimer() => Peers.Values.Where(static peer => peer.IsUp)
        .Select(static peer => Math.Min(peer.Election.NextTickAt, peer.GivesUpAt)).DefaultIfEmpty(long.MaxValue).Min();

    private void RunTimers()
    {
        foreach (ElectingPeer peer in Peers.Values.Where(static peer => peer.IsUp))
        {
            if (peer.GivesUpAt <= Now)
                Look(peer);
            else
                peer.Election.Tick(Now);
        }
    }

    private void GoOn()
    {
        foreach (ElectingPeer peer in Peers.Values.Where(static peer => peer.IsUp))
            TakeOutcome(peer);
        foreach (ElectingPeer peer in Peers.Values.Where(static peer => peer.IsUp))
        {
            CheckRole(peer);
            foreach (OutgoingNotification message in peer.Election.Outbox)
                Send(peer.Id, message.To, message.Notification);
            peer.Election.Outbox.Clear();
        }
    }

    private void Look(ElectingPeer peer)
    {
        peer.Look(Now);
        Elections++;
        Note(peer);
        foreach (ElectingPeer other in Peers.Values)
        {
            if (other.IsUp && other.Leader == peer.Id && other != peer)
                Look(other);
        }
    }

    private void Note(ElectingPeer peer)
    {
        if (!Entries.TryGetValue((peer.Id, peer.Election.Round), out List<Vote>? entries))
            Entries.Add((peer.Id, peer.Election.Round), entries = []);
        if (!entries.Contains(peer.Initial))
            entries.Add(peer.Initial);
    }

    private void Send(long from, long to, ElectionNotification notification)
    {
        _lastSent[(from, to)] = notification;
        int copies = _random.Next(1000) < LostPerMille ? 0 : _random.Next(1000) < RepeatedPerMille ? 2 : 1;
        for (int i = 0; i < copies; i++)
        {
            // Between two servers the order is kept, as in a connection; a repeated one may come much later, over the next.
            long arrival = i > 0 ? Now + _random.Next(2000) : Math.Max(Now + 1 + _random.Next(MaxLatency), _lastArrival.GetValueOrDefault((from, to)));
            if (i == 0)
                _lastArrival[(from, to)] = arrival;
            At(arrival - Now, () => Deliver(from, to, notification));
        }
    }

    private void Deliver(long from, long to, ElectionNotification notification)
    {
        ElectingPeer peer = Peers[to];
        if (!peer.IsUp || _cut.Contains((from, to)))
            return;

        peer.Election.Receive(from, notification, Now);
        if (peer.Election.State == PeerState.Looking || peer.Election.Outcome is not null)
            Note(peer);
    }

    private void Break(long one, long other)
    {
        foreach ((long me, long it) in new[] { (one, other), (other, one) })
        {
            if (me != it && Peers[me].IsUp)
                Peers[me].Election.SetReachable(it, false, Now);
        }
    }

    /// <summary>A new connection begins with what was last said over the one before.</summary>
    private void Connect(long one, long other)
    {
        if (!Peers[one].IsUp || !Peers[other].IsUp)
            return;

        foreach ((long me, long it) in new[] { (one, other), (other, one) })
        {
            if (_lastSent.TryGetValue((me, it), out ElectionNotification last))
                Send(me, it, last);
            Peers[me].Election.SetReachable(it, true, Now);
        }
    }

    private void TakeOutcome(ElectingPeer peer)
    {
        if (peer.Leader is not null || peer.Election.Outcome is not { } outcome)
            return;

        peer.Leader = outcome.Vote.Leader;
        peer.GivesUpAt = Now + RolePatience;
        if (!Outcomes.TryGetValue(outcome.Vote.Round, out Dictionary<long, SortedSet<long>>? leaders))
            Outcomes.Add(outcome.Vote.Round, leaders = []);
        if (!leaders.TryGetValue(outcome.Vote.Leader, out SortedSet<long>? followers))
            leaders.Add(outcome.Vote.Leader, followers = []);
        followers.Add(peer.Id);
        if (outcome.State == PeerState.Leading)
            Assert.True(IsBestOfAQuorum(outcome.Vote), $"{peer.Id} leads with {outcome.Vote}: {peer.Election}");
    }

    private bool IsBestOfAQuorum(Vote vote)
    {
        QuorumTally tally = _electorate.NewTally();
        foreach (long id in Peers.Keys)
        {
            if (Entries.TryGetValue((id, vote.Round), out List<Vote>? entries) && entries.Exists(entry => !entry.IsBetterThan(vote)))
                tally.Add(id);
        }

        return tally.IsDecided;
    }

    private bool Hears(long one, long other) => !_cut.Contains((one, other)) && !_cut.Contains((other, one));

    /// <summary>A leader needs a quorum of followers that it can talk to, a follower its leader; each has some patience.</summary>
    private void CheckRole(ElectingPeer peer)
    {
        if (peer.Leader != peer.Id)
        {
            if (peer.IsEstablished && !(Peers[peer.Leader!.Value].IsUp && Hears(peer.Id, peer.Leader.Value) && Peers[peer.Leader.Value].IsEstablished))
                Look(peer);
            return;
        }

        ElectingPeer[] followers = [.. Peers.Values.Where(it =>
            it.IsUp && it.Leader == peer.Id && it != peer && Hears(it.Id, peer.Id) && !it.IsAheadOf(peer) && (!peer.IsEstablished || it.AcceptedEpoch <= peer.CurrentEpoch))];
        QuorumTally tally = _electorate.NewTally();
        tally.Add(peer.Id);
        foreach (ElectingPeer follower in followers)
            tally.Add(follower.Id);
        if (!tally.IsDecided)
        {
            if (peer.IsEstablished)
                Look(peer);
            return;
        }

        if (!peer.IsEstablished)
        {
            peer.Lead(Math.Max(peer.AcceptedEpoch, followers.Max(static it => it.AcceptedEpoch)) + 1);
            Assert.True(Leaders.TryAdd(peer.CurrentEpoch, peer.Id) || Leaders[peer.CurrentEpoch] == peer.Id, $"two leaders of epoch {peer.CurrentEpoch}");
        }

        foreach (ElectingPeer follower in followers)
            follower.Follow(peer);
    }
}
