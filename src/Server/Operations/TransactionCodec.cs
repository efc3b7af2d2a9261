using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>Transactions as Apache's log and its peers know them: header, record, and a digest where there is one.</summary>
internal static class TransactionCodec
{
    /// <summary>Appends a transaction.</summary>
    public static void Write(in Transaction transaction, ref JuteWriter writer)
    {
        TransactionHeader header = transaction.Header;
        writer.WriteInt64(header.SessionId);
        writer.WriteInt32(header.Cxid);
        writer.WriteInt64(header.Zxid.Value);
        writer.WriteInt64(header.Time);
        writer.WriteInt32((int)transaction.Record.Type);
        transaction.Record.Write(ref writer);
        if (transaction.Digest is not { } digest)
            return;

        writer.WriteInt32(TreeDigest.Version);
        writer.WriteInt64((long)digest);
    }

    /// <summary>Reads a transaction.</summary>
    /// <param name="entry">One entry of a log.</param>
    /// <exception cref="JuteFormatException">The bytes are no transaction.</exception>
    public static Transaction Read(ReadOnlySpan<byte> entry)
    {
        var reader = new JuteReader(entry);
        long session = reader.ReadInt64();
        int cxid = reader.ReadInt32();
        var zxid = new Zxid(reader.ReadInt64());
        long time = reader.ReadInt64();
        var type = (OpCode)reader.ReadInt32();
        TransactionRecord record = ReadRecord(type, ref reader);

        ulong? digest = null;
        if (reader.Remaining >= sizeof(int) + sizeof(long) && reader.ReadInt32() == TreeDigest.Version)
            digest = (ulong)reader.ReadInt64();
        return new Transaction(new TransactionHeader(session, cxid, zxid, time), record, digest);
    }

    private static TransactionRecord ReadRecord(OpCode type, ref JuteReader reader) => type switch
    {
        OpCode.Create or OpCode.Create2 => ReadCreate(type, ref reader),
        OpCode.CreateContainer => new CreateTransaction(type, Path(ref reader), reader.ReadBuffer(), AclOf(ref reader), false, reader.ReadInt32()),
        OpCode.CreateTtl => new CreateTransaction(
            type, Path(ref reader), reader.ReadBuffer(), AclOf(ref reader), false, reader.ReadInt32(), reader.ReadInt64()),
        OpCode.Delete or OpCode.DeleteContainer => new DeleteTransaction(type, Path(ref reader)),
        OpCode.SetData or OpCode.Reconfig => new SetDataTransaction(type, Path(ref reader), reader.ReadBuffer(), reader.ReadInt32()),
        OpCode.SetAcl => new SetAclTransaction(Path(ref reader), AclOf(ref reader), reader.ReadInt32()),
        OpCode.Check => new CheckTransaction(Path(ref reader), reader.ReadInt32()),
        OpCode.Error => new ErrorTransaction((ErrorCode)reader.ReadInt32()),
        OpCode.CreateSession => new CreateSessionTransaction(reader.ReadInt32()),
        OpCode.CloseSession => new CloseSessionTransaction(reader.Remaining > 0 ? reader.ReadStrings() : null),
        OpCode.Multi => ReadMulti(ref reader),
        _ => throw Invalid(reader.Position, $"{(int)type} is no type of a transaction"),
    };

    /// <summary>Servers before 3.4 recorded no cversion of the parent; then the record ends early.</summary>
    private static CreateTransaction ReadCreate(OpCode type, ref JuteReader reader)
    {
        string path = Path(ref reader);
        byte[]? data = reader.ReadBuffer();
        Acl[] acl = AclOf(ref reader);
        bool ephemeral = reader.ReadBoolean();
        return new CreateTransaction(type, path, data, acl, ephemeral, reader.Remaining > 0 ? reader.ReadInt32() : -1);
    }

    private static MultiTransaction ReadMulti(ref JuteReader reader)
    {
        int count = Math.Max(0, reader.ReadCount(minimumElementSize: 8));
        var records = new TransactionRecord[count];
        for (int i = 0; i < count; i++)
        {
            var type = (OpCode)reader.ReadInt32();
            if (type is OpCode.Multi or OpCode.CreateSession or OpCode.CloseSession)
                throw Invalid(reader.Position, $"{type} stands inside a multi");

            var part = new JuteReader(reader.ReadBufferSpan(out _));
            records[i] = ReadRecord(type, ref part);
        }

        return new MultiTransaction(records);
    }

    private static string Path(ref JuteReader reader) =>
        reader.ReadString() ?? throw Invalid(reader.Position, "a transaction has no path");

    // Logs of old servers may hold a null list; it means what the open one means.
    private static Acl[] AclOf(ref JuteReader reader) => reader.ReadAcls() is { Length: > 0 } list ? list : AclTable.OpenList;

    private static JuteFormatException Invalid(int offset, string detail) => new(JuteError.InvalidValue, offset, $"At byte {offset}: {detail}.");
}
