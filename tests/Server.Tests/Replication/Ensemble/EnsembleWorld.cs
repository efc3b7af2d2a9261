using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Replication.Ensemble;

/// <summary>
/// Whole servers in memory, deterministic: replicas over the real consensus, connections that deliver in order until they break, disks that do
/// one thing after the other, one clock, one source of chance.
/// </summary>
internal sealed class EnsembleWorld
{
    private readonly SortedDictionary<long, Member> _members = [];
    private readonly List<Connection> _connections = [];
    private readonly SortedDictionary<(long From, long To), ElectionNotification> _notifications = [];
    private readonly HashSet<(long, long)> _cuts = [];
    private readonly Dictionary<Zxid, ulong> _digests = [];
    private readonly Random _chance;

    public EnsembleWorld(int seed = 1, int voters = 3, int observers = 0, Action<MemberDisk>? prepare = null)
    {
        _chance = new Random(seed);
        List<QuorumMember> configured = [];
        for (long sid = 1; sid <= voters + observers; sid++)
        {
            QuorumRole role = sid <= voters ? QuorumRole.Participant : QuorumRole.Observer;
            configured.Add(new QuorumMember(sid, role, [new QuorumAddress("127.0.0.1", (int)(2000 + sid), (int)(3000 + sid))], null));
        }

        Configuration = new QuorumConfiguration(configured, 0);
        foreach (QuorumMember member in configured)
            _members.Add(member.Id, new Member(this, member.Id));
        foreach (Member member in Members)
        {
            prepare?.Invoke(member.Disk);
            member.Start();
        }

        Settle();
    }

    public QuorumConfiguration Configuration { get; }

    public long Now { get; private set; } = 1000;

    public long LastLink { get; set; }

    public IReadOnlyCollection<Member> Members => _members.Values;

    public Member Leader => Members.Single(static member => member.IsLeading);

    /// <summary>The members that follow, by number.</summary>
    public Member[] Followers => [.. Members.Where(static member => member.Replica is { IsServing: true, Status.State: PeerState.Following })];

    public Member this[long sid] => _members[sid];

    public ZabOptions ZabOptionsOf(long sid) => new() { Sid = sid, Tick = 200, InitLimit = 10, SyncLimit = 5, MaxHistoryBytes = 4000 };

    public ReplicaOptions OptionsOf(long sid) => new()
    {
        TickMilliseconds = 200,
        MaxSessionTimeoutMilliseconds = 60_000,
        ServerId = (byte)sid,
        SessionIdSeedMilliseconds = Now + 1_000_000,
        StopOnDigestMismatch = true,
    };

    public void Cut(Member left, Member right)
    {
        _cuts.Add((left.Sid, right.Sid));
        _cuts.Add((right.Sid, left.Sid));
        foreach (Connection connection in _connections.Where(c => IsCut(c.Learner.Sid, c.Leader.Sid)))
            connection.IsCut = true;
    }

    /// <summary>A server that nobody reaches.</summary>
    public void Isolate(Member member)
    {
        foreach (Member other in Members.Where(other => other != member))
            Cut(member, other);
    }

    public void Heal() => _cuts.Clear();

    public void Crash(Member member)
    {
        member.Crash();
        foreach (Connection connection in _connections.Where(c => c.Learner == member || c.Leader == member))
        {
            connection.IsCut = true;
            connection.Learn(member);
        }
    }

    public void Notify(Member from, long to, ElectionNotification notification)
    {
        if (!IsCut(from.Sid, to))
            _notifications[(from.Sid, to)] = notification;
    }

    /// <summary>At equal zxids, equal trees: whoever gets there first says what it must be.</summary>
    public void AfterTurn(Member member)
    {
        Replica replica = member.Replica!;
        if (!replica.IsServing)
            return;

        ulong digest = replica.State.Tree.Digest;
        Assert.Equal(_digests.TryGetValue(replica.LastProcessed, out ulong known) ? known : _digests[replica.LastProcessed] = digest, digest);
    }

    public void Flush(Member member, PeerLink link)
    {
        var connection = (Connection)link.Owner!;
        ReadOnlySpan<byte> rest = link.Output.WrittenSpan;
        while (QuorumPacketReader.TryRead(rest, int.MaxValue / 4, out QuorumPacketView view))
        {
            Send(member, link, rest[..view.Length].ToArray());
            rest = rest[view.Length..];
        }

        Assert.True(rest.IsEmpty);
        link.Output.Clear();
        if (link.Close != LinkCloseReason.None)
        {
            connection.Learn(member);
            member.Transfers.RemoveAll(transfer => transfer.Link == link);
        }
    }

    public void Send(Member member, PeerLink link, object item)
    {
        var connection = (Connection)link.Owner!;
        if (!connection.IsCut && !connection.Knows(member))
            connection.From(member).Enqueue(item);
    }

    /// <summary>One thing happens, chosen by chance; if nothing can, time passes.</summary>
    public void Step()
    {
        List<Action> choices = Choices();
        if (choices.Count == 0)
            Advance(null);
        else
            choices[_chance.Next(choices.Count)]();
        _connections.RemoveAll(static connection => connection.IsOver);
    }

    /// <summary>Steps until something is so.</summary>
    public void Until(Func<bool> condition, string what, int steps = 30_000)
    {
        for (int i = 0; i < steps; i++)
        {
            if (condition())
                return;
            Step();
        }

        string last = string.Join("\n", Members.Select(static m => $"{m}\n  {string.Join("\n  ", m.Trace.TakeLast(25))}"));
        Assert.Fail($"Not reached: {what}.\n{last}");
    }

    /// <summary>Lets everything happen that needs no time.</summary>
    public void Drain(int steps = 30_000)
    {
        while (Choices() is { Count: > 0 } choices && --steps > 0)
        {
            choices[_chance.Next(choices.Count)]();
            _connections.RemoveAll(static connection => connection.IsOver);
        }
    }

    /// <summary>Lets time pass, and what it brings happen.</summary>
    public void Pass(long milliseconds)
    {
        long end = Now + milliseconds;
        while (Now < end)
        {
            Drain();
            Advance(end);
        }

        Drain();
    }

    /// <summary>Steps until all that run and are reached serve, and have the same tree.</summary>
    public void Settle() => Until(
        () => Members.Count(static m => m.IsLeading) == 1
            && Members.All(m => m.Replica is null || (m.Replica.IsServing && m.Replica.Status.Leader == Leader.Sid))
            && Members.Where(static m => m.Replica is not null).Select(static m => m.Replica!.LastProcessed).Distinct().Count() == 1
            && Members.All(static m => m.Disk is { HasWork: false }) && Leader.Replica!.Ensemble!.LastCommitted == Leader.Replica.Ensemble.History.Last,
        "all serve and agree");

    private bool IsCut(long from, long to) => _cuts.Contains((from, to));

    private void Advance(long? end)
    {
        long next = Members.Where(static m => m.Replica is not null).Select(static m => m.Replica!.NextTickAt).DefaultIfEmpty(Now + 50).Min();
        Now = Math.Min(Math.Max(Now + 1, Math.Min(next, Now + 500)), end ?? long.MaxValue);
        foreach (Member member in Members)
        {
            if (member.Replica is { } replica && replica.NextTickAt <= Now)
                member.Turn(static r => r.Tick());
        }
    }

    private List<Action> Choices()
    {
        List<Action> choices = [];
        foreach (Member member in Members.Where(static m => m.Replica is not null))
        {
            if (member.Disk.HasWork && !member.IsDiskHeld)
                choices.Add(() => member.Disk.Complete(member));
            foreach ((PeerLink Link, Action Do) transfer in member.Transfers)
            {
                choices.Add(() =>
                {
                    member.Transfers.Remove(transfer);
                    transfer.Do();
                });
            }

            if (member.ConnectingTo >= 0)
                choices.Add(() => Connect(member));
        }

        foreach (Connection connection in _connections)
        {
            AddDelivery(choices, connection, connection.Leader);
            AddDelivery(choices, connection, connection.Learner);
        }

        foreach ((long From, long To) key in _notifications.Keys)
            choices.Add(() => DeliverNotification(key));
        return choices;
    }

    private static void AddDelivery(List<Action> choices, Connection connection, Member to)
    {
        if (to.Replica is null || connection.Knows(to))
            return;

        Queue<object> queue = connection.To(to);
        if (queue.Count > 0 && !connection.IsCut)
            choices.Add(() => Deliver(connection, to, queue.Dequeue()));
        else if (connection.IsCut || connection.Knows(connection.Other(to)))
            choices.Add(() => Tell(connection, to));
    }

    private static void Tell(Connection connection, Member member)
    {
        connection.Learn(member);
        member.Transfers.RemoveAll(transfer => transfer.Link == connection.LinkOf(member));
        member.Turn(replica => replica.Ensemble!.Lost(connection.LinkOf(member)));
    }

    private static void Deliver(Connection connection, Member to, object item)
    {
        PeerLink link = connection.LinkOf(to);
        if (item is List<(Zxid, byte[])> image)
        {
            to.ReceiveSnapshot(link, image);
            return;
        }

        Assert.True(QuorumPacketReader.TryRead((byte[])item, int.MaxValue / 4, out QuorumPacketView view));
        if (view.Type != QuorumPacketType.Ping)
            to.Trace.Add($"receives {view.Type} {view.Zxid}");
        to.Turn(replica =>
        {
            QuorumPacketReader.TryRead((byte[])item, int.MaxValue / 4, out QuorumPacketView packet);
            replica.Ensemble!.Receive(link, packet);
        });
    }

    private void Connect(Member member)
    {
        Member leader = _members[member.ConnectingTo];
        member.ConnectingTo = -1;
        if (leader.Replica is null || IsCut(member.Sid, leader.Sid))
        {
            member.Turn(replica => replica.Ensemble!.LeaderUnreachable(leader.Sid));
            return;
        }

        var connection = new Connection(member, leader, ++LastLink);
        _connections.Add(connection);
        leader.Turn(replica => replica.Ensemble!.LearnerArrived(connection.AtLeader));
        member.Turn(replica => replica.Ensemble!.LeaderReached(connection.AtLearner));
    }

    private void DeliverNotification((long From, long To) key)
    {
        _notifications.Remove(key, out ElectionNotification notification);
        if (_members[key.To].Replica is not null && !IsCut(key.From, key.To))
            _members[key.To].Turn(replica => replica.Ensemble!.Receive(key.From, notification));
    }
}
