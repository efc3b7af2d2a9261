using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>What becomes of a request whose answer did not come before the connection broke.</summary>
internal enum BreakRule
{
    /// <summary>It may be sent again: a read, or a write that demands a version.</summary>
    Resend,

    /// <summary>Whether it happened is unknown; the caller is told at once.</summary>
    OutcomeUnknown,
}

/// <summary>Why a request failed without an answer.</summary>
internal enum RequestFailure
{
    /// <summary>No connection before the operation's timeout.</summary>
    Unavailable,

    /// <summary>It was sent and the connection broke.</summary>
    OutcomeUnknown,

    /// <summary>The client is closed.</summary>
    Closed,

    /// <summary>The server refused the client's credentials.</summary>
    AuthenticationFailed,
}

/// <summary>A request between the call and its answer.</summary>
/// <param name="type">The operation.</param>
/// <param name="breakRule">What becomes of it when the connection breaks.</param>
internal abstract class PendingRequest(OpCode type, BreakRule breakRule)
{
    /// <summary>The operation.</summary>
    public OpCode Type { get; } = type;

    /// <summary>What becomes of it when the connection breaks.</summary>
    public BreakRule BreakRule { get; } = breakRule;

    /// <summary>The number under which it was sent.</summary>
    public int Xid { get; set; }

    /// <summary>When to fail if it could not be sent.</summary>
    public TimeSpan GiveUpAt { get; set; }

    /// <summary>When it was sent last; earlier than the bytes left, never later.</summary>
    public TimeSpan SentAt { get; set; }

    /// <summary>The session under which it was sent last.</summary>
    public long SessionId { get; set; }

    /// <summary>How often it was sent. Above one, an earlier attempt may have happened.</summary>
    public int TimesSent { get; set; }

    /// <summary>Whether only a quorum can answer.</summary>
    public bool NeedsQuorum => Type is OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl or OpCode.Delete
        or OpCode.SetData or OpCode.SetAcl or OpCode.Multi or OpCode.Reconfig or OpCode.CloseSession;

    /// <summary>Whether nobody waits for the answer any more.</summary>
    public virtual bool IsAbandoned => false;

    /// <summary>Called on the session's thread just before the body is written: the last moment to decide about a watch.</summary>
    /// <param name="watches">The watches of the connection.</param>
    public virtual void BeforeSend(WatchRegistry watches)
    {
    }

    /// <summary>Writes the body behind the header.</summary>
    /// <param name="writer">Appended to.</param>
    public abstract void WriteBody(ref JuteWriter writer);

    /// <summary>Takes the answer.</summary>
    /// <param name="header">The reply's header.</param>
    /// <param name="reader">Positioned at the body; empty if there is none.</param>
    /// <param name="watches">The watches of the connection, to note one that was left.</param>
    /// <exception cref="JuteFormatException">The body is garbage: the connection breaks.</exception>
    public abstract void Complete(in ReplyHeader header, ref JuteReader reader, WatchRegistry watches);

    /// <summary>Takes the end without an answer.</summary>
    /// <param name="failure">Why.</param>
    /// <param name="detail">A sentence.</param>
    public abstract void Fail(RequestFailure failure, string detail);
}
