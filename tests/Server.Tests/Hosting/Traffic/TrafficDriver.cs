using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Server.Hosting.Words;
using Coordination.Server.Network;
using Coordination.Server.Replication;
using Coordination.Testing;
using Microsoft.Extensions.Logging;

namespace Coordination.Server.Tests.Hosting.Traffic;

/// <summary>Turns of a server without threads, sockets, disk or clock: what a turn does, and when, is the test's to say.</summary>
internal sealed class TrafficDriver : IDisposable
{
    private readonly LineLogger _logger = new();
    private readonly ILoggerFactory _loggers;
    private List<LoopInput> _posted = [];
    private int _connections;
    private Zxid _logged;

    public TrafficDriver(TrafficLimits limits, ReplicaOptions? options = null)
    {
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(_logger));
        MonotonicClock clock = new(new FakeTimeProvider());
        Metrics = new ServerMetrics(meters: null);
        Replica = new Replica(options ?? new ReplicaOptions { SessionIdSeedMilliseconds = 1, TickMilliseconds = 1_000_000 }, new RecoveredState());
        ReplicaLoopParts parts = new()
        {
            Limits = limits,
            Log = new ServerLog(_loggers.CreateLogger("test"), clock),
            Metrics = Metrics,
            Clock = clock,
            Words = new FourLetterWords(
                new HashSet<string> { "*" }, new ServerFacts(Replica, null!, new CoordinationServerOptions(), Metrics, clock, new TraceMask())),
            Chance = static () => 0.5,
            Storage = null!,
            Runner = null!,
            Reserve = null!,
        };
        Traffic = new ClientTraffic(Replica, parts, Post, Post, static work => work());
        Turn();
    }

    public Replica Replica { get; }

    public ClientTraffic Traffic { get; }

    public ServerMetrics Metrics { get; }

    /// <summary>Monotonic milliseconds.</summary>
    public long Now { get; set; } = 1_000;

    /// <summary>Whether every turn ends with its log on disk.</summary>
    public bool AutoPersist { get; set; } = true;

    public IReadOnlyCollection<string> Log => _logger.Lines;

    /// <summary>Whether another turn has something to do.</summary>
    public bool HasWaiting => _posted.Count > 0;

    public void Dispose()
    {
        Metrics.Dispose();
        _loggers.Dispose();
    }

    /// <summary>A connection that has sent nothing.</summary>
    public ScriptedConnection Dial()
    {
        ScriptedConnection connection = new(
            ++_connections,
            it => Post(new LoopInput(LoopInputKind.Readable, it)),
            it => Post(new LoopInput(LoopInputKind.Writable, it)));
        Post(new LoopInput(LoopInputKind.Accepted, connection));
        Turn();
        return connection;
    }

    /// <summary>A connection with a session.</summary>
    public ScriptedConnection Connect()
    {
        ScriptedConnection connection = Dial();
        using FrameBuffer bytes = new();
        int mark = bytes.BeginFrame();
        JuteWriter writer = new(bytes);
        new ConnectRequest(0, 0, 1_000_000, 0, new byte[16], false).Write(ref writer);
        writer.Flush();
        bytes.EndFrame(mark);
        connection.Arrive(bytes.WrittenSpan);
        RunAll();
        Assert.True(((ConnectedClient)connection.Owner!).HasSession);
        return connection;
    }

    /// <summary>Turns until nothing waits.</summary>
    /// <returns>How many.</returns>
    public int RunAll()
    {
        int turns = 0;
        for (; HasWaiting; turns++)
        {
            Assert.True(turns < 100_000, "The turns never end.");
            Turn();
        }

        return turns;
    }

    /// <summary>Time passes, and what is due is done.</summary>
    public void Advance(long milliseconds)
    {
        Now += milliseconds;
        Turn();
        RunAll();
    }

    /// <summary>One turn: what waits, then what is due, then the outbox.</summary>
    public void Turn()
    {
        List<LoopInput> inputs = _posted;
        _posted = [];
        ReplicaTime now = new(Now, Now);
        Replica.BeginTurn(now);
        Traffic.BeginTurn(Now, bytesToLog: 0);
        foreach (LoopInput input in inputs)
            Handle(input, now);
        if (Traffic.NextDueAt <= Now)
            Traffic.CheckTime();
        CarryOut();
    }

    /// <summary>The disk confirms everything.</summary>
    public void Persist()
    {
        Replica.LogPersisted(_logged);
        Send();
    }

    private void CarryOut()
    {
        bool hasLog = Replica.Outbox.Log.Entries.Count > 0;
        if (hasLog)
            _logged = Replica.Outbox.Log.Entries[^1].Zxid;
        Send();
        Replica.Outbox.Log.Clear();
        if (hasLog && AutoPersist)
            Replica.LogPersisted(_logged);
        Send();
        Replica.Outbox.Clear();
    }

    private void Send()
    {
        Traffic.SendDirty(Replica.Outbox.Dirty);
        foreach (ClientLink link in Replica.Outbox.Dirty)
            link.IsDirty = false;
        Replica.Outbox.Dirty.Clear();
    }

    private void Handle(in LoopInput input, ReplicaTime now)
    {
        if (input.Kind == LoopInputKind.AnswerNext)
        {
            Traffic.ContinueAnswers();
            return;
        }

        var connection = (ClientConnection)input.Target!;
        switch (input.Kind)
        {
            case LoopInputKind.Accepted:
                Traffic.Accept(connection, now);
                break;
            case LoopInputKind.Readable:
                Traffic.Readable(connection);
                break;
            case LoopInputKind.Writable:
                Traffic.Writable(connection);
                break;
            default:
                throw new InvalidOperationException($"{input.Kind} is not for connections.");
        }
    }

    private void Post(LoopInput input) => _posted.Add(input);
}
