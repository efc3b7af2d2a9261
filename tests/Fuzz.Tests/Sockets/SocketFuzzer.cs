using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Coordination.Fuzz.Tests.Wire;
using Coordination.Protocol;

namespace Coordination.Fuzz.Tests.Sockets;

/// <summary>
/// A connection that shakes hands and then sends hostile frames at a pace, from one thread of its own; when the server has had enough of
/// it, it comes again.
/// </summary>
/// <param name="server">Where to.</param>
/// <param name="seed">Chooses everything.</param>
/// <param name="framesPerSecond">The pace.</param>
internal sealed class SocketFuzzer(IPEndPoint server, int seed, int framesPerSecond)
{
    private const int FramesPerBurst = 50;

    private readonly Random _random = new(seed);
    private readonly Mutator _mutator = new(Corpus.Golden, new Random(seed));
    private readonly byte[] _burst = new byte[1 << 20];
    private readonly byte[] _sink = new byte[1 << 16];
    private int _xid;

    /// <summary>Frames sent.</summary>
    public long Frames { get; private set; }

    /// <summary>Bytes sent.</summary>
    public long Bytes { get; private set; }

    /// <summary>Connections made.</summary>
    public int Connections { get; private set; }

    /// <summary>Bytes that came back.</summary>
    public long Received { get; private set; }

    /// <summary>Sends until told to stop; runs on the calling thread.</summary>
    public void Run(CancellationToken stop)
    {
        long started = Environment.TickCount64;
        while (!stop.IsCancellationRequested)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.Connect(server);
                Connections++;
                socket.Send(Handshake());
                while (!stop.IsCancellationRequested && !IsOver(socket))
                {
                    SendAll(socket, Burst());
                    long due = started + (Frames * 1000 / framesPerSecond);
                    stop.WaitHandle.WaitOne((int)Math.Clamp(due - Environment.TickCount64, 0, 1000));
                }
            }
            catch (SocketException)
            {
                // Closed in the middle of a burst, as garbage deserves.
            }
        }
    }

    /// <summary>Reads what has come, so that the server is not stopped by a full socket; tells whether the server has ended it.</summary>
    private bool IsOver(Socket socket)
    {
        while (socket.Poll(0, SelectMode.SelectRead))
        {
            int count = socket.Receive(_sink);
            if (count == 0)
                return true;
            Received += count;
        }

        return false;
    }

    /// <summary>Sends without ever waiting for a server that does not read because it is not read from.</summary>
    private void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        socket.SendTimeout = 1000;
        while (!bytes.IsEmpty)
        {
            if (!socket.Poll(100_000, SelectMode.SelectWrite) && IsOver(socket))
                return;
            int count = socket.Send(bytes, SocketFlags.None, out SocketError error);
            if (error is not (SocketError.Success or SocketError.WouldBlock or SocketError.TimedOut))
                throw new SocketException((int)error);
            bytes = bytes[count..];
            Bytes += count;
        }
    }

    private ReadOnlySpan<byte> Burst()
    {
        int length = 0;
        Seed[] requests = Corpus.Golden.Requests;
        for (int i = 0; i < FramesPerBurst && length < _burst.Length / 2; i++)
        {
            Seed start = requests[_random.Next(requests.Length)];

            // What ends the connection is left out most of the time, or there would be nothing but handshakes.
            if (EndsItsConnection(start.Type!.Value) && _random.Next(200) != 0)
                continue;
            _mutator.Make(start, _random.Next(4), commonPaths: true);
            int body = Math.Min(_mutator.Length, 100_000);
            Span<byte> frame = _burst.AsSpan(length);
            BinaryPrimitives.WriteInt32BigEndian(frame, _random.Next(5000) == 0 ? _random.Next() : body + RequestHeader.Size);
            BinaryPrimitives.WriteInt32BigEndian(frame[4..], ++_xid);
            BinaryPrimitives.WriteInt32BigEndian(frame[8..], (int)start.Type!.Value);
            _mutator.Bytes.AsSpan(0, body).CopyTo(frame[12..]);
            length += body + 12;
            Frames++;
        }

        return _burst.AsSpan(0, length);
    }

    private static bool EndsItsConnection(OpCode type) => type is OpCode.CloseSession or OpCode.Auth or OpCode.Sasl or OpCode.Check
        or OpCode.CreateSession or OpCode.Error or OpCode.Notification;

    private static byte[] Handshake()
    {
        byte[] frame = new byte[49];
        BinaryPrimitives.WriteInt32BigEndian(frame, 45);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(16), 2000);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(28), 16);
        return frame;
    }
}
