using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;

namespace Coordination.Bench.Load;

/// <summary>A plain blocking session for preparing and checking; never measured.</summary>
internal sealed class ControlConnection : IDisposable
{
    private readonly Socket _socket;
    private int _xid;

    private ControlConnection(Socket socket) => _socket = socket;

    /// <param name="server">Where it listens.</param>
    /// <param name="patience">How long it may take to grant the session, in milliseconds.</param>
    public static ControlConnection Open(IPEndPoint server, int patience = 10_000)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(server);
            Handshake(socket, timeoutMilliseconds: 30_000, patience);
            socket.ReceiveTimeout = 10_000;
            return new ControlConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Opens a session and demands that the server grants one.</summary>
    public static void Handshake(Socket socket, int timeoutMilliseconds, int patience = 10_000)
    {
        socket.ReceiveTimeout = patience;
        socket.Send(RequestFrames.Handshake(timeoutMilliseconds));
        var reader = new JuteReader(ReadFrame(socket));
        ConnectResponse response = reader.Read<ConnectResponse>();
        if (response.TimeoutMilliseconds <= 0)
            throw new IOException("The server refused a session.");
    }

    /// <summary>Creates a znode, or sets its data if it is there.</summary>
    public void Put(string path, byte[] data)
    {
        ErrorCode created = Call(OpCode.Create, new CreateRequest(path, data, [.. Acl.Open], CreateMode.Persistent));
        if (created == ErrorCode.NodeExists)
            created = Call(OpCode.SetData, new SetDataRequest(path, data, -1));
        if (created != ErrorCode.Ok)
            throw new IOException($"Preparing {path}: {created}.");
    }

    public void Delete(string path) => _ = Call(OpCode.Delete, new DeleteRequest(path, -1));

    public void Dispose()
    {
        _ = Call(OpCode.CloseSession, default(EmptyRecord));
        _socket.Dispose();
    }

    private ErrorCode Call<T>(OpCode operation, in T record)
        where T : IJuteRecord<T>
    {
        _socket.Send(RequestFrames.Frame(operation, record, ++_xid));
        var reader = new JuteReader(ReadFrame(_socket));
        return reader.Read<ReplyHeader>().Error;
    }

    private static byte[] ReadFrame(Socket socket)
    {
        byte[] length = new byte[sizeof(int)];
        Fill(socket, length);
        byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        Fill(socket, frame);
        return frame;
    }

    private static void Fill(Socket socket, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            int count = socket.Receive(target);
            if (count == 0)
                throw new IOException("The server closed the connection.");
            target = target[count..];
        }
    }
}
