using System.Net;
using System.Net.Sockets;

namespace Coordination.Bench.Stubs;

/// <summary>The corridor over plain sockets: receive completions post, the turn sends at once.</summary>
internal sealed class SocketStub(StubOwner owner)
{
    public void Run(int port)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(512);
        while (true)
        {
            Socket accepted = listener.Accept();
            accepted.NoDelay = true;
            _ = new Link(accepted, owner);
        }
    }

    private sealed class Link : StubLink
    {
        private readonly Socket _socket;
        private readonly StubOwner _owner;
        private readonly byte[] _buffer = GC.AllocateArray<byte>(64 * 1024, pinned: true);
        private readonly SocketAsyncEventArgs _receive = new();
        private int _received;

        public Link(Socket socket, StubOwner owner)
        {
            _socket = socket;
            _owner = owner;
            _receive.Completed += (_, _) => Receive(completed: true);
            Receive(completed: false);
        }

        protected override void Transmit(ReadOnlySpan<byte> bytes)
        {
            try
            {
                while (!bytes.IsEmpty)
                    bytes = bytes[_socket.Send(bytes)..];
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // The client has gone; its receive side notices too.
            }
        }

        private void Receive(bool completed)
        {
            while (true)
            {
                if (!completed)
                {
                    _receive.SetBuffer(_buffer, _received, _buffer.Length - _received);
                    if (_socket.ReceiveAsync(_receive))
                        return;
                }

                completed = false;
                if (_receive.BytesTransferred == 0 || _receive.SocketError != SocketError.Success)
                {
                    _socket.Dispose();
                    return;
                }

                _received += _receive.BytesTransferred;
                int length = FramePrefix.LengthIn(_buffer.AsSpan(0, _received));
                if (length == 0)
                    continue;
                _owner.Post(this, _buffer.AsSpan(0, length));
                _buffer.AsSpan(length, _received - length).CopyTo(_buffer);
                _received -= length;
            }
        }
    }
}
