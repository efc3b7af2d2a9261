using Coordination.Protocol;

namespace Coordination.Server.Replication;

/// <summary>
/// The whole server as a deterministic machine: it takes one input at a time and fills its outbox. No clock, thread, task, lock, file or
/// socket. A turn is <see cref="BeginTurn"/>, any number of inputs, then Hosting carries out the <see cref="Outbox"/>.
/// </summary>
internal sealed partial class Replica
{
    /// <summary>What the present turn wants done.</summary>
    public ReplicaOutbox Outbox { get; } = new();

    /// <summary>The last transaction applied to the tree.</summary>
    public Zxid LastProcessed => throw new NotSupportedException("Not built yet.");

    /// <summary>Sets the time for the inputs that follow.</summary>
    public void BeginTurn(ReplicaTime now) => throw new NotSupportedException("Not built yet.");

    /// <summary>Input: a connection was accepted.</summary>
    public void Accept(ClientLink link) => throw new NotSupportedException("Not built yet.");

    /// <summary>Input: one frame (without its length word) arrived. The first one of a link is the handshake.</summary>
    public void Receive(ClientLink link, ReadOnlySpan<byte> frame) => throw new NotSupportedException("Not built yet.");

    /// <summary>Input: the connection is gone. Its watches go; its session stays until it expires.</summary>
    public void Disconnected(ClientLink link) => throw new NotSupportedException("Not built yet.");

    /// <summary>Input: every log entry up to <paramref name="zxid"/> is on disk and synced. Applies, fires watches, replies, in zxid order.</summary>
    public void LogPersisted(Zxid zxid) => throw new NotSupportedException("Not built yet.");

    /// <summary>Input: time has passed; expires sessions and reaps containers.</summary>
    public void Tick() => throw new NotSupportedException("Not built yet.");

    /// <summary>When <see cref="Tick"/> has something to do next, in monotonic milliseconds.</summary>
    public long NextTickAt => throw new NotSupportedException("Not built yet.");

    /// <summary>Input: somebody wants this session ended (tests, administration).</summary>
    public bool ExpireSession(long sessionId) => throw new NotSupportedException("Not built yet.");
}
