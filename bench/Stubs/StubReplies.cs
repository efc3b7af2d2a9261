using System.Buffers.Binary;
using Coordination.Protocol;

namespace Coordination.Bench.Stubs;

/// <summary>
/// Answers requests without a tree: the least that a server of this protocol can do. Remembers one value, the last one written, so
/// that gets are answered with data of the right size. Only whoever runs the turn calls it.
/// </summary>
internal sealed class StubReplies
{
    private byte[] _value = [];
    private long _zxid;

    /// <summary>Whether the frame answered last left a watch. The stub knows one znode only, so a watch is on that.</summary>
    public bool LeftWatch { get; private set; }

    /// <summary>Whether the frame answered last changed what is watched.</summary>
    public bool Changed { get; private set; }

    /// <summary>Appends the event of a change.</summary>
    public void Notify(FrameBuffer output)
    {
        int mark = output.BeginFrame();
        var writer = new JuteWriter(output);
        writer.Write(new ReplyHeader(WellKnownXid.Notification, _zxid, ErrorCode.Ok));
        writer.Write(new WatcherEvent(WatchEventType.NodeDataChanged, EventState.SyncConnected, "/bench/watched"));
        writer.Flush();
        output.EndFrame(mark);
    }

    /// <summary>Appends the reply to one frame.</summary>
    /// <param name="frame">Without its length word.</param>
    /// <param name="isHandshake">Whether it is the connection's first one.</param>
    /// <param name="output">The connection's output.</param>
    /// <returns>Whether the reply has to wait until the frame is durable.</returns>
    public bool Answer(ReadOnlySpan<byte> frame, bool isHandshake, FrameBuffer output)
    {
        LeftWatch = false;
        Changed = false;
        int mark = output.BeginFrame();
        var writer = new JuteWriter(output);
        bool isWrite = isHandshake ? Greet(ref writer) : Reply(frame, ref writer);
        writer.Flush();
        output.EndFrame(mark);
        return isWrite;
    }

    private bool Greet(ref JuteWriter writer)
    {
        writer.Write(new ConnectResponse(0, 30_000, ++_zxid, new byte[16], ReadOnly: false));
        return true;
    }

    private bool Reply(ReadOnlySpan<byte> frame, ref JuteWriter writer)
    {
        int xid = BinaryPrimitives.ReadInt32BigEndian(frame);
        var operation = (OpCode)BinaryPrimitives.ReadInt32BigEndian(frame[4..]);
        ReadOnlySpan<byte> body = frame[RequestHeader.Size..];
        bool isWrite = operation is OpCode.Create or OpCode.SetData or OpCode.Delete or OpCode.CloseSession;
        if (isWrite)
            _zxid++;
        writer.Write(new ReplyHeader(xid, _zxid, ErrorCode.Ok));
        switch (operation)
        {
            case OpCode.GetData:
                LeftWatch = body[^1] != 0;
                writer.WriteBuffer(_value.AsSpan());
                writer.Write(default(ZnodeStat));
                break;
            case OpCode.SetData:
                Changed = true;
                Remember(body);
                writer.Write(default(ZnodeStat));
                break;
            case OpCode.Create:
                writer.WriteBuffer(PathOf(body));
                break;
            default:
                break;
        }

        return isWrite;
    }

    private void Remember(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> afterPath = body[(sizeof(int) + PathOf(body).Length)..];
        int length = Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(afterPath));
        if (_value.Length != length)
            _value = afterPath.Slice(sizeof(int), length).ToArray();
        else
            afterPath.Slice(sizeof(int), length).CopyTo(_value);
    }

    private static ReadOnlySpan<byte> PathOf(ReadOnlySpan<byte> body) =>
        body.Slice(sizeof(int), BinaryPrimitives.ReadInt32BigEndian(body));
}
