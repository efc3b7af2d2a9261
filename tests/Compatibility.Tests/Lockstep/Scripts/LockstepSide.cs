using System.Net;
using Coordination.Protocol;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>One server's side of the scripts: its connections and sessions, one for each client of a script and one for the walk.</summary>
internal sealed class LockstepSide(EndPoint server) : IDisposable
{
    /// <summary>The session that looks at the tree; it outlives scripts.</summary>
    public const int Walker = Script.Sessions;

    private const int Timeout = 30_000;
    private const int UnknownXid = 1_000_000;
    private static readonly ScriptRequest Ping = new(OpCode.Ping);

    private readonly Slot[] _slots = [.. Enumerable.Range(0, Script.Sessions + 1).Select(static _ => new Slot())];
    private LockstepLink? _passing;

    /// <summary>The znode of the script.</summary>
    public string Root { get; set; } = "";

    /// <summary>Whether a client has a session, connected or not.</summary>
    public bool HasSession(int client) => _slots[client].SessionId != 0;

    /// <summary>Whether a client is connected.</summary>
    public bool IsConnected(int client) => _slots[client].Link is not null;

    /// <summary>Sends what a step sends.</summary>
    public void Begin(ScriptStep step, Func<int, long> zxidOfAge)
    {
        Slot slot = _slots[step.Session];
        if (step is Handshake handshake)
        {
            BeginHandshake(slot, handshake.Kind);
            return;
        }

        foreach (ScriptRequest request in ((Pipeline)step).Requests)
            slot.Output.AddRange(request.Frame(++slot.LastXid, Root, zxidOfAge));
        slot.Link!.Send([.. slot.Output]);
        slot.Output.Clear();
    }

    /// <summary>Reads what a step brings.</summary>
    public List<Observation> Finish(ScriptStep step)
    {
        Slot slot = _slots[step.Session];
        List<Observation> seen = [];
        try
        {
            if (step is Handshake handshake)
                FinishHandshake(slot, handshake.Kind, seen);
            else
                FinishPipeline(slot, (Pipeline)step, seen);
        }
        catch (TimeoutException)
        {
            seen.Add(Observation.Silence);
        }

        return seen;
    }

    /// <summary>Ends what a script left behind, asking nobody.</summary>
    public void Abandon()
    {
        _passing?.Dispose();
        foreach (Slot slot in _slots.Where(static slot => slot.Link is not null || slot.SessionId != 0))
        {
            slot.Drop();
            try
            {
                using var link = new LockstepLink(server);
                byte[] farewell = new ScriptRequest(OpCode.CloseSession).Frame(1, "", static _ => 0);
                link.Send([.. Greeting(slot.SessionId, slot.Password, slot.LastZxid), .. farewell]);
                while (link.ReadFrame() is not null)
                {
                }
            }
            catch (Exception e) when (e is TimeoutException or System.Net.Sockets.SocketException)
            {
                // The server is gone; there is nothing to tidy.
            }

            slot.SessionId = 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _passing?.Dispose();
        foreach (Slot slot in _slots)
            slot.Link?.Dispose();
    }

    private void BeginHandshake(Slot slot, HandshakeKind kind)
    {
        _passing = new LockstepLink(server);
        byte[] greeting = kind switch
        {
            HandshakeKind.WrongPassword => Greeting(slot.SessionId, new byte[16], 0),
            HandshakeKind.UnknownSession => Greeting(0x77, new byte[16], 0),
            HandshakeKind.FromTheFuture => Greeting(slot.SessionId, slot.Password, long.MaxValue),
            HandshakeKind.ShortTimeout => Greeting(0, new byte[16], 0, -5),
            HandshakeKind.LongTimeout => Greeting(0, null, 0, int.MaxValue, knowsReadOnly: false),
            HandshakeKind.CutShort => LockstepRequest.Bytes([LockstepRequest.Bytes(0, 0L, Timeout)]),
            HandshakeKind.ReturnOfOldClient => Greeting(slot.SessionId, slot.Password, slot.LastZxid, knowsReadOnly: false),
            _ => Greeting(slot.SessionId, slot.Password, slot.LastZxid),
        };
        if (kind is HandshakeKind.Return or HandshakeKind.ReturnOfOldClient)
            slot.Drop();
        _passing.Send(greeting);
    }

    private void FinishHandshake(Slot slot, HandshakeKind kind, List<Observation> seen)
    {
        byte[]? frame = _passing!.ReadFrame();
        seen.Add(frame is null ? Observation.End : new Observation(ObservationKind.Handshake, null, frame));
        bool adopts = kind is HandshakeKind.Return or HandshakeKind.ReturnOfOldClient or HandshakeKind.Takeover;
        if (kind is HandshakeKind.Takeover or HandshakeKind.WrongPassword && slot.Link is not null)
            ReadToEnd(slot.Link, seen);
        if (kind is HandshakeKind.Takeover or HandshakeKind.WrongPassword)
            slot.Drop();

        if (adopts && frame is not null)
        {
            slot.Adopt(_passing, frame);
            _passing = null;
            return;
        }

        if (frame is not null && kind is HandshakeKind.ShortTimeout or HandshakeKind.LongTimeout)
            _passing.Send(new ScriptRequest(OpCode.CloseSession).Frame(1, "", static _ => 0));
        ReadToEnd(_passing, seen, new ScriptRequest(OpCode.CloseSession));
        _passing.Dispose();
        _passing = null;
    }

    private static void ReadToEnd(LockstepLink link, List<Observation> seen, ScriptRequest? asked = null)
    {
        while (link.ReadFrame() is { } frame)
            seen.Add(ObservationOf(frame, asked ?? Ping));
        seen.Add(Observation.End);
    }

    private static void FinishPipeline(Slot slot, Pipeline pipeline, List<Observation> seen)
    {
        int answered = 0;
        while (answered < pipeline.Requests.Count)
        {
            if (!ReadOne(slot, pipeline.Requests[answered], seen))
                return;
            if (seen[^1].Kind == ObservationKind.Reply)
                answered++;
        }

        ScriptRequest last = pipeline.Requests[^1];
        if (last.Operation == OpCode.CloseSession && Answer.ErrorOf(seen[^1]) == ErrorCode.Ok)
            slot.SessionId = 0;
        if (!last.MayEndConnection)
            return;

        // Where the end is certain it is waited for: a ping that races it may still be answered.
        if (EndsConnection(last, seen[^1]))
        {
            while (ReadOne(slot, Ping, seen))
            {
            }

            return;
        }

        slot.Link!.Send(Ping.Frame(UnknownXid, "", static _ => 0));
        while (ReadOne(slot, Ping, seen) && seen[^1].Kind != ObservationKind.Reply)
        {
        }
    }

    private static bool EndsConnection(ScriptRequest request, Observation reply) => request.Operation == OpCode.CloseSession
        || Answer.ErrorOf(reply) == ErrorCode.AuthFailed
        || (Answer.ErrorOf(reply) == ErrorCode.Unimplemented && new JuteReader(reply.Frame).Read<ReplyHeader>().Zxid == -1);

    /// <returns>False at the end of the connection.</returns>
    private static bool ReadOne(Slot slot, ScriptRequest asked, List<Observation> seen)
    {
        if (slot.Link!.ReadFrame() is not { } frame)
        {
            seen.Add(Observation.End);
            slot.Drop();
            return false;
        }

        seen.Add(ObservationOf(frame, asked));
        if (seen[^1].Kind == ObservationKind.Reply && frame.Length >= ReplyHeader.Size)
            slot.LastZxid = Math.Max(slot.LastZxid, new JuteReader(frame).Read<ReplyHeader>().Zxid);
        return true;
    }

    private static Observation ObservationOf(byte[] frame, ScriptRequest asked) =>
        new JuteReader(frame).ReadInt32() == WellKnownXid.Notification
            ? new Observation(ObservationKind.Event, null, frame)
            : new Observation(ObservationKind.Reply, asked, frame);

    private static byte[] Greeting(long session, byte[]? password, long lastZxid, int timeout = Timeout, bool knowsReadOnly = true)
    {
        byte[] record = LockstepRequest.Bytes(0, lastZxid, timeout, session, session == 0 ? null : password);
        return LockstepRequest.Bytes([knowsReadOnly ? [.. record, 0] : record]);
    }

    private sealed class Slot
    {
        public LockstepLink? Link { get; private set; }

        public long SessionId { get; set; }

        public byte[]? Password { get; private set; }

        public long LastZxid { get; set; }

        public int LastXid { get; set; }

        public List<byte> Output { get; } = [];

        public void Adopt(LockstepLink link, byte[] handshake)
        {
            ConnectResponse response = new JuteReader(handshake).Read<ConnectResponse>();
            Link = link;
            SessionId = response.SessionId;
            Password = response.Password;
        }

        public void Drop()
        {
            Link?.Dispose();
            Link = null;
        }
    }
}
