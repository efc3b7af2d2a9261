using System.Globalization;
using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Tests.Consensus.World;

/// <summary>
/// One core whose counterparts are lines of text: <c>AckEpoch 0x10000001d FFFFFFFF</c> is a packet with its data in hexadecimal. The disk
/// does what it is told within the turn, unless a test holds it back.
/// </summary>
internal sealed class CoreScript : IPeerEvents
{
    private readonly ZabOutbox _outbox = new();
    private readonly List<DiskOrder> _held = [];
    private long _links;

    public CoreScript(long sid, int voters = 2, int observers = 0, Zxid last = default, int accepted = 0, int current = 0, Func<ZabOptions, ZabOptions>? options = null)
    {
        var configured = new ZabOptions { Sid = sid, Tick = 1000, InitLimit = 10, SyncLimit = 5 };
        Core = new ZabPeer(
            options?.Invoke(configured) ?? configured, new ZabStart(last, accepted, current, new SmallWorld(voters, observers).Configuration), _outbox, this);
        Turn(static _ => { });
    }

    public ZabPeer Core { get; }

    public long Now { get; set; } = 10_000;

    /// <summary>Whether the disk waits for <see cref="Release"/>.</summary>
    public bool HoldsDisk { get; set; }

    /// <summary>What was told to the replica, in words.</summary>
    public List<string> Told { get; } = [];

    public List<TransferOrder> Transfers { get; } = [];

    public List<DiskOrder> DiskOrders { get; } = [];

    public List<Entry> Delivered { get; } = [];

    public List<NetworkOrder> Network { get; } = [];

    public bool IsConnecting => Network.Exists(static order => order.Kind == NetworkOrderKind.Connect);

    /// <summary>The entry with this zxid, as data.</summary>
    public static string Data(Zxid zxid) => Convert.ToHexString(new Entry(zxid, 0).ToBytes());

    public static string Packet(string type, Zxid zxid) => $"{type} {zxid} {Data(zxid)}";

    public void Turn(Action<ZabPeer> inputs)
    {
        Core.BeginTurn(Now);
        inputs(Core);
        Core.CompleteTurn();
        while (Core.TryDeliver(out _, out ReadOnlySpan<byte> entry))
            Delivered.Add(Entry.Read(entry));
        Transfers.AddRange(_outbox.Transfers);
        Network.AddRange(_outbox.Network);
        DiskOrders.AddRange(_outbox.Disk);
        _held.AddRange(_outbox.Disk);
        _outbox.Clear();
        if (!HoldsDisk)
            Release();
    }

    /// <summary>The disk does everything it was told so far.</summary>
    public void Release()
    {
        while (_held.Count > 0 || Core.History.Persisted != Core.History.Last)
        {
            DiskOrder[] orders = [.. _held];
            _held.Clear();
            bool held = HoldsDisk;
            HoldsDisk = true;
            foreach (DiskOrder order in orders)
            {
                Turn(core => core.Persisted(core.History.Last));
                Turn(core => Complete(core, order));
            }

            Turn(core => core.Persisted(core.History.Last));
            HoldsDisk = held;
        }
    }

    public void Advance(long milliseconds)
    {
        for (long end = Now + milliseconds; Now < end;)
        {
            Now = Math.Min(end, Math.Max(Now + 1, Core.NextTickAt));
            Turn(static core => core.Tick());
        }
    }

    /// <summary>Another voter's vote arrives, as of round 1.</summary>
    public void Vote(long from, long leader, Zxid zxid = default, int epoch = 0) => Turn(core => core.Receive(
        from, new ElectionNotification(PeerState.Looking, leader, zxid, core.Election.Round, epoch, ElectionNotification.CurrentVersion, "version=0")));

    /// <summary>Somebody connects to this server.</summary>
    public ScriptLink Comes(bool isOwn, long sid, int accepted, bool isObserver = false)
    {
        ScriptLink link = new(this, new PeerLink(++_links, isIncoming: true));
        Turn(core => core.LearnerArrived(link.Link));
        string version = isOwn ? "00010001" : "00010000";
        string type = isObserver ? "ObserverInfo" : "FollowerInfo";
        link.Hears($"{type} {Zxid.Create(accepted, 0)} {sid:X16}{version}0000000000000000");
        return link;
    }

    /// <summary>The connection to the leader stands.</summary>
    public ScriptLink Reaches()
    {
        ScriptLink link = new(this, new PeerLink(++_links, isIncoming: false));
        Turn(core => core.LeaderReached(link.Link));
        return link;
    }

    public Zxid Propose()
    {
        Zxid zxid = default;
        Turn(core =>
        {
            zxid = core.LastProposed.Next;
            byte[] bytes = new Entry(zxid, 0).ToBytes();
            core.Outbox.Log.Add(zxid, bytes);
            core.Propose(zxid, bytes);
        });
        return zxid;
    }

    void IPeerEvents.StatusChanged(in PeerStatus status) =>
        Told.Add($"{status.State} {(status.IsEstablished ? $"established in {status.Epoch}" : "begins")}");

    void IPeerEvents.Requested(PeerLink learner, in QuorumPacketView packet) => Told.Add($"request {Convert.ToHexString(packet.Data)}");

    void IPeerEvents.Touched(PeerLink learner, ReadOnlySpan<byte> touches) => Told.Add($"touches {Convert.ToHexString(touches)}");

    void IPeerEvents.RevalidationAsked(PeerLink learner, RevalidateRequest request) => Told.Add($"revalidate {request.SessionId:x}");

    void IPeerEvents.LearnerLost(PeerLink learner) => Told.Add($"lost {learner.Sid}");

    void IPeerEvents.SyncConfirmed() => Told.Add("sync confirmed");

    void IPeerEvents.SyncAnswered() => Told.Add("sync answered");

    void IPeerEvents.Revalidated(RevalidateResponse response) => Told.Add($"revalidated {response.SessionId:x} {response.IsValid}");

    ReadOnlySpan<SessionTouch> IPeerEvents.TakeTouches() => [];

    void IPeerEvents.WriteEmptyEntry(Zxid zxid, FrameBuffer output)
    {
        byte[] bytes = new Entry(zxid, 0).ToBytes();
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }

    QuorumConfiguration? IPeerEvents.FindConfiguration(ReadOnlySpan<byte> entry) => null;

    void IPeerEvents.ConfigurationActivated(QuorumConfiguration configuration) =>
        Told.Add(string.Create(CultureInfo.InvariantCulture, $"configuration {configuration.Version:x}"));

    private static void Complete(ZabPeer core, DiskOrder order)
    {
        switch (order.Kind)
        {
            case DiskOrderKind.SaveEpochs:
                core.EpochsSaved(order.AcceptedEpoch, order.CurrentEpoch);
                break;
            case DiskOrderKind.Truncate:
                core.Truncated(order.Zxid);
                break;
            default:
                core.SnapshotInstalled(order.Zxid);
                break;
        }
    }
}

/// <summary>A link of a <see cref="CoreScript"/> and who is at its other end.</summary>
internal sealed class ScriptLink(CoreScript script, PeerLink link)
{
    public PeerLink Link { get; } = link;

    public bool IsClosed => Link.Close != LinkCloseReason.None;

    /// <summary>Packets arrive, one a line.</summary>
    public void Hears(params string[] packets)
    {
        foreach (string packet in packets)
        {
            string[] parts = packet.Split(' ');
            using var bytes = new FrameBuffer();
            var writer = new JuteWriter(bytes);
            new QuorumPacket(
                Enum.Parse<QuorumPacketType>(parts[0]),
                new Zxid(parts[1] == "-1" ? -1 : Convert.ToInt64(parts[1][2..], 16)),
                parts.Length > 2 ? Convert.FromHexString(parts[2]) : null,
                null).Write(ref writer);
            writer.Flush();
            byte[] copy = bytes.WrittenSpan.ToArray();
            script.Turn(core => core.Receive(Link, Wire.Parse(copy)));
        }
    }

    /// <summary>Everything that was said on the link since the last call.</summary>
    public string[] Says() => [.. Wire.Split(Link.Output).Select(static packet => Describe(Wire.Parse(packet)))];

    private static string Describe(in QuorumPacketView packet)
    {
        string zxid = packet.Zxid.Value == -1 ? "-1" : packet.Zxid.ToString();
        string data = packet.Type == QuorumPacketType.NewLeader ? " config" : packet.HasData ? $" {Convert.ToHexString(packet.Data)}" : "";
        return $"{packet.Type} {zxid}{data}".TrimEnd();
    }
}
