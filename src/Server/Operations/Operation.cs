using Coordination.Protocol;
using Coordination.Server.Sessions;
using Coordination.Server.Tree;
using Coordination.Server.Watches;

namespace Coordination.Server.Operations;

/// <summary>How a request from a client is met.</summary>
internal enum Standing
{
    /// <summary>It is served.</summary>
    Served,

    /// <summary>The protocol knows it, this server does not do it: refused, and the connection stays.</summary>
    Refused,

    /// <summary>No request of this kind exists: refused, and the connection is closed.</summary>
    Unknown,
}

/// <summary>What committed transactions change and reads look at.</summary>
internal sealed class CommittedState(DataTree tree, SessionTable sessions, QuotaTable quotas, WatchTable? watches)
{
    public DataTree Tree { get; } = tree;

    public SessionTable Sessions { get; } = sessions;

    /// <summary>Kept up by whoever creates, deletes or sets.</summary>
    public QuotaTable Quotas { get; } = quotas;

    /// <summary>Null while a log is replayed: nobody watches yet.</summary>
    public WatchTable? Watches { get; } = watches;

    /// <summary>The results inside the multi that was applied last.</summary>
    public List<MultiResult> MultiResults { get; } = [];
}

/// <summary>What applying a transaction gives the reply.</summary>
/// <param name="Error">The outcome.</param>
/// <param name="Path">The path, for creates.</param>
/// <param name="Stat">The stat right after the change.</param>
internal readonly record struct OperationResult(ErrorCode Error, string? Path = null, ZnodeStat Stat = default);

/// <summary>One operation of the protocol.</summary>
/// <param name="code">Its code, and the type of its transactions.</param>
/// <param name="standing">How a client's request is met.</param>
internal abstract class Operation(OpCode code, Standing standing = Standing.Served)
{
    /// <summary>Its code, and the type of its transactions.</summary>
    public OpCode Code { get; } = code;

    /// <summary>How a client's request is met.</summary>
    public Standing Standing { get; } = standing;
}

/// <summary>An operation that changes state: judged once, then applied on every replica.</summary>
internal abstract class WriteOperation(OpCode code, Standing standing = Standing.Served) : Operation(code, standing)
{
    /// <summary>Whether a request that cannot be decoded takes a zxid all the same.</summary>
    public virtual bool ConsumesZxidWhenMalformed => false;

    /// <summary>Judges a request against the tree as it will be, plans its changes there, and says what is to be logged.</summary>
    /// <param name="request">The request's record.</param>
    /// <param name="pending">The tree as it will be.</param>
    /// <param name="caller">Who asks.</param>
    /// <returns>The change, or an <see cref="ErrorTransaction"/>.</returns>
    /// <exception cref="JuteFormatException">The record cannot be decoded; nothing was planned.</exception>
    public abstract TransactionRecord Prepare(ref JuteReader request, PendingChanges pending, ICaller caller);

    /// <summary>Applies a committed transaction and sends the events of its watches. Must tolerate repetition.</summary>
    public abstract OperationResult Apply(in TransactionHeader header, TransactionRecord record, CommittedState state);

    /// <summary>Writes the body of the reply to a success.</summary>
    public virtual void WriteReply(in OperationResult result, CommittedState state, ref JuteWriter reply)
    {
    }
}

/// <summary>An operation that is answered from committed state on the spot.</summary>
internal abstract class ReadOperation(OpCode code) : Operation(code)
{
    /// <summary>Whether answering may send events to the caller, which must stand before the reply.</summary>
    public virtual bool SendsEvents => false;

    /// <summary>Whether answering a request changes nothing at all, neither state nor watches, so that it may be answered beside others.</summary>
    /// <param name="request">The request's record.</param>
    /// <exception cref="JuteFormatException">The record cannot be decoded.</exception>
    public virtual bool ChangesNothing(ref JuteReader request) => false;

    /// <summary>For requests that consist of a path and the wish for a watch.</summary>
    protected static bool WantsNoWatch(ref JuteReader request)
    {
        request.ReadBufferSpan(out _);
        return !request.ReadBoolean();
    }

    /// <summary>Answers.</summary>
    /// <param name="request">The request's record.</param>
    /// <param name="state">Committed state.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="reply">Takes the body of the reply; what was written is dropped if the answer is an error.</param>
    /// <exception cref="JuteFormatException">The record cannot be decoded; nothing was changed.</exception>
    public abstract ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply);
}
