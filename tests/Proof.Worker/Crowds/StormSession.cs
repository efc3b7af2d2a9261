using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;

namespace Coordination.Proof.Worker.Crowds;

/// <summary>A session over a plain socket that counts the events it is sent, and comes back when its connection ends.</summary>
internal sealed class StormSession : IDisposable
{
    private readonly byte[] _buffer = new byte[512];
    private Socket _socket = NewSocket();
    private long _id;
    private byte[] _password = new byte[16];

    /// <summary>Opens a session, or comes back into the one that was.</summary>
    /// <returns>False if the server no longer knows it.</returns>
    public async Task<bool> ConnectAsync(IPEndPoint server, int timeout, CancellationToken cancellationToken)
    {
        _socket.Dispose();
        _socket = NewSocket();
        await _socket.ConnectAsync(server, cancellationToken);
        await SendAsync(new ConnectRequest(0, 0, timeout, _id, _password, false), cancellationToken);
        ConnectResponse response = Read<ConnectResponse>(await ReadFrameAsync(cancellationToken), 0);
        (_id, _password) = (response.SessionId, response.Password ?? []);
        return response.SessionId != 0;
    }

    /// <summary>Leaves a watch that stays.</summary>
    public async Task WatchAsync(string path, CancellationToken cancellationToken)
    {
        using var buffer = new FrameBuffer();
        int mark = buffer.BeginFrame();
        JuteWriter writer = new(buffer);
        new RequestHeader(1, OpCode.AddWatch).Write(ref writer);
        new AddWatchRequest(path, AddWatchMode.Persistent).Write(ref writer);
        writer.Flush();
        buffer.EndFrame(mark);
        await _socket.SendAsync(buffer.WrittenMemory, cancellationToken);
        ReplyHeader header = Read<ReplyHeader>(await ReadFrameAsync(cancellationToken), 0);
        if (header.Error != ErrorCode.Ok)
            throw new InvalidDataException($"The watch was refused: {header.Error}");
    }

    /// <summary>Waits for one event.</summary>
    public async Task NextEventAsync(CancellationToken cancellationToken) => await ReadFrameAsync(cancellationToken);

    /// <summary>Waits until the connection ends, whatever comes before.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await _socket.ReceiveAsync(_buffer, cancellationToken) > 0)
            {
                // Only the end counts.
            }
        }
        catch (SocketException)
        {
            // A reset is an end.
        }
    }

    public void Dispose() => _socket.Dispose();

    private static Socket NewSocket() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private static T Read<T>(byte[] frame, int start)
        where T : IJuteRecord<T>
    {
        JuteReader reader = new(frame.AsSpan(start));
        return T.Read(ref reader);
    }

    private async Task SendAsync<T>(T record, CancellationToken cancellationToken)
        where T : IJuteRecord<T>
    {
        using var buffer = new FrameBuffer();
        int mark = buffer.BeginFrame();
        JuteWriter writer = new(buffer);
        record.Write(ref writer);
        writer.Flush();
        buffer.EndFrame(mark);
        await _socket.SendAsync(buffer.WrittenMemory, cancellationToken);
    }

    private async Task<byte[]> ReadFrameAsync(CancellationToken cancellationToken)
    {
        await FillAsync(_buffer.AsMemory(0, sizeof(int)), cancellationToken);
        byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(_buffer)];
        await FillAsync(frame, cancellationToken);
        return frame;
    }

    private async Task FillAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        while (!target.IsEmpty)
        {
            int count = await _socket.ReceiveAsync(target, cancellationToken);
            if (count == 0)
                throw new EndOfStreamException("The server closed.");
            target = target[count..];
        }
    }
}
