using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Tests.Consensus.World;

/// <summary>One server of the small world: a disk that survives, and a core that does not.</summary>
internal sealed class WorldPeer(SmallWorld world, long sid) : IPeerEvents
{
    private readonly Queue<Zxid> _syncs = new();
    private ZabOutbox _outbox = new();

    public long Sid { get; } = sid;

    public PeerDisk Disk { get; } = new();

    /// <summary>The core; null while the server is down.</summary>
    public ZabPeer? Core { get; private set; }

    /// <summary>What is in the tree.</summary>
    public List<Entry> Tree { get; private set; } = [];

    /// <summary>Whether the tree is known to hold committed entries only, so that clients are served from it.</summary>
    public bool IsServing { get; private set; }

    /// <summary>Long work that is not done: the link, and what doing it means.</summary>
    public List<(PeerLink Link, Action Do)> Transfers { get; } = [];

    /// <summary>The leader whose connection is wanted; -1 for none.</summary>
    public long ConnectingTo { get; private set; } = -1;

    public List<string> Trace { get; } = [];

    public int Proposed { get; private set; }

    public int SyncsConfirmed { get; private set; }

    private List<Entry>? Snapshot { get; set; }

    public bool IsLeader => Core is { Status: { State: PeerState.Leading, IsEstablished: true } };

    public override string ToString() => Core is null
        ? $"{Sid} down, disk ({Disk.AcceptedEpoch}, {Disk.CurrentEpoch}, {Disk.Last})"
        : $"{Sid} {Core.Status}, tree {Tree.Count}, disk ({Disk.AcceptedEpoch}, {Disk.CurrentEpoch}, {Disk.Last}), committed {Core.LastCommitted}";

    public void Start()
    {
        _outbox = new ZabOutbox();
        Core = new ZabPeer(
            world.OptionsOf(Sid), new ZabStart(Disk.Last, Disk.AcceptedEpoch, Disk.CurrentEpoch, world.Configuration), _outbox, this);
        Tree = [.. Disk.Log];
        IsServing = false;
        Turn(static _ => { });
    }

    public void Crash(Random chance)
    {
        Disk.Crash(chance);
        Core = null;
        Snapshot = null;
        Transfers.Clear();
        _syncs.Clear();
        ConnectingTo = -1;
        IsServing = false;
    }

    /// <summary>One turn, carried out as Hosting would.</summary>
    public void Turn(Action<ZabPeer> inputs)
    {
        ZabPeer core = Core!;
        core.BeginTurn(world.Now);
        inputs(core);
        core.CompleteTurn();
        while (core.TryDeliver(out Zxid zxid, out ReadOnlySpan<byte> bytes))
        {
            var entry = Entry.Read(bytes);
            Assert.Equal(zxid, entry.Zxid);
            Tree.Add(entry);
            if (IsServing)
                world.Check.Delivered(this, Tree.Count - 1);
        }

        if (!IsServing && core.Status.IsEstablished && core.History.Delivered >= core.Status.ServesFrom)
        {
            IsServing = true;
            world.Check.BeginsToServe(this);
        }

        CarryOut();
    }

    public void CompleteDiskWork() => Disk.Complete(Tree.Count, (input, history) => Turn(core =>
    {
        // What the tree holds beyond a cut, or beside a snapshot, is gone before the core hears of it.
        if (history is not null)
            ReplaceTree(history);
        input(core);
    }));

    public void Propose(long number) => Turn(core =>
    {
        if (!core.MayPropose)
            return;
        var entry = new Entry(core.LastProposed.Next, number);
        byte[] bytes = entry.ToBytes();
        core.Outbox.Log.Add(entry.Zxid, bytes);
        core.Propose(entry.Zxid, bytes);
        world.Check.Proposed(this, entry);
        Proposed++;
    });

    /// <summary>A client of this server asks for a sync, if this server leads.</summary>
    public void Sync() => Turn(core =>
    {
        if (!IsLeader)
            return;
        _syncs.Enqueue(world.Check.LastCommitted);
        core.ConfirmSync(null);
    });

    /// <summary>A snapshot has arrived on the link to the leader.</summary>
    public void ReceiveSnapshot(Wire wire, List<Entry> image)
    {
        Snapshot = image;
        Turn(core => core.SnapshotLoaded(wire.AtLearner));
    }

    public void StopConnecting() => ConnectingTo = -1;

    void IPeerEvents.StatusChanged(in PeerStatus status)
    {
        if (status.IsEstablished)
        {
            world.Check.Established(this, status);
        }
        else
        {
            IsServing = false;
            _syncs.Clear();
        }
    }

    void IPeerEvents.Requested(PeerLink learner, in QuorumPacketView packet)
    {
    }

    void IPeerEvents.Touched(PeerLink learner, ReadOnlySpan<byte> touches)
    {
    }

    void IPeerEvents.RevalidationAsked(PeerLink learner, RevalidateRequest request)
    {
    }

    void IPeerEvents.LearnerLost(PeerLink learner)
    {
    }

    void IPeerEvents.SyncConfirmed()
    {
        SyncsConfirmed++;
        world.Check.SyncConfirmed(this, _syncs.Dequeue());
    }

    void IPeerEvents.SyncAnswered()
    {
    }

    void IPeerEvents.Revalidated(RevalidateResponse response)
    {
    }

    ReadOnlySpan<SessionTouch> IPeerEvents.TakeTouches() => [];

    void IPeerEvents.WriteEmptyEntry(Zxid zxid, FrameBuffer output)
    {
        var entry = new Entry(zxid, Entry.Empty);
        byte[] bytes = entry.ToBytes();
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
        world.Check.Proposed(this, entry);
    }

    QuorumConfiguration? IPeerEvents.FindConfiguration(ReadOnlySpan<byte> entry) => null;

    void IPeerEvents.ConfigurationActivated(QuorumConfiguration configuration)
    {
    }

    private void ReplaceTree(List<Entry> history)
    {
        Tree = [.. history];
        IsServing = false;
    }

    private void CarryOut()
    {
        ZabOutbox outbox = _outbox;
        foreach (PeerTrace trace in outbox.Trace)
            Trace.Add($"{world.Now} {trace.Kind} {trace.Sid} {trace.Detail}");
        Disk.Submit(outbox, Snapshot);
        if (outbox.Disk.Exists(static order => order.Kind == DiskOrderKind.InstallSnapshot))
            Snapshot = null;

        // What stands in the output precedes the work that goes to the same link.
        foreach (PeerLink link in outbox.Dirty)
            Flush(link);
        foreach (TransferOrder order in outbox.Transfers)
            Begin(order);
        foreach (NetworkOrder order in outbox.Network)
        {
            if (order.Kind == NetworkOrderKind.Connect)
                ConnectingTo = order.Sid;
            else
                world.Notify(this, order.Sid, order.Notification);
        }

        outbox.Clear();
    }

    private void Flush(PeerLink link)
    {
        var wire = (Wire)link.Owner!;
        foreach (byte[] packet in Wire.Split(link.Output))
        {
            QuorumPacketView view = Wire.Parse(packet);
            Trace.Add($"{world.Now} sends {view.Type} {view.Zxid} on {link}{(wire.IsCut ? ", which is cut" : "")}");
            world.Check.Sent(this, wire, view);
            if (!wire.IsCut && !wire.Knows(this))
                wire.OutOf(this).InFlight.Enqueue(packet);
        }

        if (link.Close != LinkCloseReason.None)
        {
            wire.Learn(this);
            Transfers.RemoveAll(transfer => transfer.Link == link);
        }
    }

    private void Begin(TransferOrder order)
    {
        PeerLink link = order.Link;
        var wire = (Wire)link.Owner!;
        switch (order.Kind)
        {
            case TransferKind.LocateHistory:
                Transfers.Add((link, () => Turn(core => core.HistoryLocated(link, Locate(order.After)))));
                break;
            case TransferKind.SendHistory:
                Transfers.Add((link, () => SendHistory(wire, link, order)));
                break;
            case TransferKind.SendSnapshot:
                List<Entry> image = [.. Tree];
                Transfers.Add((link, () => SendSnapshot(wire, link, image)));
                break;
            case TransferKind.DiscardSnapshot:
                Snapshot = null;
                break;
        }
    }

    private Zxid? Locate(Zxid zxid)
    {
        int index = Disk.Log.FindLastIndex(entry => entry.Zxid <= zxid);

        // The entry itself may be the last one of the snapshot; what lies before that is not in the files.
        return index < 0 || index + 1 < Disk.Fence ? null : Disk.Log[index].Zxid;
    }

    private void SendHistory(Wire wire, PeerLink link, TransferOrder order)
    {
        foreach (Entry entry in Disk.Log.Where(entry => entry.Zxid > order.After && entry.Zxid <= order.UpTo))
        {
            var writer = new JuteWriter(link.Output);
            QuorumPacketWriter.WriteEntry(ref writer, QuorumPacketType.Proposal, entry.Zxid, entry.ToBytes());
            QuorumPacketWriter.Write(ref writer, QuorumPacketType.Commit, entry.Zxid);
            writer.Flush();
        }

        Flush(link);
        Turn(core => core.HistorySent(link, order.UpTo));
    }

    private void SendSnapshot(Wire wire, PeerLink link, List<Entry> image)
    {
        Zxid last = image.Count == 0 ? Zxid.Zero : image[^1].Zxid;
        var writer = new JuteWriter(link.Output);
        QuorumPacketWriter.Write(ref writer, QuorumPacketType.Snapshot, last);
        writer.Flush();
        Flush(link);
        if (!wire.IsCut && !wire.Knows(this))
            wire.OutOf(this).InFlight.Enqueue(image);
        Turn(core => core.SnapshotSent(link, last));
    }
}
