using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Coordination.Bench.Load;
using Coordination.Protocol;

namespace Coordination.Bench.Footprint;

/// <summary>One session that sends many requests in batches and waits for every reply; for filling a server, not for timing it.</summary>
internal sealed class BulkSession : IDisposable
{
    private const int Batch = 500;
    private const int LongestTimeout = 40_000;

    private readonly Socket _socket;
    private readonly FrameBuffer _batch = new(1 << 16);
    private readonly byte[] _received = new byte[1 << 16];
    private int _waiting;
    private int _end;

    public BulkSession(IPEndPoint server)
    {
        _socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(server);
        ControlConnection.Handshake(_socket, LongestTimeout);
        _socket.ReceiveTimeout = 60_000;
    }

    public void Create(string path, byte[] data) => Add(OpCode.Create, new CreateRequest(path, data, [.. Acl.Open], CreateMode.Persistent));

    public void Watch(string path) => Add(OpCode.Exists, new ExistsRequest(path, Watch: true));

    /// <summary>Keeps the session alive.</summary>
    public void Ping()
    {
        Add(OpCode.Ping, default(EmptyRecord));
        Finish();
    }

    /// <summary>Sends what is left and waits for all replies.</summary>
    public void Finish()
    {
        _socket.Send(_batch.WrittenSpan);
        _batch.Clear();
        while (_waiting > 0)
            Receive();
    }

    public void Dispose()
    {
        _socket.Dispose();
        _batch.Dispose();
    }

    private void Add<T>(OpCode operation, in T record)
        where T : IJuteRecord<T>
    {
        int mark = _batch.BeginFrame();
        var writer = new JuteWriter(_batch);
        writer.Write(new RequestHeader(operation == OpCode.Ping ? WellKnownXid.Ping : 1, operation));
        writer.Write(record);
        writer.Flush();
        _batch.EndFrame(mark);
        if (++_waiting == Batch)
            Finish();
    }

    private void Receive()
    {
        int count = _socket.Receive(_received.AsSpan(_end));
        if (count == 0)
            throw new IOException("The server closed the connection.");
        _end += count;
        int start = 0;
        while (_end - start >= sizeof(int))
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(_received.AsSpan(start));
            if (_end - start - sizeof(int) < length)
                break;

            Check(_received.AsSpan(start + sizeof(int), length));
            start += sizeof(int) + length;
            _waiting--;
        }

        _received.AsSpan(start, _end - start).CopyTo(_received);
        _end -= start;
    }

    private static void Check(ReadOnlySpan<byte> reply)
    {
        var reader = new JuteReader(reply);
        ErrorCode error = reader.Read<ReplyHeader>().Error;
        if (error is not (ErrorCode.Ok or ErrorCode.NoNode))
            throw new IOException($"The server answered {error}.");
    }
}
