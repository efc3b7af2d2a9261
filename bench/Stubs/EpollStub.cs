using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Coordination.Bench.Native;

namespace Coordination.Bench.Stubs;

/// <summary>The whole server on one thread: wait, read what is ready, answer, sync, send.</summary>
internal sealed unsafe class EpollStub(StubDesign design, StubLog log)
{
    private const long ListenerTag = -1;
    private const long WakeTag = -2;
    private readonly Epoll _epoll = new();
    private readonly Dictionary<long, Link> _links = [];
    private readonly int _wake = Libc.EventDescriptor(0, 0);

    public void Run(int port)
    {
        var owner = new StubOwner(design, log) { WakeTransport = Wake };
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(4096);
        listener.Blocking = false;
        _epoll.Watch((int)listener.Handle, ListenerTag);
        _epoll.Watch(_wake, WakeTag);
        Span<long> ready = stackalloc long[256];
        while (true)
        {
            int count = _epoll.Wait(ready, -1);
            for (int i = 0; i < count; i++)
            {
                if (ready[i] == ListenerTag)
                    Accept(listener);
                else if (ready[i] == WakeTag)
                    Reset();
                else if (!_links[ready[i]].Receive(owner))
                    Drop(ready[i]);
            }

            owner.EndTurn();
        }
    }

    private void Accept(Socket listener)
    {
        while (TcpDescriptor.Accept((int)listener.Handle) is var accepted and >= 0)
        {
            _links[accepted] = new Link(accepted);
            _epoll.Watch(accepted, accepted);
        }
    }

    private void Drop(long tag)
    {
        _links.Remove(tag, out Link? link);
        link?.Dispose();
    }

    private void Wake()
    {
        long one = 1;
        _ = Libc.Write(_wake, (byte*)&one, sizeof(long));
    }

    private void Reset()
    {
        long count;
        _ = Libc.Read(_wake, (byte*)&count, sizeof(long));
    }

    private sealed class Link(int descriptor) : StubLink, IDisposable
    {
        private readonly int _descriptor = descriptor;
        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        private int _received;

        public bool Receive(StubOwner owner)
        {
            nint count;
            fixed (byte* buffer = _buffer)
                count = Libc.Receive(_descriptor, buffer + _received, _buffer.Length - _received, Libc.DontWait);
            if (count <= 0)
                return count < 0 && Marshal.GetLastPInvokeError() == Libc.Eagain;
            _received += (int)count;
            int length = FramePrefix.LengthIn(_buffer.AsSpan(0, _received));
            if (length > 0)
            {
                owner.Take(this, _buffer.AsSpan(0, length));
                _buffer.AsSpan(length, _received - length).CopyTo(_buffer);
                _received -= length;
            }

            return true;
        }

        public void Dispose()
        {
            _ = Libc.Close(_descriptor);
            ArrayPool<byte>.Shared.Return(_buffer);
            Output.Dispose();
        }

        protected override void Transmit(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                nint sent;
                fixed (byte* start = bytes)
                    sent = Libc.Send(_descriptor, start, bytes.Length, Libc.DontWait | Libc.NoSignal);
                if (sent >= 0)
                    bytes = bytes[(int)sent..];
                else if (Marshal.GetLastPInvokeError() != Libc.Eagain)
                    return;
            }
        }
    }
}
