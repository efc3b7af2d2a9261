using System.Buffers.Binary;
using System.Text;
using Coordination.Protocol;

namespace Coordination.Bench.Load;

/// <summary>
/// Ready-made request frames of one session. Sending one is a copy and a patched xid (and, for creates and deletes, ten digits of the
/// path), so that the generator costs next to nothing beside the system calls.
/// </summary>
internal sealed class RequestFrames
{
    /// <summary>The znode whose children are listed.</summary>
    public const string ListParent = "/bench/list";

    private const int XidOffset = sizeof(int);
    private const int PathOffset = sizeof(int) + RequestHeader.Size + sizeof(int);
    private readonly byte[] _get;
    private readonly byte[] _set;
    private readonly byte[] _create;
    private readonly byte[] _list = Frame(OpCode.GetChildren, new GetChildrenRequest(ListParent, Watch: false));
    private readonly byte[] _delete;
    private readonly int _serialOffset;

    public RequestFrames(int session, int valueSize, string createParent)
    {
        byte[] value = new byte[valueSize];
        for (int i = 0; i < value.Length; i++)
            value[i] = (byte)('a' + (i % 26));

        string key = KeyOf(session);
        string created = $"{createParent}/{session:D4}-";
        _serialOffset = PathOffset + Encoding.UTF8.GetByteCount(created);
        created += "0000000000";
        _get = Frame(OpCode.GetData, new GetDataRequest(key, Watch: false));
        _set = Frame(OpCode.SetData, new SetDataRequest(key, value, -1));
        _create = Frame(OpCode.Create, new CreateRequest(created, value, [.. Acl.Open], CreateMode.Persistent));
        _delete = Frame(OpCode.Delete, new DeleteRequest(created, -1));
    }

    public static string KeyOf(int session) => $"/bench/k{session:D4}";

    public int LargestFrame => Math.Max(_set.Length, _create.Length);

    /// <summary>Writes one request and returns its length.</summary>
    public int Write(Workload workload, int xid, long serial, Span<byte> target)
    {
        byte[] source = workload switch
        {
            Workload.Get => _get,
            Workload.Set => _set,
            Workload.Mixed => serial % 10 == 9 ? _set : _get,
            Workload.Create => _create,
            Workload.List => _list,
            _ => _delete,
        };
        source.CopyTo(target);
        BinaryPrimitives.WriteInt32BigEndian(target[XidOffset..], xid);
        if (workload is Workload.Create or Workload.Delete)
            WriteDigits(target.Slice(_serialOffset, 10), serial);
        return source.Length;
    }

    public static byte[] Frame<T>(OpCode operation, in T record, int xid = 0)
        where T : IJuteRecord<T>
    {
        using var buffer = new FrameBuffer();
        int mark = buffer.BeginFrame();
        var writer = new JuteWriter(buffer);
        writer.Write(new RequestHeader(xid, operation));
        writer.Write(record);
        writer.Flush();
        buffer.EndFrame(mark);
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Handshake(int timeoutMilliseconds)
    {
        using var buffer = new FrameBuffer();
        int mark = buffer.BeginFrame();
        var writer = new JuteWriter(buffer);
        writer.Write(new ConnectRequest(0, 0, timeoutMilliseconds, 0, new byte[16], ReadOnly: false));
        writer.Flush();
        buffer.EndFrame(mark);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteDigits(Span<byte> target, long value)
    {
        for (int i = target.Length - 1; i >= 0; i--)
        {
            target[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }
}
