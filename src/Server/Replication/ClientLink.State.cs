using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Sessions;
using Coordination.Server.Watches;

namespace Coordination.Server.Replication;

/// <summary>How far a connection has come.</summary>
internal enum LinkStage
{
    /// <summary>Its first frame has not arrived.</summary>
    Connecting,

    /// <summary>Its new session is on its way to the disk.</summary>
    AwaitingSession,

    /// <summary>Requests are served.</summary>
    Serving,

    /// <summary>It is to be closed, or is gone: nothing of it is taken or answered any more.</summary>
    Closed,
}

/// <summary>What the replica keeps about a connection.</summary>
internal sealed partial class ClientLink : Watcher, ICaller
{
    private Identities? _identities;
    private AuthId[]? _authIds;
    private long _maxOutputBytes;
    private SaslExchange? _sasl;

    /// <summary>How far it has come.</summary>
    internal LinkStage Stage { get; set; }

    /// <summary>The session, once the handshake is done.</summary>
    internal Session? Session { get; set; }

    /// <summary>The handshake that waits until clients are served.</summary>
    internal ConnectRequest? HeldHandshake { get; set; }

    /// <summary>Requests that are not answered yet.</summary>
    internal SessionQueue Queue { get; } = new();

    /// <summary>Whether answers to it are left for turns to come.</summary>
    internal bool IsBehind { get; set; }

    /// <summary>Reads that wait behind writes of their session.</summary>
    public int WaitingReads => Queue.Waiting;

    /// <summary>Their bytes.</summary>
    public int WaitingBytes => Queue.WaitingBytes;

    /// <summary>Whether the client's handshake had the byte that asks for a read-only server; the answer has it then too.</summary>
    internal bool KnowsReadOnly { get; set; }

    /// <summary>The replica it belongs to.</summary>
    internal Replica? Replica { get; private set; }

    /// <summary>Requests answered beside others that the replica has not counted yet.</summary>
    internal BesideFigures Beside;

    /// <summary>Figures for the words <c>stat</c> and <c>cons</c>.</summary>
    public LinkStatistics Statistics { get; } = new();

    /// <summary>The session; 0 before the handshake is done.</summary>
    public long SessionId => Session?.Id ?? 0;

    /// <summary>The negotiated timeout; 0 before the handshake is done.</summary>
    public int SessionTimeoutMilliseconds => Session?.NegotiatedMilliseconds ?? 0;

    /// <inheritdoc/>
    public Identities Identities => _identities!;

    /// <summary>Its exchange of proofs; null: the server has no users of SASL.</summary>
    internal SaslExchange? Sasl => _sasl ??= Identities.Rules.Sasl?.Begin(Id);

    Watcher ICaller.Watcher => this;

    long ICaller.ReplyRoom => _maxOutputBytes - Output.Length;

    /// <summary>Its identities for a leader; they are only ever added to.</summary>
    internal AuthId[] AuthIds => _authIds is { } known && known.Length == Identities.Count ? known : _authIds = Identities.ToAuthIds();

    /// <inheritdoc/>
    public override bool MayRead(Acl[] acl) => AccessControl.Allows(acl, Permissions.Read, Identities);

    /// <summary>The link becomes one of a replica's.</summary>
    internal void Enter(Replica replica, ReplicaOptions options, string? certificateSubject)
    {
        Replica = replica;
        _maxOutputBytes = options.MaxOutputBytes;
        _identities = new Identities(options.Access, RemoteAddress.Address, certificateSubject);
    }

    /// <inheritdoc/>
    public override void Notify(WatchEventType type, string path, long zxid)
    {
        int mark = Output.BeginFrame();
        var writer = new JuteWriter(Output);
        new ReplyHeader(WellKnownXid.Notification, zxid, ErrorCode.Ok).Write(ref writer);
        new WatcherEvent(type, EventState.SyncConnected, path).Write(ref writer);
        writer.Flush();
        Output.EndFrame(mark);
        int size = Output.Length - mark - sizeof(int);
        Replica!.Statistics.WatchBytes += size;
        Replica.Statistics.AddFrame(size);
        Replica.FrameSent(this);
    }
}
