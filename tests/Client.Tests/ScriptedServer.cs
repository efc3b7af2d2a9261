using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Coordination.Protocol;

namespace Coordination.Client.Tests;

/// <summary>A server that says exactly what a test tells it to, one connection after the other.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Peer> _peers = [];

    public ScriptedServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    public string ConnectionString => _listener.LocalEndPoint!.ToString()!;

    public async Task<Peer> AcceptAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var peer = new Peer(await _listener.AcceptAsync(timeout.Token));
        _peers.Add(peer);
        return peer;
    }

    /// <summary>Accepts and grants what is asked for.</summary>
    public async Task<Peer> AcceptSessionAsync(long id = 77, int timeout = 10_000)
    {
        Peer peer = await AcceptAsync();
        peer.Handshake = Peer.Parse<ConnectRequest>(await peer.ReadFrameAsync());
        await peer.WriteAsync(new ConnectResponse(0, timeout, id, new byte[16], false));
        return peer;
    }

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (Peer peer in _peers)
            peer.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>One connection.</summary>
    internal sealed class Peer(Socket socket) : IDisposable
    {
        public ConnectRequest Handshake { get; set; }

        public async Task<byte[]> ReadFrameAsync()
        {
            byte[] head = await ReadAsync(4);
            return await ReadAsync(BinaryPrimitives.ReadInt32BigEndian(head));
        }

        /// <summary>The next request that is no ping.</summary>
        public async Task<(RequestHeader Header, byte[] Body)> ReadRequestAsync()
        {
            while (true)
            {
                byte[] frame = await ReadFrameAsync();
                RequestHeader header = Parse<RequestHeader>(frame);
                if (header.Type != OpCode.Ping)
                    return (header, frame[RequestHeader.Size..]);
                await WriteAsync(new ReplyHeader(WellKnownXid.Ping, 0, ErrorCode.Ok));
            }
        }

        public Task ReplyAsync(int xid, ErrorCode error, long zxid = 1) => WriteAsync(new ReplyHeader(xid, zxid, error));

        public async Task ReplyAsync<T>(int xid, T body, long zxid = 1)
            where T : IJuteRecord<T> => await WriteRawAsync(Frame(new ReplyHeader(xid, zxid, ErrorCode.Ok), body));

        public async Task WriteAsync<T>(T record)
            where T : IJuteRecord<T> => await WriteRawAsync(Frame(record, default(EmptyRecord)));

        public async Task WriteRawAsync(byte[] bytes) => await socket.SendAsync(bytes);

        public static T Parse<T>(byte[] bytes)
            where T : IJuteRecord<T>
        {
            var reader = new JuteReader(bytes);
            return T.Read(ref reader);
        }

        public void Dispose() => socket.Dispose();

        internal static byte[] Frame<THead, TBody>(THead head, TBody body)
            where THead : IJuteRecord<THead>
            where TBody : IJuteRecord<TBody>
        {
            using var buffer = new FrameBuffer();
            int mark = buffer.BeginFrame();
            var writer = new JuteWriter(buffer);
            head.Write(ref writer);
            body.Write(ref writer);
            writer.Flush();
            buffer.EndFrame(mark);
            return buffer.WrittenSpan.ToArray();
        }

        private async Task<byte[]> ReadAsync(int count)
        {
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            byte[] bytes = new byte[count];
            for (int read = 0; read < count;)
            {
                int more = await socket.ReceiveAsync(bytes.AsMemory(read), timeout.Token);
                if (more == 0)
                    throw new EndOfStreamException();
                read += more;
            }

            return bytes;
        }
    }
}
