using Coordination.Protocol;

namespace Coordination.Server.Operations;

/// <summary>What precedes the record of every transaction.</summary>
/// <param name="SessionId">The session that asked for it; 0 for the server's own.</param>
/// <param name="Cxid">The client's number for the request.</param>
/// <param name="Zxid">The transaction's place in history.</param>
/// <param name="Time">The leader's clock, milliseconds since the Unix epoch.</param>
internal readonly record struct TransactionHeader(long SessionId, int Cxid, Zxid Zxid, long Time);

/// <summary>What a write request became: decided, numbered, and the same on every replica.</summary>
/// <param name="Header">Who, when, and its place in history.</param>
/// <param name="Record">What changes.</param>
/// <param name="Digest">The digest of the tree afterwards; null where the writer recorded none.</param>
internal readonly record struct Transaction(TransactionHeader Header, TransactionRecord Record, ulong? Digest);

/// <summary>What a transaction changes. Its fields are final: names complete, access lists expanded, versions absolute.</summary>
internal abstract class TransactionRecord
{
    /// <summary>The type as it stands in the log.</summary>
    public abstract OpCode Type { get; }

    /// <summary>Writes the fields.</summary>
    public abstract void Write(ref JuteWriter writer);
}

/// <summary>A znode is created: types create, create2, createContainer and createTTL.</summary>
internal sealed class CreateTransaction(
    OpCode type, string path, byte[]? data, Acl[] acl, bool ephemeral, int parentCversion, long timeToLive = 0) : TransactionRecord
{
    /// <inheritdoc/>
    public override OpCode Type { get; } = type;

    /// <summary>The final path, with its sequence number.</summary>
    public string Path { get; } = path;

    public byte[]? Data { get; } = data;

    public Acl[] Acl { get; } = acl;

    /// <summary>Whether the session of the header owns it.</summary>
    public bool Ephemeral { get; } = ephemeral;

    /// <summary>The parent's stored cversion afterwards; -1 for one more.</summary>
    public int ParentCversion { get; } = parentCversion;

    /// <summary>Milliseconds, for createTTL.</summary>
    public long TimeToLive { get; } = timeToLive;

    /// <inheritdoc/>
    public override void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteBuffer(Data);
        writer.WriteAcls(Acl);
        if (Type is OpCode.Create or OpCode.Create2)
            writer.WriteBoolean(Ephemeral);
        writer.WriteInt32(ParentCversion);
        if (Type is OpCode.CreateTtl)
            writer.WriteInt64(TimeToLive);
    }
}

/// <summary>A znode is deleted: types delete and deleteContainer.</summary>
internal sealed class DeleteTransaction(OpCode type, string path) : TransactionRecord
{
    /// <inheritdoc/>
    public override OpCode Type { get; } = type;

    public string Path { get; } = path;

    /// <inheritdoc/>
    public override void Write(ref JuteWriter writer) => writer.WriteString(Path);
}

/// <summary>Data is set: types setData and reconfig.</summary>
internal sealed class SetDataTransaction(OpCode type, string path, byte[]? data, int version) : TransactionRecord
{
    /// <inheritdoc/>
    public override OpCode Type { get; } = type;

    public string Path { get; } = path;

    public byte[]? Data { get; } = data;

    /// <summary>The version afterwards.</summary>
    public int Version { get; } = version;

    /// <inheritdoc/>
    public override void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteBuffer(Data);
        writer.WriteInt32(Version);
    }
}

/// <summary>An access list is replaced.</summary>
internal sealed class SetAclTransaction(string path, Acl[] acl, int version) : TransactionRecord
{
    /// <inheritdoc/>
    public override OpCode Type => OpCode.SetAcl;

    public string Path { get; } = path;

    public Acl[] Acl { get; } = acl;

    /// <summary>The aversion afterwards.</summary>
    public int Version { get; } = version;

    /// <inheritdoc/>
    public override void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteAcls(Acl);
        writer.WriteInt32(Version);
    }
}

/// <summary>A version was checked, inside a multi; changes nothing.</summary>
internal sealed class CheckTransaction(string path, int version) : TransactionRecord
{
    /// <inheritdoc/>
    public override OpCode Type => OpCode.Check;

    public string Path { get; } = path;

    public int Version { get; } = version;

    /// <inheritdoc/>
    public override void Write(ref JuteWriter writer)
    {
        writer.WriteString(Path);
        writer.WriteInt32(Version);
    }
}

/// <summary>A request failed: it takes a zxid and changes nothing.</summary>
internal sealed class ErrorTransaction(ErrorCode code) : TransactionRecord
{
    /// <inheritdoc/>
    public override OpCode Type => OpCode.Error;

    public ErrorCode Code { get; } = code;

    /// <inheritdoc/>
    public override void Write(ref JuteWriter writer) => writer.WriteInt32((int)Code);
}

/// <summary>A session begins.</summary>
internal sealed class CreateSessionTransaction(int timeoutMilliseconds) : TransactionRecord
{
    /// <inheritdoc/>
    public override OpCode Type => OpCode.CreateSession;

    public int TimeoutMilliseconds { get; } = timeoutMilliseconds;

    /// <inheritdoc/>
    public override void Write(ref JuteWriter writer) => writer.WriteInt32(TimeoutMilliseconds);
}

/// <summary>A session ends, and its ephemerals with it.</summary>
internal sealed class CloseSessionTransaction(string[]? paths) : TransactionRecord
{
    /// <inheritdoc/>
    public override OpCode Type => OpCode.CloseSession;

    /// <summary>The ephemerals to delete; null in logs of servers before 3.6, which recorded none.</summary>
    public string[]? Paths { get; } = paths;

    /// <inheritdoc/>
    public override void Write(ref JuteWriter writer)
    {
        if (Paths is not null)
            writer.WriteStrings(Paths);
    }
}

/// <summary>Several records under one zxid; if one of them is an error, none takes effect.</summary>
internal sealed class MultiTransaction(IReadOnlyList<TransactionRecord> records) : TransactionRecord
{
    /// <inheritdoc/>
    public override OpCode Type => OpCode.Multi;

    public IReadOnlyList<TransactionRecord> Records { get; } = records;

    /// <summary>Whether nothing of it takes effect.</summary>
    public bool Failed { get; } = ContainsError(records);

    /// <inheritdoc/>
    public override void Write(ref JuteWriter writer)
    {
        writer.WriteInt32(Records.Count);
        using var part = new FrameBuffer(256);
        foreach (TransactionRecord record in Records)
        {
            var inner = new JuteWriter(part);
            record.Write(ref inner);
            inner.Flush();
            writer.WriteInt32((int)record.Type);
            writer.WriteBuffer(part.WrittenSpan);
            part.Clear();
        }
    }
    private static bool ContainsError(IReadOnlyList<TransactionRecord> records)
    {
        for (int i = 0; i < records.Count; i++)
        {
            if (records[i] is ErrorTransaction)
                return true;
        }

        return false;
    }
}
