using System.Buffers.Binary;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Storage;

namespace Coordination.Server.Tests.Storage;

/// <summary>Log entries and snapshot bodies that Apache can decode too.</summary>
internal static class Entries
{
    private const int CreateSession = -10;
    private const int SetData = 5;
    private const int ErrorTransaction = -1;

    /// <summary>A batch of transactions with consecutive zxids; <paramref name="make"/> says what each is.</summary>
    public static LogBatch Batch(long first, int count, Func<long, byte[]>? make = null)
    {
        LogBatch batch = new();
        for (long zxid = first; zxid < first + count; zxid++)
            Add(batch, zxid, (make ?? Session)(zxid));
        return batch;
    }

    public static void Add(LogBatch batch, long zxid, byte[] entry)
    {
        int offset = batch.Bytes.Length;
        entry.CopyTo(batch.Bytes.GetSpan(entry.Length));
        batch.Bytes.Advance(entry.Length);
        batch.Entries.Add(new LogEntrySpan(new Zxid(zxid), offset, entry.Length));
    }

    /// <summary>A session begins.</summary>
    public static byte[] Session(long zxid)
    {
        byte[] entry = Header(zxid, CreateSession, 4);
        BinaryPrimitives.WriteInt32BigEndian(entry.AsSpan(LogRecord.MinEntryLength), 10_000);
        return entry;
    }

    /// <summary>A validation failed; the shortest transaction there is, and it changes nothing.</summary>
    public static byte[] Error(long zxid)
    {
        byte[] entry = Header(zxid, ErrorTransaction, 4);
        BinaryPrimitives.WriteInt32BigEndian(entry.AsSpan(LogRecord.MinEntryLength), -101);
        return entry;
    }

    /// <summary>Data of any length; bytes that are never zero, and different for each zxid.</summary>
    public static byte[] Data(long zxid, int length)
    {
        byte[] path = Encoding.UTF8.GetBytes("/a");
        byte[] entry = Header(zxid, SetData, 4 + path.Length + 4 + length + 4);
        Span<byte> at = entry.AsSpan(LogRecord.MinEntryLength);
        BinaryPrimitives.WriteInt32BigEndian(at, path.Length);
        path.CopyTo(at[4..]);
        at = at[(4 + path.Length)..];
        BinaryPrimitives.WriteInt32BigEndian(at, length);

        // Never zero, and without a period that a sector's sum could hide.
        uint state = (uint)zxid;
        for (int i = 0; i < length; i++)
        {
            state = (state * 1664525) + 1013904223;
            at[4 + i] = (byte)(1 + ((state >> 16) % 255));
        }

        return entry;
    }

    /// <summary>The body of a snapshot with the four znodes of an empty database.</summary>
    public static byte[] EmptyTree()
    {
        using FrameBuffer body = new();
        Int32(body, 0);
        Int32(body, 0);
        foreach (string path in (string[])["", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"])
        {
            Text(body, path);
            Int32(body, 0);
            Int64(body, -1);
            body.GetSpan(60)[..60].Clear();
            body.Advance(60);
        }

        Text(body, "/");
        return body.WrittenSpan.ToArray();
    }

    /// <summary>Completes the snapshot of an empty database.</summary>
    public static void WriteSnapshot(StorageEngine engine, long zxid)
    {
        using SnapshotFileWriter writer = engine.BeginSnapshot(new Zxid(zxid));
        writer.Append(EmptyTree());
        writer.Complete(Zxid.Zero, 0);
    }

    private static byte[] Header(long zxid, int type, int bodyLength)
    {
        byte[] entry = new byte[LogRecord.MinEntryLength + bodyLength];
        BinaryPrimitives.WriteInt64BigEndian(entry, 0x0100_1143_9600_0000 + zxid);
        BinaryPrimitives.WriteInt32BigEndian(entry.AsSpan(8), (int)zxid);
        BinaryPrimitives.WriteInt64BigEndian(entry.AsSpan(12), zxid);
        BinaryPrimitives.WriteInt64BigEndian(entry.AsSpan(20), 1_700_000_000_000 + zxid);
        BinaryPrimitives.WriteInt32BigEndian(entry.AsSpan(28), type);
        return entry;
    }

    private static void Int32(FrameBuffer body, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(body.GetSpan(4), value);
        body.Advance(4);
    }

    private static void Int64(FrameBuffer body, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(body.GetSpan(8), value);
        body.Advance(8);
    }

    private static void Text(FrameBuffer body, string value)
    {
        Int32(body, value.Length);
        body.Advance(Encoding.UTF8.GetBytes(value, body.GetSpan(value.Length + 1)));
    }
}
