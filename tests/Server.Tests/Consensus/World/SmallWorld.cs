using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Tests.Consensus.World;

/// <summary>
/// A few servers in memory, deterministic: connections that deliver in order until they break, disks that do one thing after the other, one
/// clock, one source of chance. A step is one thing that happens to one server; whoever drives the world chooses which.
/// </summary>
internal sealed class SmallWorld
{
    private readonly SortedDictionary<long, WorldPeer> _peers = [];
    private long _lastLink;

    public SmallWorld(int voters, int observers = 0, int seed = 0, Func<ZabOptions, ZabOptions>? options = null)
    {
        Chance = new Random(seed);
        Options = options ?? (static o => o);
        List<QuorumMember> members = [];
        for (long sid = 1; sid <= voters + observers; sid++)
        {
            QuorumRole role = sid <= voters ? QuorumRole.Participant : QuorumRole.Observer;
            members.Add(new QuorumMember(sid, role, [new QuorumAddress("127.0.0.1", (int)(2000 + sid), (int)(3000 + sid))], null));
        }

        Configuration = new QuorumConfiguration(members, 0);
        Check = new WorldCheck(this);
        foreach (QuorumMember member in members)
            _peers.Add(member.Id, new WorldPeer(this, member.Id));
    }

    public Random Chance { get; }

    public Func<ZabOptions, ZabOptions> Options { get; }

    public QuorumConfiguration Configuration { get; }

    public WorldCheck Check { get; }

    /// <summary>Monotonic milliseconds, the same for everybody.</summary>
    public long Now { get; set; } = 1000;

    public IReadOnlyCollection<WorldPeer> Peers => _peers.Values;

    public List<Wire> Wires { get; } = [];

    /// <summary>Notifications in flight: the newest from each to each.</summary>
    public SortedDictionary<(long From, long To), ElectionNotification> Notifications { get; } = [];

    /// <summary>Pairs that cannot talk, in either direction.</summary>
    public HashSet<(long, long)> Cuts { get; } = [];

    public WorldPeer? Leader => _peers.Values.Where(static peer => peer.IsLeader).MaxBy(static peer => peer.Core!.Status.Epoch);

    public WorldPeer this[long sid] => _peers[sid];

    public ZabOptions OptionsOf(long sid) => Options(new ZabOptions { Sid = sid, Tick = 200, InitLimit = 10, SyncLimit = 5, MaxHistoryBytes = 40 * 40 });

    public void StartAll()
    {
        foreach (WorldPeer peer in Peers)
            peer.Start();
    }

    public bool IsCut(long from, long to) => Cuts.Contains((Math.Min(from, to), Math.Max(from, to)));

    public void Cut(long left, long right)
    {
        Cuts.Add((Math.Min(left, right), Math.Max(left, right)));
        foreach (Wire wire in Wires.Where(wire => IsCut(wire.Up.From.Sid, wire.Up.To.Sid)))
            wire.IsCut = true;
    }

    public void HealAll() => Cuts.Clear();

    /// <summary>A connection breaks: what is in flight may still arrive, and then both ends learn of it.</summary>
    public static void Break(Wire wire)
    {
        wire.IsCut = true;
    }

    public void Notify(WorldPeer from, long to, ElectionNotification notification)
    {
        if (!IsCut(from.Sid, to) && _peers.ContainsKey(to))
            Notifications[(from.Sid, to)] = notification;
    }

    public void Crash(WorldPeer peer)
    {
        peer.Crash(Chance);
        foreach (Wire wire in Wires.Where(wire => wire.Up.From == peer || wire.Up.To == peer))
        {
            wire.Learn(peer);
            wire.IsCut = true;
        }

        Wires.RemoveAll(static wire => wire.IsOver);
        foreach ((long From, long To) key in Notifications.Keys.Where(key => key.From == peer.Sid || key.To == peer.Sid).ToArray())
            Notifications.Remove(key);
    }

    /// <summary>Everything that could happen now, in an order that depends on nothing but the history of the world.</summary>
    public List<Action> Choices()
    {
        List<Action> choices = [];
        foreach (WorldPeer peer in Peers)
        {
            if (peer.Core is null)
                continue;
            if (peer.Disk.HasWork)
                choices.Add(peer.CompleteDiskWork);
            for (int i = 0; i < peer.Transfers.Count; i++)
            {
                (PeerLink Link, Action Do) transfer = peer.Transfers[i];
                choices.Add(() =>
                {
                    peer.Transfers.Remove(transfer);
                    transfer.Do();
                });
            }

            if (peer.ConnectingTo >= 0)
                choices.Add(() => Connect(peer));
        }

        foreach (Wire wire in Wires)
        {
            AddDelivery(choices, wire, wire.Up);
            AddDelivery(choices, wire, wire.Down);
        }

        foreach ((long From, long To) key in Notifications.Keys)
            choices.Add(() => DeliverNotification(key));
        return choices;
    }

    /// <summary>One thing happens, chosen by chance; if nothing can, time passes.</summary>
    public void Step()
    {
        List<Action> choices = Choices();
        if (choices.Count == 0)
            Advance();
        else
            choices[Chance.Next(choices.Count)]();
        Wires.RemoveAll(static wire => wire.IsOver);
        Check.AfterStep();
    }

    /// <summary>Time goes on to whatever is due next, or a little.</summary>
    public void Advance(long? milliseconds = null)
    {
        long next = Peers.Where(static peer => peer.Core is not null).Select(static peer => peer.Core!.NextTickAt).DefaultIfEmpty(Now + 50).Min();
        Now = Math.Max(Now + 1, milliseconds is { } by ? Now + by : Math.Min(next, Now + 500));
        foreach (WorldPeer peer in Peers)
        {
            if (peer.Core is { } core && core.NextTickAt <= Now)
                peer.Turn(static core => core.Tick());
        }
    }

    /// <summary>Steps until something is so.</summary>
    public void Until(Func<bool> condition, string what, int steps = 20_000)
    {
        for (int i = 0; i < steps; i++)
        {
            if (condition())
                return;
            Step();
        }

        Assert.Fail($"Not reached: {what}. {string.Join("; ", Peers)}. In flight: {Describe()}");
    }

    private string Describe() =>
        $"{Notifications.Count} notifications, {string.Join(", ", Peers.Select(static peer => $"{peer.Sid}: {peer.Transfers.Count} transfers"))}, "
        + string.Join(", ", Wires.Select(static wire => $"{wire.Up.From.Sid}-{wire.Up.To.Sid}: {wire.Up.InFlight.Count} up, {wire.Down.InFlight.Count} down"));

    /// <summary>Steps until all that run are in one ensemble and nothing is on its way.</summary>
    public void Settle() => Until(
        () => Leader is { } leader && leader.Core!.LastCommitted == leader.Core.History.Last
            && Peers.Where(static peer => peer.Core is not null).All(peer =>
                peer is { IsServing: true } && peer.Core!.Status.Leader == leader.Sid && peer.Tree.Count == leader.Tree.Count
                && peer.Core.History.Delivered == leader.Core.LastCommitted),
        "all together");

    private void AddDelivery(List<Action> choices, Wire wire, Pipe pipe)
    {
        if (pipe.To.Core is null || wire.Knows(pipe.To))
            return;
        if (pipe.InFlight.Count > 0)
            choices.Add(() => Deliver(wire, pipe));
        else if (wire.IsCut || wire.Knows(pipe.From))
            choices.Add(() => Tell(wire, pipe.To));
    }

    private static void Tell(Wire wire, WorldPeer peer)
    {
        wire.Learn(peer);
        peer.Transfers.RemoveAll(transfer => transfer.Link == wire.LinkOf(peer));
        peer.Turn(core => core.Lost(wire.LinkOf(peer)));
    }

    private static void Deliver(Wire wire, Pipe pipe)
    {
        object item = pipe.InFlight.Dequeue();
        if (item is List<Entry> image)
            pipe.To.ReceiveSnapshot(wire, image);
        else
            pipe.To.Turn(core => core.Receive(wire.LinkOf(pipe.To), Wire.Parse((byte[])item)));
    }

    private void Connect(WorldPeer peer)
    {
        long leader = peer.ConnectingTo;
        peer.StopConnecting();
        WorldPeer other = _peers[leader];
        if (other.Core is null || IsCut(peer.Sid, leader))
        {
            peer.Turn(core => core.LeaderUnreachable(leader));
            return;
        }

        var wire = new Wire(peer, other, ++_lastLink);
        Wires.Add(wire);
        other.Turn(core => core.LearnerArrived(wire.AtLeader));
        peer.Turn(core => core.LeaderReached(wire.AtLearner));
    }

    private void DeliverNotification((long From, long To) key)
    {
        Notifications.Remove(key, out ElectionNotification notification);
        if (_peers[key.To].Core is not null && !IsCut(key.From, key.To))
        {
            _peers[key.To].Trace.Add($"{Now} hears {notification.State} of {key.From}: leader {notification.Leader}, {notification.Zxid}, epoch {notification.PeerEpoch}, round {notification.Round}");
            _peers[key.To].Turn(core => core.Receive(key.From, notification));
        }
    }
}
