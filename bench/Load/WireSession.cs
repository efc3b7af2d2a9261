using System.Buffers.Binary;
using System.Net;
using Coordination.Bench.Native;
using Coordination.Protocol;

namespace Coordination.Bench.Load;

/// <summary>One session as bare frames on a bare descriptor, for loads in which a client reacts to what the server says.</summary>
internal sealed class WireSession : IDisposable
{
    private static readonly byte[] CloseRequest = RequestFrames.Frame(OpCode.CloseSession, default(EmptyRecord), int.MaxValue);

    private readonly byte[] _buffer = new byte[4096];
    private int _start;
    private int _end;

    private WireSession(int descriptor) => Descriptor = descriptor;

    public int Descriptor { get; }

    /// <summary>Opens a session and demands that the server grants one.</summary>
    public static WireSession Open(IPEndPoint server)
    {
        var session = new WireSession(TcpDescriptor.Connect(server));
        TcpDescriptor.SetNoDelay(session.Descriptor);
        session.Send(RequestFrames.Handshake(30_000));
        var reader = new JuteReader(session.Await());
        if (reader.Read<ConnectResponse>().TimeoutMilliseconds <= 0)
            throw new IOException("The server refused a session.");
        return session;
    }

    /// <summary>Sends a frame whole.</summary>
    public void Send(ReadOnlySpan<byte> frame) => TcpDescriptor.Send(Descriptor, frame);

    /// <summary>Reads what has arrived; <see cref="TryTake"/> then gives the frames in it.</summary>
    public void Receive()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        int count = TcpDescriptor.Receive(Descriptor, _buffer.AsSpan(_end));
        if (count == 0)
            throw new IOException("The server closed a connection under load.");
        _end += Math.Max(0, count);
    }

    /// <summary>The next whole frame without its length word; valid until the next <see cref="Receive"/>.</summary>
    public bool TryTake(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (_end - _start < sizeof(int))
            return false;
        int length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
        if (_end - _start - sizeof(int) < length)
            return false;

        frame = _buffer.AsSpan(_start + sizeof(int), length);
        _start += sizeof(int) + length;
        return true;
    }

    /// <summary>Waits for the next frame; for preparing, never while something is measured.</summary>
    public ReadOnlySpan<byte> Await()
    {
        using var epoll = new Epoll();
        epoll.Watch(Descriptor, 0);
        Span<long> ready = stackalloc long[1];
        while (true)
        {
            if (TryTake(out ReadOnlySpan<byte> frame))
                return frame;
            if (epoll.Wait(ready, 10_000) == 0)
                throw new TimeoutException("No reply for 10 s.");
            Receive();
        }
    }

    public void Dispose()
    {
        try
        {
            Send(CloseRequest);
            while (BinaryPrimitives.ReadInt32BigEndian(Await()) != int.MaxValue)
            {
                // Events and late replies come before the one that ends the session.
            }
        }
        catch (Exception error) when (error is IOException or TimeoutException)
        {
            // The session then ends by expiry.
        }

        _ = Libc.Close(Descriptor);
    }
}
