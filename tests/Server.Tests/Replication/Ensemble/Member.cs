using System.Net;
using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Replication.Ensemble;

/// <summary>One server of the world: a disk that survives, and a replica that does not.</summary>
internal sealed class Member(EnsembleWorld world, long sid) : IClientHost
{
    private readonly Dictionary<ClientLink, Queue<byte[]>> _pipes = [];
    private readonly List<ClientLink> _clients = [];
    private List<(Zxid, byte[])>? _snapshot;
    private bool _isInTurn;

    public long Sid { get; } = sid;

    public MemberDisk Disk { get; } = new();

    /// <summary>Null while the server is down.</summary>
    public Replica? Replica { get; private set; }

    /// <summary>Whether what is on its way to the disk stays there.</summary>
    public bool IsDiskHeld { get; set; }

    /// <summary>Long work that is not done.</summary>
    public List<(PeerLink Link, Action Do)> Transfers { get; } = [];

    public long ConnectingTo { get; set; } = -1;

    public List<string> Trace { get; } = [];

    public List<TraceEvent> Facts { get; } = [];

    public bool IsLeading => Replica is { IsServing: true, Status.State: PeerState.Leading };

    public override string ToString() =>
        $"{Sid} {(Replica is null ? "down" : $"{Replica.Status}, at {Replica.LastProcessed}, {(Replica.IsServing ? "serving" : "not serving")}")}";

    public void Start()
    {
        var start = new ZabStart(Disk.Last, Disk.AcceptedEpoch, Disk.CurrentEpoch, world.Configuration);
        Replica = new Replica(world.OptionsOf(Sid), Disk.Recover(), new EnsembleSeat(world.ZabOptionsOf(Sid), start));
        Turn(static _ => { });
    }

    public void Crash()
    {
        Disk.Crash();
        Replica = null;
        _snapshot = null;
        Transfers.Clear();
        ConnectingTo = -1;
        foreach (ClientLink link in _clients)
            link.Close = CloseReason.Stopping;
        _clients.Clear();
        _pipes.Clear();
    }

    /// <summary>One turn, carried out as Hosting would.</summary>
    public void Turn(Action<Replica> inputs)
    {
        Assert.False(_isInTurn);
        _isInTurn = true;
        Replica replica = Replica!;
        replica.BeginTurn(new ReplicaTime(world.Now, world.Now + 1_700_000_000_000));
        inputs(replica);
        replica.CompleteTurn();
        CarryOut(replica);
        _isInTurn = false;
        world.AfterTurn(this);
        Pump();
    }

    /// <summary>A new connection without a handshake.</summary>
    public TestClient Accept()
    {
        var link = new ClientLink(++world.LastLink, new IPEndPoint(IPAddress.Loopback, 40_000));
        _clients.Add(link);
        _pipes.Add(link, new Queue<byte[]>());
        Turn(replica => replica.Accept(link));
        return new TestClient(this, link);
    }

    /// <summary>A new connection with a new session.</summary>
    public TestClient Connect(int timeout = 30_000, long seen = 0)
    {
        TestClient client = Accept();
        client.SendConnect(new ConnectRequest(0, seen, timeout, 0, new byte[16], false));
        client.Handshake = client.ReadConnectResponse();
        Assert.NotEqual(0, client.SessionId);
        return client;
    }

    /// <summary>A new connection of a session that exists.</summary>
    public TestClient Reattach(TestClient earlier, long seen = 0)
    {
        TestClient client = Accept();
        client.SendConnect(new ConnectRequest(0, seen, 30_000, earlier.SessionId, earlier.Handshake.Password, false));
        client.Handshake = client.ReadConnectResponse();
        return client;
    }

    void IClientHost.Hand(ClientLink link, byte[] frame)
    {
        if (_pipes.TryGetValue(link, out Queue<byte[]>? pipe))
            pipe.Enqueue(frame);
        Pump();
    }

    void IClientHost.Drop(ClientLink link)
    {
        if (_pipes.Remove(link) && Replica is not null)
            Turn(replica => replica.Disconnected(link));
        _clients.Remove(link);
    }

    void IClientHost.WaitFor(Func<bool> condition) => world.Until(condition, $"a frame from {Sid}");

    public void ReceiveSnapshot(PeerLink link, List<(Zxid, byte[])> image)
    {
        _snapshot = image;
        Turn(replica => replica.Ensemble!.SnapshotLoaded(link));
    }

    private void Pump()
    {
        if (_isInTurn || Replica is null)
            return;

        foreach (ClientLink link in _clients.ToArray())
        {
            while (_pipes.TryGetValue(link, out Queue<byte[]>? pipe) && !link.AwaitsSession && !link.IsHeld
                && link.Close == CloseReason.None && pipe.TryDequeue(out byte[]? frame))
            {
                Turn(replica => replica.Receive(link, frame));
            }
        }
    }

    private void CarryOut(Replica replica)
    {
        ZabOutbox outbox = replica.Ensemble!.Outbox;
        foreach (PeerTrace trace in outbox.Trace)
            Trace.Add($"{world.Now} {trace.Kind} {trace.Sid} {trace.Detail}");
        foreach (TraceEvent fact in replica.Outbox.Trace)
        {
            Facts.Add(fact);
            Trace.Add($"{world.Now} {fact.Kind} {fact.Id:x} {fact.Detail}");
        }

        Disk.Submit(outbox, _snapshot);
        foreach (PeerLink link in outbox.Dirty)
            world.Flush(this, link);
        foreach (TransferOrder order in outbox.Transfers)
            Begin(replica, order);
        foreach (NetworkOrder order in outbox.Network)
        {
            if (order.Kind == NetworkOrderKind.Connect)
                ConnectingTo = order.Sid;
            else
                world.Notify(this, order.Sid, order.Notification);
        }

        outbox.Clear();
        replica.Outbox.Clear();
    }

    private void Begin(Replica replica, TransferOrder order)
    {
        PeerLink link = order.Link;
        switch (order.Kind)
        {
            case TransferKind.LocateHistory:
                Transfers.Add((link, () => Turn(r => r.Ensemble!.HistoryLocated(link, null))));
                break;
            case TransferKind.SendHistory:
                Assert.Fail("No history is ever located here.");
                break;
            case TransferKind.SendSnapshot:
                Zxid last = replica.LastProcessed;
                List<(Zxid, byte[])> image = Disk.Log.Where(entry => entry.Zxid <= last).ToList();
                Transfers.Add((link, () => SendSnapshot(link, last, image)));
                break;
            case TransferKind.DiscardSnapshot:
                _snapshot = null;
                break;
        }
    }

    private void SendSnapshot(PeerLink link, Zxid last, List<(Zxid, byte[])> image)
    {
        var writer = new JuteWriter(link.Output);
        QuorumPacketWriter.Write(ref writer, QuorumPacketType.Snapshot, last);
        writer.Flush();
        world.Flush(this, link);
        world.Send(this, link, image);
        Turn(replica => replica.Ensemble!.SnapshotSent(link, last));
    }
}
