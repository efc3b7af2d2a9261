namespace Coordination.Protocol;

/// <summary>Precedes every operation and every result of a multi, and ends both lists.</summary>
/// <param name="Type">The operation; -1 for a failed result and for the end.</param>
/// <param name="Done">Whether the list ends here.</param>
/// <param name="Error">In requests and at the end -1; in a failed result its code.</param>
public readonly record struct MultiHeader(OpCode Type, bool Done, int Error) : IJuteRecord<MultiHeader>
{
    /// <summary>The end of a list.</summary>
    public static readonly MultiHeader End = new(OpCode.Error, Done: true, Error: -1);

    /// <summary>Bytes on the wire.</summary>
    public const int Size = 9;

    /// <inheritdoc/>
    public static MultiHeader Read(ref JuteReader reader) => new((OpCode)reader.ReadInt32(), reader.ReadBoolean(), reader.ReadInt32());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt32((int)Type);
        writer.WriteBoolean(Done);
        writer.WriteInt32(Error);
    }
}

/// <summary>One operation of a <see cref="OpCode.Multi"/> or <see cref="OpCode.MultiRead"/>.</summary>
/// <param name="Type">The operation.</param>
/// <param name="Path">The path on the server.</param>
/// <param name="Data">Data of a create or set.</param>
/// <param name="Acl">Access list of a create.</param>
/// <param name="Mode">Create flags.</param>
/// <param name="Version">Expected version of a delete, set or check.</param>
/// <param name="TimeToLive">Time to live of a <see cref="OpCode.CreateTtl"/>, in milliseconds; -1 otherwise.</param>
public readonly record struct MultiOperation(
    OpCode Type,
    string Path,
    byte[]? Data = null,
    IReadOnlyList<Acl>? Acl = null,
    CreateMode Mode = CreateMode.Persistent,
    int Version = -1,
    long TimeToLive = -1);

/// <summary>Request of <see cref="OpCode.Multi"/> (writes and checks) or <see cref="OpCode.MultiRead"/> (getData and getChildren).</summary>
/// <param name="Operations">The operations in order.</param>
public readonly record struct MultiRequest(IReadOnlyList<MultiOperation> Operations) : IJuteRecord<MultiRequest>
{
    /// <inheritdoc/>
    /// <exception cref="JuteFormatException">Also for an operation that no multi may hold, and for reads mixed with writes.</exception>
    public static MultiRequest Read(ref JuteReader reader)
    {
        var operations = new List<MultiOperation>();
        while (true)
        {
            int at = reader.Position;
            MultiHeader header = MultiHeader.Read(ref reader);
            if (header.Done)
                return new(operations);

            MultiOperation operation = ReadOperation(header.Type, at, ref reader);
            if (operations.Count > 0 && IsRead(operations[0].Type) != IsRead(operation.Type))
                throw new JuteFormatException(JuteError.InvalidValue, at, $"At byte {at}: reads and writes are mixed in one multi.");
            operations.Add(operation);
        }
    }

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        foreach (MultiOperation operation in Operations)
        {
            new MultiHeader(operation.Type, Done: false, Error: -1).Write(ref writer);
            WriteOperation(operation, ref writer);
        }

        MultiHeader.End.Write(ref writer);
    }

    /// <summary>Whether the operation belongs into a <see cref="OpCode.MultiRead"/>.</summary>
    /// <param name="type">The operation.</param>
    /// <returns>Whether it reads.</returns>
    public static bool IsRead(OpCode type) => type is OpCode.GetData or OpCode.GetChildren;

    private static MultiOperation ReadOperation(OpCode type, int at, ref JuteReader reader)
    {
        switch (type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer:
                var create = CreateRequest.Read(ref reader);
                return new(type, create.Path, create.Data, create.Acl, create.Mode);
            case OpCode.CreateTtl:
                var ttl = CreateTtlRequest.Read(ref reader);
                return new(type, ttl.Path, ttl.Data, ttl.Acl, ttl.Mode, TimeToLive: ttl.TimeToLive);
            case OpCode.Delete:
                var delete = DeleteRequest.Read(ref reader);
                return new(type, delete.Path, Version: delete.Version);
            case OpCode.SetData:
                RefuseNullPath(reader);
                var set = SetDataRequest.Read(ref reader);
                return new(type, set.Path, set.Data, Version: set.Version);
            case OpCode.Check:
                RefuseNullPath(reader);
                var check = CheckVersionRequest.Read(ref reader);
                return new(type, check.Path, Version: check.Version);
            case OpCode.GetData or OpCode.GetChildren:
                // The watch flag is dropped: a multiRead never sets watches.
                return new(type, GetDataRequest.Read(ref reader).Path);
            default:
                throw new JuteFormatException(JuteError.InvalidValue, at, $"At byte {at}: operation {(int)type} cannot be part of a multi.");
        }
    }

    /// <summary>Alone such a request has bad arguments; inside a multi it spoils the whole, as at Apache.</summary>
    private static void RefuseNullPath(JuteReader ahead)
    {
        int at = ahead.Position;
        ahead.ReadBufferSpan(out bool isNull);
        if (isNull)
            throw new JuteFormatException(JuteError.InvalidValue, at, $"At byte {at}: a path is null.");
    }

    private static void WriteOperation(in MultiOperation operation, ref JuteWriter writer)
    {
        switch (operation.Type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer:
                new CreateRequest(operation.Path, operation.Data, operation.Acl, operation.Mode).Write(ref writer);
                break;
            case OpCode.CreateTtl:
                new CreateTtlRequest(operation.Path, operation.Data, operation.Acl, operation.Mode, operation.TimeToLive).Write(ref writer);
                break;
            case OpCode.Delete:
                new DeleteRequest(operation.Path, operation.Version).Write(ref writer);
                break;
            case OpCode.SetData:
                new SetDataRequest(operation.Path, operation.Data, operation.Version).Write(ref writer);
                break;
            case OpCode.Check:
                new CheckVersionRequest(operation.Path, operation.Version).Write(ref writer);
                break;
            case OpCode.GetData or OpCode.GetChildren:
                new GetDataRequest(operation.Path, Watch: false).Write(ref writer);
                break;
            default:
                throw new InvalidOperationException($"Operation {operation.Type} cannot be part of a multi.");
        }
    }
}

/// <summary>The outcome of one operation of a multi.</summary>
/// <param name="Type">The result's type: the operation's, <see cref="OpCode.Create2"/> for containers and times to live, <see cref="OpCode.Error"/> for a failure.</param>
/// <param name="Error">For a failed operation its code; <see cref="ErrorCode.Ok"/> before the failed one, <see cref="ErrorCode.RuntimeInconsistency"/> after it.</param>
/// <param name="Path">The final path of a create.</param>
/// <param name="Stat">The stat of a set, create2 or read.</param>
/// <param name="Data">The data of a read.</param>
/// <param name="Children">The names of a read of children.</param>
public readonly record struct MultiResult(
    OpCode Type,
    ErrorCode Error = ErrorCode.Ok,
    string? Path = null,
    ZnodeStat Stat = default,
    byte[]? Data = null,
    IReadOnlyList<string>? Children = null);

/// <summary>Reply to <see cref="OpCode.Multi"/> and <see cref="OpCode.MultiRead"/>.</summary>
/// <param name="Results">One result per operation, in order.</param>
public readonly record struct MultiResponse(IReadOnlyList<MultiResult> Results) : IJuteRecord<MultiResponse>
{
    /// <inheritdoc/>
    public static MultiResponse Read(ref JuteReader reader)
    {
        var results = new List<MultiResult>();
        while (true)
        {
            int at = reader.Position;
            MultiHeader header = MultiHeader.Read(ref reader);
            if (header.Done)
                return new(results);

            results.Add(ReadResult(header.Type, at, ref reader));
        }
    }

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        foreach (MultiResult result in Results)
            WriteResult(result, ref writer);
        MultiHeader.End.Write(ref writer);
    }

    private static MultiResult ReadResult(OpCode type, int at, ref JuteReader reader)
    {
        switch (type)
        {
            case OpCode.Create:
                return new(type, Path: reader.ReadStringOrEmpty());
            case OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                return new(type, Path: reader.ReadStringOrEmpty(), Stat: ZnodeStat.Read(ref reader));
            case OpCode.SetData:
                return new(type, Stat: ZnodeStat.Read(ref reader));
            case OpCode.Delete or OpCode.Check:
                return new(type);
            case OpCode.GetData:
                return new(type, Data: reader.ReadBuffer(), Stat: ZnodeStat.Read(ref reader));
            case OpCode.GetChildren:
                return new(type, Children: reader.ReadStrings());
            case OpCode.Error:
                return new(type, (ErrorCode)reader.ReadInt32());
            default:
                throw new JuteFormatException(JuteError.InvalidValue, at, $"At byte {at}: {(int)type} is no type of a multi result.");
        }
    }

    private static void WriteResult(in MultiResult result, ref JuteWriter writer)
    {
        new MultiHeader(result.Type, Done: false, result.Type == OpCode.Error ? (int)result.Error : 0).Write(ref writer);
        switch (result.Type)
        {
            case OpCode.Create:
                writer.WriteString(result.Path);
                break;
            case OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                writer.WriteString(result.Path);
                result.Stat.Write(ref writer);
                break;
            case OpCode.SetData:
                result.Stat.Write(ref writer);
                break;
            case OpCode.GetData:
                writer.WriteBuffer(result.Data);
                result.Stat.Write(ref writer);
                break;
            case OpCode.GetChildren:
                writer.WriteStrings(result.Children);
                break;
            case OpCode.Error:
                writer.WriteInt32((int)result.Error);
                break;
        }
    }
}
