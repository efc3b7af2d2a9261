using System.Net;
using System.Net.Sockets;

namespace Coordination.Client;

/// <summary>
/// Lets one thread wait for a socket and for other threads at once: a datagram socket on the loopback address, connected to itself,
/// becomes readable when somebody calls.
/// </summary>
internal sealed class WakeUp : IDisposable
{
    private static readonly byte[] Call = [1];

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly List<Socket> _readable = [];
    private readonly List<Socket> _writable = [];
    private int _waiting;

    /// <summary>Opens the socket.</summary>
    public WakeUp()
    {
        _socket.Blocking = false;
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Connect(_socket.LocalEndPoint!);
    }

    /// <summary>Wakes the waiting thread; costs next to nothing while it is awake. From any thread.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _waiting, 0) == 0)
            return;

        try
        {
            _socket.Send(Call, SocketFlags.None, out _);
        }
        catch (ObjectDisposedException)
        {
            // The thread has ended; nobody waits.
        }
    }

    /// <summary>Announces that the thread is about to wait. Whoever wants to be seen must have left his message before <see cref="Wake"/>.</summary>
    public void BeginWait() => Interlocked.Exchange(ref _waiting, 1);

    /// <summary>Waits for a call, the socket or the time.</summary>
    /// <param name="other">A socket to wait for too.</param>
    /// <param name="wantWrite">Whether to wait until it takes bytes.</param>
    /// <param name="timeout">The longest wait.</param>
    public void Wait(Socket? other, bool wantWrite, TimeSpan timeout)
    {
        _readable.Clear();
        _writable.Clear();
        _readable.Add(_socket);
        if (other is not null)
        {
            _readable.Add(other);
            if (wantWrite)
                _writable.Add(other);
        }

        // One microsecond too many is better than a turn that finds nothing due.
        long microseconds = Math.Clamp((timeout.Ticks / TimeSpan.TicksPerMicrosecond) + 1, 0, 1_000_000_000);
        Socket.Select(_readable, _writable, null, (int)microseconds);
        Interlocked.Exchange(ref _waiting, 0);
        Span<byte> sink = stackalloc byte[16];
        while (_readable.Contains(_socket))
        {
            _socket.Receive(sink, SocketFlags.None, out SocketError error);
            if (error != SocketError.Success)
                return;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
