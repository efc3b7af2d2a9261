using System.Net;
using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Operations;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests;

/// <summary>Drives a replica in memory: manual time, and a disk that confirms at once unless a test holds it back.</summary>
internal sealed class ReplicaDriver : IClientHost
{
    private long _lastLink;
    private Zxid _logged;

    public ReplicaDriver(ReplicaOptions? options = null, RecoveredState? state = null)
    {
        Options = options ?? new ReplicaOptions { TickMilliseconds = 2000, SessionIdSeedMilliseconds = 1_000_000 };
        Replica = new Replica(Options, state ?? new RecoveredState());
        _logged = Replica.LastProcessed;
        Turn(() => { });
    }

    public ReplicaOptions Options { get; }

    public Replica Replica { get; }

    /// <summary>Monotonic milliseconds.</summary>
    public long Now { get; set; } = 5_000_000;

    /// <summary>Wall clock, milliseconds.</summary>
    public long Wall => Now + 1_700_000_000_000;

    /// <summary>Whether every turn ends with its log on disk.</summary>
    public bool AutoPersist { get; set; } = true;

    /// <summary>Every log entry so far.</summary>
    public List<byte[]> Log { get; } = [];

    public List<TraceEvent> Trace { get; } = [];

    public IEnumerable<Transaction> Transactions => Log.Select(static entry => TransactionCodec.Read(entry));

    /// <summary>One turn, carried out as Hosting would.</summary>
    public void Turn(Action inputs)
    {
        Replica.BeginTurn(new ReplicaTime(Now, Wall));
        inputs();
        CarryOut();
        if (AutoPersist)
            Persist();
    }

    /// <summary>The disk confirms everything logged so far, or up to a zxid.</summary>
    public void Persist(Zxid? upTo = null)
    {
        Replica.BeginTurn(new ReplicaTime(Now, Wall));
        Replica.LogPersisted(upTo ?? _logged);
        CarryOut();
    }

    public void Advance(long milliseconds)
    {
        Now += milliseconds;
        Turn(Replica.Tick);
    }

    /// <summary>A new connection without a handshake.</summary>
    public TestClient Accept(string address = "127.0.0.1", string? certificateSubject = null)
    {
        var link = new ClientLink(++_lastLink, new IPEndPoint(IPAddress.Parse(address), 40_000));
        Turn(() => Replica.Accept(link, certificateSubject));
        return new TestClient(this, link);
    }

    /// <summary>A new connection with a new session.</summary>
    public TestClient Connect(int timeout = 10_000, string address = "127.0.0.1", string? certificateSubject = null)
    {
        TestClient client = Accept(address, certificateSubject);
        client.SendConnect(new ConnectRequest(0, 0, timeout, 0, new byte[16], false));
        client.Handshake = client.ReadConnectResponse();
        return client;
    }

    void IClientHost.Hand(ClientLink link, byte[] frame) => Turn(() => Replica.Receive(link, frame));

    void IClientHost.Drop(ClientLink link) => Turn(() => Replica.Disconnected(link));

    /// <summary>Nothing happens by itself here.</summary>
    void IClientHost.WaitFor(Func<bool> condition)
    {
    }

    /// <summary>What a server would recover from this one's log.</summary>
    public RecoveredState Recover()
    {
        var state = new RecoveredState();
        foreach (byte[] entry in Log)
            state.Replay(entry);
        return state;
    }

    private void CarryOut()
    {
        ReplicaOutbox outbox = Replica.Outbox;
        foreach (LogEntrySpan span in outbox.Log.Entries)
        {
            Log.Add(outbox.Log.Bytes.WrittenSpan.Slice(span.Offset, span.Length).ToArray());
            Assert.True(span.Zxid > _logged, "log entries come in zxid order");
            _logged = span.Zxid;
        }

        Trace.AddRange(outbox.Trace);
        outbox.Clear();
    }
}
