using Coordination.Protocol;

namespace Coordination.Server.Operations;

/// <summary>A session begins. Only a handshake asks for one; as a request of a client it does not exist.</summary>
internal sealed class CreateSessionOperation() : WriteOperation(OpCode.CreateSession, Standing.Unknown)
{
    /// <inheritdoc/>
    public override TransactionRecord Prepare(ref JuteReader request, PendingChanges pending, ICaller caller) =>
        new CreateSessionTransaction(request.ReadInt32());

    /// <inheritdoc/>
    public override OperationResult Apply(in TransactionHeader header, TransactionRecord record, CommittedState state)
    {
        state.Sessions.Open(header.SessionId, ((CreateSessionTransaction)record).TimeoutMilliseconds);
        return new OperationResult(ErrorCode.Ok);
    }
}

/// <summary>A session ends: by its client, by its timeout, or by somebody's order. Its ephemerals go under the same zxid.</summary>
internal sealed class CloseSessionOperation() : WriteOperation(OpCode.CloseSession)
{
    /// <summary>Bytes of paths in one transaction, at most.</summary>
    private const int MaxPaths = 8 << 20;

    /// <inheritdoc/>
    public override TransactionRecord Prepare(ref JuteReader request, PendingChanges pending, ICaller caller) =>
        Prepare(caller.SessionId, pending);

    /// <summary>Plans the end of a session.</summary>
    public static TransactionRecord Prepare(long session, PendingChanges pending)
    {
        string[] paths = pending.EphemeralsOf(session);
        foreach (string path in paths)
            pending.Delete(path);
        return new CloseSessionTransaction(paths[..CountThatFits(paths)]);
    }

    /// <summary>
    /// The list is for readers of the log only: whatever it leaves out goes with its session when the transaction is applied. An entry
    /// too large to be read back would end the server for good, because every restart would expire the session again.
    /// </summary>
    private static int CountThatFits(string[] paths)
    {
        long size = 0;
        for (int i = 0; i < paths.Length; i++)
        {
            size += sizeof(int) + (3L * paths[i].Length);
            if (size > MaxPaths)
                return i;
        }

        return paths.Length;
    }

    /// <inheritdoc/>
    public override OperationResult Apply(in TransactionHeader header, TransactionRecord record, CommittedState state)
    {
        state.Sessions.Close(header.SessionId);
        foreach (string path in ((CloseSessionTransaction)record).Paths ?? [])
            DeleteOperation.Remove(path, header.Zxid, state);

        // Logs of old servers list no paths; and what such a list misses must not stay behind either.
        while (state.Tree.Indexes.EphemeralsOf(header.SessionId).First is { } place)
            DeleteOperation.Remove(place.Path, header.Zxid, state);
        return new OperationResult(ErrorCode.Ok);
    }
}

/// <summary>A request that failed: it took a zxid and changes nothing.</summary>
internal sealed class ErrorOperation() : WriteOperation(OpCode.Error, Standing.Unknown)
{
    /// <inheritdoc/>
    public override TransactionRecord Prepare(ref JuteReader request, PendingChanges pending, ICaller caller) =>
        new ErrorTransaction((ErrorCode)request.ReadInt32());

    /// <inheritdoc/>
    public override OperationResult Apply(in TransactionHeader header, TransactionRecord record, CommittedState state) =>
        new(((ErrorTransaction)record).Code);
}
