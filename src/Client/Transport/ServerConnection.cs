using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>How far a connection has come.</summary>
internal enum ConnectionStage
{
    /// <summary>TCP is being established.</summary>
    Connecting,

    /// <summary>The handshake was sent.</summary>
    Handshaking,

    /// <summary>Requests flow.</summary>
    Established,

    /// <summary>The end of a session was sent.</summary>
    ClosingSession,
}

/// <summary>What came of reading a socket.</summary>
internal enum ReceiveResult
{
    /// <summary>Bytes were read; there may be more.</summary>
    Received,

    /// <summary>Nothing there now.</summary>
    Empty,

    /// <summary>The peer closed, or the network failed.</summary>
    Ended,
}

/// <summary>
/// One socket with its frames, never blocking. The only place that touches bytes of the network: a TLS stream would stand here.
/// Used by the session's thread alone.
/// </summary>
internal sealed class ServerConnection : IDisposable
{
    // Enough to fill a socket's buffer; what is not encoded yet can still be cancelled.
    private const int OutputLimit = 256 * 1024;
    private const int InputStep = 64 * 1024;

    private readonly int _maxFrame;
    private readonly FrameBuffer _output = new(16 * 1024);
    private byte[] _input = new byte[InputStep];
    private int _inputStart;
    private int _inputEnd;
    private int _sent;

    /// <summary>Starts connecting.</summary>
    /// <param name="endPoint">The server.</param>
    /// <param name="maxFrame">The longest frame accepted, in bytes.</param>
    /// <param name="deadline">When connecting has failed.</param>
    public ServerConnection(IPEndPoint endPoint, int maxFrame, TimeSpan deadline)
    {
        EndPoint = endPoint;
        StageDeadline = deadline;
        _maxFrame = maxFrame;
    }

    /// <summary>The socket, to wait for; there once connecting has begun.</summary>
    public Socket Socket { get; private set; } = null!;

    /// <summary>The server.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>How far it has come.</summary>
    public ConnectionStage Stage { get; set; }

    /// <summary>When the stage has failed; not for <see cref="ConnectionStage.Established"/>.</summary>
    public TimeSpan StageDeadline { get; set; }

    /// <summary>What went wrong, as text for a person.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>Where frames are written to; <see cref="Flush"/> sends them.</summary>
    public FrameBuffer Output => _output;

    /// <summary>Whether more may be encoded.</summary>
    public bool HasRoom => _output.Length < OutputLimit;

    /// <summary>Whether to wait until the socket takes bytes.</summary>
    public bool WantsWrite => Stage == ConnectionStage.Connecting || _sent < _output.Length;

    /// <summary>Begins the TCP connection.</summary>
    /// <returns>False if it failed at once.</returns>
    public bool BeginConnect()
    {
        try
        {
            // Even this can fail: no descriptor is left, or the system has no addresses of this kind.
            Socket = new(EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false, NoDelay = true };
            Socket.Connect(EndPoint);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress or SocketError.AlreadyInProgress)
        {
            // Under way; writable when it has ended.
        }
        catch (SocketException e)
        {
            Failure = e.Message;
            return false;
        }

        return true;
    }

    /// <summary>Looks whether TCP stands.</summary>
    /// <returns>True if it stands, false if it failed, null if it is still under way.</returns>
    public bool? EndConnect()
    {
        if (!Socket.Poll(0, SelectMode.SelectWrite) && !Socket.Poll(0, SelectMode.SelectError))
            return null;

        int error = (int)Socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (error == 0)
            return true;

        Failure = new SocketException(error).Message;
        return false;
    }

    /// <summary>Sends what the socket takes.</summary>
    /// <returns>False if the network failed.</returns>
    public bool Flush()
    {
        while (_sent < _output.Length)
        {
            int count = Socket.Send(_output.WrittenSpan[_sent..], SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock)
                return true;
            if (error != SocketError.Success)
            {
                Failure = new SocketException((int)error).Message;
                return false;
            }

            _sent += count;
        }

        _output.Clear();
        _sent = 0;
        return true;
    }

    /// <summary>Reads what is there, up to the room left.</summary>
    /// <returns>What came of it.</returns>
    public ReceiveResult Receive()
    {
        MakeRoom();
        int count = Socket.Receive(_input.AsSpan(_inputEnd), SocketFlags.None, out SocketError error);
        if (error == SocketError.WouldBlock)
            return ReceiveResult.Empty;
        if (error != SocketError.Success || count == 0)
        {
            Failure = error == SocketError.Success ? "the server closed the connection" : new SocketException((int)error).Message;
            return ReceiveResult.Ended;
        }

        _inputEnd += count;
        return ReceiveResult.Received;
    }

    /// <summary>Takes the next complete frame.</summary>
    /// <param name="frame">Its body; valid until the next <see cref="Receive"/>.</param>
    /// <returns>False if none is complete.</returns>
    /// <exception cref="JuteFormatException">The length is negative or beyond the limit.</exception>
    public bool TryReadFrame(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        ReadOnlySpan<byte> there = _input.AsSpan(_inputStart, _inputEnd - _inputStart);
        if (there.Length < sizeof(int))
            return false;

        int length = BinaryPrimitives.ReadInt32BigEndian(there);
        if (length < 0)
            throw new JuteFormatException(JuteError.NegativeLength, 0, $"A frame of {length} bytes was announced.");
        if (length > _maxFrame)
            throw new JuteFormatException(JuteError.Oversized, 0, $"A frame of {length} bytes exceeds the limit of {_maxFrame}.");
        if (there.Length - sizeof(int) < length)
            return false;

        frame = there.Slice(sizeof(int), length);
        _inputStart += sizeof(int) + length;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Socket?.Dispose();
        _output.Dispose();
    }

    // The room doubles with what has really arrived, never with what a length announces.
    private void MakeRoom()
    {
        if (_inputStart == _inputEnd)
            _inputStart = _inputEnd = 0;
        if (_input.Length - _inputEnd >= InputStep / 4)
            return;

        int held = _inputEnd - _inputStart;
        byte[] target = held > _input.Length / 2 ? new byte[_input.Length * 2] : _input;
        _input.AsSpan(_inputStart, held).CopyTo(target);
        _input = target;
        _inputStart = 0;
        _inputEnd = held;
    }
}
