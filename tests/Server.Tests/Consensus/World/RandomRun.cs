using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Tests.Consensus.World;

/// <summary>One run of the small world, everything in it drawn from a seed: first with faults, then without, and then there must be progress.</summary>
internal sealed class RandomRun
{
    private readonly Random _chance;
    private readonly int _steps;
    private readonly int _crashRate;
    private readonly int _cutRate;
    private readonly int _breakRate;
    private readonly int _proposeRate;
    private readonly int _timeRate;
    private readonly int _appointRate;
    private readonly int _handOverRate;
    private long _lastNumber;

    public RandomRun(int seed)
    {
        _chance = new Random(seed);
        int voters = _chance.Next(10) switch { < 6 => 3, < 9 => 5, _ => 1 };
        int observers = _chance.Next(3) == 0 ? 1 + _chance.Next(2) : 0;
        bool forceSnapshot = _chance.Next(12) == 0;
        int history = _chance.Next(3) switch { 0 => 1, 1 => 5 * 40, _ => 100 * 40 };
        uint counterLimit = _chance.Next(8) == 0 ? 20u : uint.MaxValue - 1;
        int apache = _chance.Next(3) == 0 ? _chance.Next(32) : 0;
        World = new SmallWorld(voters, observers, seed, options => options with
        {
            ForceSnapshot = forceSnapshot,
            MaxHistoryBytes = history,
            CounterLimit = counterLimit,
            ProtocolVersion = (apache >> (int)options.Sid & 1) == 1 ? LearnerInfo.ApacheVersion : LearnerInfo.OwnVersion,
        });

        // Which faults there are, and how often, differs from run to run.
        _steps = 1500;
        _crashRate = _chance.Next(3) == 0 ? 0 : _chance.Next(30);
        _cutRate = _chance.Next(3) == 0 ? 0 : _chance.Next(20);
        _breakRate = _chance.Next(3) == 0 ? 0 : _chance.Next(20);
        _proposeRate = 20 + _chance.Next(200);
        _timeRate = _chance.Next(40);
        _appointRate = _chance.Next(3) == 0 ? _chance.Next(20) : 0;
        _handOverRate = _chance.Next(3) == 0 ? _chance.Next(10) : 0;
    }

    public SmallWorld World { get; }

    public void Go()
    {
        World.StartAll();
        for (int i = 0; i < _steps; i++)
        {
            Disturb();
            World.Step();
        }

        World.HealAll();
        foreach (WorldPeer peer in World.Peers)
        {
            if (peer.Core is null)
                peer.Start();
        }

        World.Settle();
        int before = World.Check.CommittedCount;
        long number = ++_lastNumber;
        World.Until(() => World.Leader is { Core.MayPropose: true }, "a leader that takes proposals");
        World.Leader!.Propose(number);
        World.Settle();
        Assert.True(World.Check.CommittedCount > before, "no progress after everything was healed");
    }

    private void Disturb()
    {
        if (Happens(_crashRate) && Pick(static peer => peer.Core is not null) is { } victim)
            World.Crash(victim);
        if (Happens(_crashRate * 2) && Pick(static peer => peer.Core is null) is { } returning)
            returning.Start();
        if (Happens(_cutRate))
            World.Cut(1 + _chance.Next(World.Peers.Count), 1 + _chance.Next(World.Peers.Count));
        if (Happens(_cutRate))
            World.HealAll();
        if (Happens(_breakRate) && World.Wires.Count > 0)
            SmallWorld.Break(World.Wires[_chance.Next(World.Wires.Count)]);
        if (Happens(_proposeRate) && Pick(static peer => peer.IsLeader) is { } leader)
            leader.Propose(++_lastNumber);
        if (Happens(_proposeRate / 4) && Pick(static peer => peer.IsLeader) is { } asked)
            asked.Sync();
        if (Happens(_handOverRate) && Pick(static peer => peer.IsLeader) is { } resigning)
            resigning.Turn(core => core.HandOverTo(1 + _chance.Next(World.Peers.Count)));
        if (Happens(_appointRate))
            Appoint(1 + _chance.Next(World.Peers.Count));
        if (Happens(_timeRate))
            World.Advance(1 + _chance.Next(300));
    }

    /// <summary>Safety does not depend on who is elected: anybody may come to believe that anybody leads.</summary>
    private void Appoint(long leader)
    {
        bool isVoter = World.Configuration.IsParticipant(leader);
        foreach (WorldPeer peer in World.Peers)
        {
            if (peer.Core is not null && isVoter && _chance.Next(3) > 0)
                peer.Turn(core => core.BecomeAppointed(leader, "by chance"));
        }
    }

    private bool Happens(int perThousand) => _chance.Next(1000) < perThousand;

    private WorldPeer? Pick(Func<WorldPeer, bool> condition)
    {
        WorldPeer[] peers = [.. World.Peers.Where(condition)];
        return peers.Length == 0 ? null : peers[_chance.Next(peers.Length)];
    }
}
