using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Several writes and checks under one zxid, all or nothing; each is judged against what those before it will have changed.</summary>
internal sealed class MultiWriteOperation() : WriteOperation(OpCode.Multi)
{
    /// <summary>
    /// Bytes of access lists in one transaction. The scheme <c>auth</c> grows in the server, so the size of the request is no bound, and
    /// a transaction larger than a log entry could never be read back.
    /// </summary>
    private const int MaxAccessLists = 16 << 20;

    /// <inheritdoc/>
    public override bool ConsumesZxidWhenMalformed => true;

    /// <inheritdoc/>
    public override TransactionRecord Prepare(ref JuteReader request, PendingChanges pending, ICaller caller)
    {
        IReadOnlyList<MultiOperation> operations = Decode(ref request);
        var records = new TransactionRecord[operations.Count];
        bool failed = false;
        long accessLists = 0;
        pending.BeginMulti();
        for (int i = 0; i < records.Length; i++)
        {
            records[i] = failed ? new ErrorTransaction(ErrorCode.RuntimeInconsistency) : PrepareOne(operations[i], pending, caller);
            if (records[i] is CreateTransaction create && (accessLists += AccessControl.SizeOf(create.Acl)) > MaxAccessLists)
                records[i] = new ErrorTransaction(ErrorCode.InvalidAcl);
            if (!failed && records[i] is ErrorTransaction)
            {
                failed = true;
                pending.RollBackMulti();
            }
        }

        if (!failed)
            pending.KeepMulti();
        return new MultiTransaction(records);
    }

    /// <inheritdoc/>
    public override OperationResult Apply(in TransactionHeader header, TransactionRecord record, CommittedState state)
    {
        var multi = (MultiTransaction)record;
        state.MultiResults.Clear();
        bool failureSeen = false;
        foreach (TransactionRecord part in multi.Records)
        {
            if (multi.Failed)
            {
                state.MultiResults.Add(FailedResult(part, ref failureSeen));
                continue;
            }

            OperationResult result = OperationTable.ForTransaction(part.Type).Apply(header, part, state);
            OpCode type = part.Type is OpCode.CreateContainer or OpCode.CreateTtl ? OpCode.Create2 : part.Type;
            state.MultiResults.Add(new MultiResult(type, ErrorCode.Ok, result.Path, result.Stat));
        }

        return new OperationResult(ErrorCode.Ok);
    }

    /// <inheritdoc/>
    public override void WriteReply(in OperationResult result, CommittedState state, ref JuteWriter reply) =>
        new MultiResponse(state.MultiResults).Write(ref reply);

    private static IReadOnlyList<MultiOperation> Decode(ref JuteReader request)
    {
        IReadOnlyList<MultiOperation> operations = request.Read<MultiRequest>().Operations;
        for (int i = 0; i < operations.Count; i++)
        {
            if (!IsPossible(operations[i]))
                throw new JuteFormatException(JuteError.InvalidValue, 0, $"Operation {i} cannot be part of a multi.");
        }

        return operations;
    }

    /// <summary>What Apache finds out while it decodes fails the request as a whole, and not the one operation.</summary>
    private static bool IsPossible(in MultiOperation operation) => operation.Type switch
    {
        OpCode.Create or OpCode.Create2 or OpCode.CreateContainer => CreateOperation.IsKnown(operation.Mode)
            && !CreateOperation.HasTimeToLive(operation.Mode)
            && operation.Acl is not null,
        _ => !MultiRequest.IsRead(operation.Type),
    };

    private static TransactionRecord PrepareOne(in MultiOperation operation, PendingChanges pending, ICaller caller) => operation.Type switch
    {
        OpCode.Delete => DeleteOperation.Prepare(operation.Path, operation.Version, pending, caller),
        OpCode.SetData => SetDataOperation.Prepare(operation.Path, operation.Data, operation.Version, pending, caller),
        OpCode.Check => CheckOperation.Prepare(operation.Path, operation.Version, pending, caller),
        _ => CreateOperation.Prepare(EffectiveType(operation), operation, pending, caller),
    };

    /// <summary>Inside a multi the flags decide what is created, not the type; a time that the flags have no use for is dropped.</summary>
    private static OpCode EffectiveType(in MultiOperation create) => create.Mode switch
    {
        CreateMode.PersistentWithTtl or CreateMode.PersistentSequentialWithTtl => OpCode.CreateTtl,
        CreateMode.Container => OpCode.CreateContainer,
        _ when create.Type == OpCode.CreateTtl => OpCode.Create,
        _ => create.Type,
    };

    private static MultiResult FailedResult(TransactionRecord part, ref bool failureSeen)
    {
        ErrorCode code = part is ErrorTransaction error ? error.Code : ErrorCode.Ok;
        if (failureSeen)
            code = ErrorCode.RuntimeInconsistency;
        failureSeen |= code != ErrorCode.Ok;
        return new MultiResult(OpCode.Error, code);
    }
}

/// <summary>Demands a version. Only a multi may hold it: alone it is no request.</summary>
internal sealed class CheckOperation() : WriteOperation(OpCode.Check, Standing.Unknown)
{
    /// <inheritdoc/>
    public override TransactionRecord Prepare(ref JuteReader request, PendingChanges pending, ICaller caller)
    {
        CheckVersionRequest check = request.Read<CheckVersionRequest>();
        return Prepare(check.Path, check.Version, pending, caller);
    }

    /// <summary>Judges a check.</summary>
    public static TransactionRecord Prepare(string path, int version, PendingChanges pending, ICaller caller)
    {
        if (ZnodePath.Violation(path) is not null)
            return new ErrorTransaction(ErrorCode.BadArguments);

        ZnodeView znode = pending.Find(path);
        if (!znode.Exists)
            return new ErrorTransaction(ErrorCode.NoNode);
        if (!AccessControl.Allows(znode.Acl, Permissions.Read, caller.Identities))
            return new ErrorTransaction(ErrorCode.NoAuth);

        int current = znode.Stat.Version;
        return version != -1 && version != current
            ? new ErrorTransaction(ErrorCode.BadVersion)
            : new CheckTransaction(path, unchecked(current + 1));
    }

    /// <inheritdoc/>
    public override OperationResult Apply(in TransactionHeader header, TransactionRecord record, CommittedState state) => new(ErrorCode.Ok);
}

/// <summary>Several reads of one state; each succeeds or fails for itself, and none leaves a watch.</summary>
internal sealed class MultiReadOperation() : ReadOperation(OpCode.MultiRead)
{
    /// <summary>Bytes of data and names in one answer: a small request may name a large znode many thousand times.</summary>
    private const int MaxReply = 64 << 20;

    /// <inheritdoc/>
    public override ErrorCode Answer(ref JuteReader request, CommittedState state, ICaller caller, ref JuteWriter reply)
    {
        IReadOnlyList<MultiOperation> operations = request.Read<MultiRequest>().Operations;
        if (operations.Count > 0 && !MultiRequest.IsRead(operations[0].Type))
            return ErrorCode.MarshallingError;

        long room = Math.Min(MaxReply, caller.ReplyRoom);
        for (int i = 0; i < operations.Count; i++)
        {
            room -= AnswerOne(operations[i], state, caller, room, ref reply);
            if (room < 0)
                return ErrorCode.BadArguments;
        }

        MultiHeader.End.Write(ref reply);
        return ErrorCode.Ok;
    }

    /// <returns>About how many bytes were written, or more than there is room for.</returns>
    private static long AnswerOne(in MultiOperation operation, CommittedState state, ICaller caller, long room, ref JuteWriter reply)
    {
        ErrorCode error = GetDataOperation.Find(operation.Path, state, caller, out Znode znode);
        if (error != ErrorCode.Ok)
        {
            new MultiHeader(OpCode.Error, Done: false, (int)error).Write(ref reply);
            new ErrorResponse(error).Write(ref reply);
            return MultiHeader.Size;
        }

        new MultiHeader(operation.Type, Done: false, Error: 0).Write(ref reply);
        if (operation.Type == OpCode.GetChildren)
            return GetChildrenOperation.WriteNames(znode, room, ref reply);

        znode.Data.Write(ref reply);
        znode.ToWireStat().Write(ref reply);
        return ZnodeStat.Size + znode.Data.Length;
    }
}
