using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>One connection, read and written in place: scripts have one thing to wait for at a time, and many of them.</summary>
internal sealed class LockstepLink : IDisposable
{
    private const int Patience = 20_000;
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
        ReceiveTimeout = Patience,
        SendTimeout = Patience,
    };

    private byte[] _bytes = new byte[16 << 10];
    private int _from;
    private int _to;

    public LockstepLink(EndPoint server) => _socket.Connect(server);

    /// <summary>Sends; a connection that has ended says so when it is read.</summary>
    public void Send(byte[] bytes)
    {
        try
        {
            _socket.Send(bytes);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
        }
    }

    /// <summary>The next frame without its length, or null at the end of the connection.</summary>
    /// <exception cref="TimeoutException">Nothing came.</exception>
    public byte[]? ReadFrame()
    {
        if (!Fill(sizeof(int)))
            return null;

        int length = BinaryPrimitives.ReadInt32BigEndian(_bytes.AsSpan(_from));
        if (!Fill(sizeof(int) + length))
            return null;

        byte[] frame = _bytes.AsSpan(_from + sizeof(int), length).ToArray();
        _from += sizeof(int) + length;
        return frame;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private bool Fill(int count)
    {
        while (_to - _from < count)
        {
            if (_from > 0)
            {
                _bytes.AsSpan(_from, _to - _from).CopyTo(_bytes);
                _to -= _from;
                _from = 0;
            }

            if (_bytes.Length < count)
                Array.Resize(ref _bytes, Math.Max(count, 2 * _bytes.Length));
            int read = Receive();
            if (read == 0)
                return false;
            _to += read;
        }

        return true;
    }

    private int Receive()
    {
        try
        {
            return _socket.Receive(_bytes.AsSpan(_to));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock or SocketError.TryAgain)
        {
            throw new TimeoutException("The server says nothing.", e);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
