using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting.Ensemble;

/// <summary>Members in this process, with real links between learners and leader; their votes are carried in memory.</summary>
internal sealed class TestEnsemble : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<long, int> _ports = [];
    private readonly Dictionary<(long Viewer, long Sid), int> _detours = [];

    public TestEnsemble(int size, Func<long, MemoryStore>? stores = null)
    {
        for (long sid = 1; sid <= size; sid++)
        {
            _ports[sid] = LoopbackPort.Free();
            Members.Add(new TestMember(this, sid, stores?.Invoke(sid) ?? new MemoryStore()));
        }
    }

    /// <summary>One member among others that are not of this process, with real election connections.</summary>
    public TestEnsemble(QuorumConfiguration configuration, long ours)
    {
        Configuration = configuration;
        _ports[ours] = configuration.Find(ours)!.Addresses[0].QuorumPort;
        Members.Add(new TestMember(this, ours, new MemoryStore()));
    }

    /// <summary>The configuration, where elections are real.</summary>
    public QuorumConfiguration? Configuration { get; }

    public List<TestMember> Members { get; } = [];

    public TestMember this[long sid] => Members[(int)sid - 1];

    public int Tick { get; init; } = 300;

    public int MaxHistoryBytes { get; init; } = 32 << 20;

    public int MaxBacklogBytes { get; init; } = 256 << 20;

    public SyncStrategy Sync { get; init; }

    public int QuorumPortOf(long sid) => _ports[sid];

    /// <summary>From now on (and its next start) a member reaches another one by another port.</summary>
    public void Detour(long viewer, long sid, int port) => _detours[(viewer, sid)] = port;

    public ZabOptions OptionsOf(long sid) => new()
    {
        Sid = sid,
        Tick = Tick,
        InitLimit = 40,
        SyncLimit = 10,
        MaxHistoryBytes = MaxHistoryBytes,
        MaxBacklogBytes = MaxBacklogBytes,
    };

    public QuorumConfiguration ConfigurationOf(long viewer) => Configuration ?? QuorumConfiguration.Parse(string.Join(
        '\n', _ports.Select(port => $"server.{port.Key}=127.0.0.1:{_detours.GetValueOrDefault((viewer, port.Key), port.Value)}:{port.Key}:participant")));

    public void Carry(long from, long to, ElectionNotification notification) => this[to].Hear(from, notification);

    public async Task StartAsync()
    {
        foreach (TestMember member in Members)
            await member.StartAsync();
    }

    /// <summary>Waits until those that are up serve, one of them as leader.</summary>
    public async Task<TestMember> ServesAsync()
    {
        TestMember? leader = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                leader = null;
                foreach (TestMember member in Members.Where(static member => member.IsUp))
                {
                    (bool isServing, bool isLeading) = await member.LookAsync(
                        static replica => (replica.IsServing, replica.Status is { State: PeerState.Leading, IsEstablished: true }));
                    if (!isServing)
                        return false;
                    if (isLeading)
                        leader = member;
                }

                return leader is not null;
            },
            Patience,
            Report,
            TestContext.Current.CancellationToken);
        return leader!;
    }

    /// <summary>Waits until the trees of those that are up are one, and at least at a zxid.</summary>
    public async Task AgreeAsync(Zxid atLeast = default)
    {
        List<(Zxid Zxid, ulong Digest)> states = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                states.Clear();
                foreach (TestMember member in Members.Where(static member => member.IsUp))
                    states.Add(await member.LookAsync(static replica => (replica.LastProcessed, replica.State.Tree.Digest)));
                return states.TrueForAll(state => state == states[0]) && states[0].Zxid >= atLeast;
            },
            Patience,
            () => $"{string.Join(", ", states)}\n{Report()}",
            TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TestMember member in Members)
            await member.DisposeAsync();
    }

    private string Report() => string.Join('\n', Members.Select(static member => $"{member.Sid}:\n{string.Join('\n', member.Log.TakeLast(25))}"));
}
