using System.Net;
using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Hosting;
using Coordination.Server.Hosting.Ensemble;
using Coordination.Server.Hosting.Words;
using Coordination.Server.Network;
using Coordination.Server.Network.Ensemble;
using Coordination.Server.Replication;
using Coordination.Server.Storage;
using Coordination.Testing;
using Microsoft.Extensions.Logging;

namespace Coordination.Server.Tests.Hosting.Ensemble;

/// <summary>One member: a real loop, real sockets, and a disk in memory.</summary>
internal sealed class TestMember(TestEnsemble ensemble, long sid, MemoryStore store) : IAsyncDisposable
{
    private readonly LineLogger _logger = new();
    private ServerMetrics? _metrics;
    private PollingTransport? _clients;
    private ReplicaLoop? _loop;
    private Elections? _elections;

    public long Sid => sid;

    public MemoryStore Store => store;

    public IReadOnlyCollection<string> Log => _logger.Lines;

    public bool IsUp => _loop is not null;

    public IPEndPoint Endpoint { get; private set; } = new(IPAddress.Loopback, 0);

    public async Task StartAsync()
    {
        MonotonicClock clock = new(TimeProvider.System);
        PollingThread poll = new(clock);
        RecoveredState state = store.Recover();
        ZabStart start = new(state.LastZxid, store.Accepted, store.Current, ensemble.ConfigurationOf(sid));
        Replica replica = new(
            new ReplicaOptions { ServerId = (byte)sid, TickMilliseconds = ensemble.Tick, SessionIdSeedMilliseconds = clock.Now.WallMilliseconds },
            state,
            new EnsembleSeat(ensemble.OptionsOf(sid), start));
        ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddProvider(_logger));
        _metrics = new ServerMetrics(meters: null);
        ServerLog log = new(loggers.CreateLogger("test"), clock);
        _elections = ensemble.Configuration is null ? null : new Elections(new ElectionTransportOptions { MyId = sid }, log, TimeProvider.System);
        ReplicaLoop loop = new(replica, new ReplicaLoopParts
        {
            Log = log,
            Metrics = _metrics,
            Clock = clock,
            Words = new FourLetterWords(
                new HashSet<string> { "*" }, new ServerFacts(replica, null!, new CoordinationServerOptions(), _metrics, clock, new TraceMask())),
            Chance = static () => 0.5,
            Storage = null!,
            Runner = poll,
            Reserve = new DiskReserve(PhysicalDisk.Instance, new StorageOptions { DataDirectory = Path.GetTempPath() }, 0),
            Sync = ensemble.Sync,
            Member = new MemberSeams
            {
                Log = store,
                Store = store,
                Poll = poll,
                Links = new LearnerTransportOptions { ConnectLimit = TimeSpan.FromSeconds(5), KeepAlive = true },
                Notify = Notify,
                MaxData = QuorumPacket.DefaultMaxData,
            },
        });
        _loop = loop;
        _clients = new PollingTransport(poll, loop, new ConnectionCounter(0, 0));
        loop.Learners!.Start(new IPEndPoint(IPAddress.Loopback, ensemble.QuorumPortOf(sid)));
        if (_elections is not null && ensemble.Configuration is { } configuration)
        {
            IPEndPoint endpoint = new(IPAddress.Loopback, configuration.Find(sid)!.Addresses[0].ElectionPort);
            await _elections.StartAsync(loop, endpoint, configuration, null, TestContext.Current.CancellationToken);
        }

        loop.Start();
        Endpoint = await _clients.StartAsync(new IPEndPoint(IPAddress.Loopback, 0), null, TestContext.Current.CancellationToken);
    }

    /// <summary>As if the process were killed; what is on disk stays.</summary>
    public async Task KillAsync()
    {
        if (_loop is not { } loop)
            return;

        _loop = null;
        loop.Kill();
        await loop.Faulted;
        await _clients!.StopAsync(CancellationToken.None);
        await loop.Learners!.StopAsync();
        await _clients.DisposeAsync();
        await loop.Learners.DisposeAsync();
        if (_elections is not null)
            await _elections.DisposeAsync();
        loop.Dispose();
        _metrics!.Dispose();
    }

    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(Endpoint, 10_000);

    /// <summary>Looks at the replica between inputs.</summary>
    public async Task<T?> LookAsync<T>(Func<Replica, T> look)
    {
        if (_loop is not { } loop)
            return default;
        Assert.False(loop.Faulted.IsCompleted, string.Join('\n', Log));
        return await loop.CallAsync((replica, _) => look(replica));
    }

    /// <summary>A notification of another member arrived.</summary>
    public void Hear(long from, ElectionNotification notification) => _loop?.PostToMember(peer => peer.Receive(from, notification));

    public async ValueTask DisposeAsync() => await KillAsync();

    private void Notify(long to, in ElectionNotification notification)
    {
        if (_elections is not null)
            _elections.Send(to, notification);
        else
            ensemble.Carry(sid, to, notification);
    }
}
