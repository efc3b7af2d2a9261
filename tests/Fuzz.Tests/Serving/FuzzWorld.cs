using System.Net;
using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Replication;
using Coordination.Server.Watches;

namespace Coordination.Fuzz.Tests.Serving;

/// <summary>
/// A replica in memory, its connections, a second replica that hears only the log, and a disk that confirms when it is told to. Everything
/// that happens is an action, so the same actions lead to the same state.
/// </summary>
internal sealed class FuzzWorld
{
    /// <summary>Connections; the first is the administrator's and is left alone.</summary>
    public const int Slots = 8;

    public static readonly byte[] Canary = [.. "canary-7f3a91c5d2e8"u8];

    private static readonly byte[] Password = [.. "administrator:secret"u8];

    private readonly FuzzConnection?[] _slots = new FuzzConnection?[Slots];
    private readonly RecoveredState _shadow = new();
    private readonly WorldRules _rules;
    private Zxid _logged;
    private long _lastLink;
    private bool _holdsLog;
    private long _now = 1_000_000;

    public FuzzWorld()
    {
        Replica = new Replica(
            new ReplicaOptions
            {
                TickMilliseconds = 1000,
                SessionIdSeedMilliseconds = 1,
                MaxEphemeralBytes = 400,
                Watches = new WatchLimits(PerWatcher: 20, Total: 60),
                ContainerCheckIntervalMilliseconds = 5000,
            },
            new RecoveredState());
        _rules = new WorldRules(this);
        Turn(static () => { });
        Furnish();
    }

    public Replica Replica { get; }

    /// <summary>What a start from the log alone would give.</summary>
    public RecoveredState Shadow => _shadow;

    /// <summary>Sessions that were ever opened, with their passwords.</summary>
    public List<(long Id, byte[] Password)> Sessions { get; } = [];

    public IEnumerable<FuzzConnection> Open => _slots.OfType<FuzzConnection>();

    /// <summary>Defect of the harness, for its own tests: every so many frames one reply is lost.</summary>
    public int LosesReplies { get; init; }

    /// <summary>Defect of the harness, for its own tests: every so many entries one is not logged.</summary>
    public int LosesEntries { get; init; }

    private int _frames;
    private int _entries;

    public bool IsOpen(int slot) => _slots[slot] is not null;

    /// <summary>Lets something happen.</summary>
    /// <exception cref="FuzzFailure">A rule is broken.</exception>
    public void Do(FuzzAction action)
    {
        try
        {
            Carry(action);
        }
        catch (Exception e) when (e is not FuzzFailure)
        {
            throw new FuzzFailure("nothing that arrives makes the replica throw", $"{e}");
        }
    }

    /// <summary>Brings everything to rest and looks at it.</summary>
    /// <exception cref="FuzzFailure">A rule is broken.</exception>
    public void Check()
    {
        try
        {
            Persist();
            _rules.Check();
        }
        catch (Exception e) when (e is not FuzzFailure)
        {
            throw new FuzzFailure("a check does not throw", $"{e}");
        }
    }

    private void Carry(FuzzAction action)
    {
        switch (action.Kind)
        {
            case FuzzActionKind.Accept:
                Disconnect(action.Slot);
                Accept(action.Slot, isAdministrator: false);
                break;
            case FuzzActionKind.Send:
                Send(action.Slot, action.Bytes!);
                break;
            case FuzzActionKind.Disconnect:
                Disconnect(action.Slot);
                break;
            case FuzzActionKind.Persist:
                Persist();
                break;
            case FuzzActionKind.HoldLog:
                _holdsLog = action.Number != 0;
                break;
            case FuzzActionKind.Advance:
                _now += action.Number;
                Turn(Replica.Tick);
                break;
            case FuzzActionKind.Reserve:
                Replica.SetDiskReserve(action.Number != 0);
                break;
        }
    }

    private void Accept(int slot, bool isAdministrator)
    {
        var link = new ClientLink(++_lastLink, new IPEndPoint(IPAddress.Loopback, 1)) { Owner = slot };
        _slots[slot] = new FuzzConnection(link, Canary) { IsAdministrator = isAdministrator };
        Turn(() => Replica.Accept(link));
    }

    private void Send(int slot, byte[] frame)
    {
        if (_slots[slot] is not { } connection)
            return;

        // A host hands nothing over before the handshake is answered.
        ClientLink link = connection.Link;
        if (link.AwaitsSession)
            Persist();
        if (_slots[slot] != connection)
            return;

        bool isServed = link.Stage == LinkStage.Serving && !link.Session!.IsClosing && frame.Length >= RequestHeader.Size;
        if (isServed)
            connection.Asked(frame);
        Turn(() => Replica.Receive(link, frame));
    }

    private void Disconnect(int slot)
    {
        if (_slots[slot] is not { } connection)
            return;

        _slots[slot] = null;
        Turn(() => Replica.Disconnected(connection.Link));
    }

    private void Turn(Action input)
    {
        Replica.BeginTurn(new ReplicaTime(_now, _now + 1_700_000_000_000));
        input();
        CarryOut();
        if (!_holdsLog)
            Persist();
    }

    private void Persist()
    {
        // Applying may propose nothing, but leave it to the replica: what it logs now is confirmed at once.
        for (bool again = true; again;)
        {
            Zxid until = _logged;
            Replica.BeginTurn(new ReplicaTime(_now, _now + 1_700_000_000_000));
            Replica.LogPersisted(until);
            CarryOut();
            again = _logged != until;
        }
    }

    private void CarryOut()
    {
        ReplicaOutbox outbox = Replica.Outbox;
        foreach (LogEntrySpan span in outbox.Log.Entries)
        {
            if (span.Zxid <= _logged)
                throw new FuzzFailure("entries of the log have growing zxids", $"{span.Zxid} after {_logged}");
            _logged = span.Zxid;
            if (LosesEntries == 0 || ++_entries % LosesEntries != 0)
                _shadow.Replay(outbox.Log.Bytes.WrittenSpan.Slice(span.Offset, span.Length));
        }

        List<ClientLink> closed = [];
        foreach (ClientLink link in outbox.Dirty)
            Read(link, closed);
        outbox.Clear();
        foreach (ClientLink link in closed)
            Replica.Disconnected(link);
    }

    private void Read(ClientLink link, List<ClientLink> closed)
    {
        int slot = (int)link.Owner!;
        if (_slots[slot] is { } connection && ReferenceEquals(connection.Link, link))
        {
            if (LosesReplies > 0 && connection.Unanswered > 0 && ++_frames % LosesReplies == 0)
                link.Output.Clear();
            bool wasConnected = connection.Session.SessionId != 0;
            connection.ReadOutput();
            if (!wasConnected && connection.Session is { SessionId: not 0, Password: { } password })
                Sessions.Add((connection.Session.SessionId, password));
            if (link.Close != CloseReason.None)
                _slots[slot] = null;
        }

        if (link.Close != CloseReason.None)
            closed.Add(link);
    }

    /// <summary>What strangers must find untouched: a znode they may not read and one they may not change, each with a child, so
    /// that they cannot be replaced.</summary>
    private void Furnish()
    {
        Accept(0, isAdministrator: true);
        Send(0, FuzzFrames.Record(new ConnectRequest(0, 0, 20_000, 0, new byte[16], false)));
        Send(0, FuzzFrames.Request(-4, OpCode.Auth, new AuthPacket(0, "digest", Password)));
        Acl[] closed = [new(Permissions.All, "digest", DigestIdentity.Create(Password))];
        Send(0, FuzzFrames.Request(1, OpCode.Create, new CreateRequest("/secret", Canary, closed, CreateMode.Persistent)));
        Send(0, FuzzFrames.Request(2, OpCode.Create, new CreateRequest("/secret/inner", Canary, closed, CreateMode.Persistent)));
        Acl[] readable = [new(Permissions.Read, "world", "anyone"), .. closed];
        Send(0, FuzzFrames.Request(3, OpCode.Create, new CreateRequest("/vault", [1], readable, CreateMode.Persistent)));
        Send(0, FuzzFrames.Request(4, OpCode.Create, new CreateRequest("/vault/inner", [1], readable, CreateMode.Persistent)));
    }
}
