using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Coordination.Protocol;

namespace Coordination.Testing;

/// <summary>
/// A client that speaks frames and records over a plain socket and hides nothing: no session keeping, no retries, no reordering.
/// Every wait has a generous limit, so that a silent server fails a test instead of hanging it.
/// </summary>
public sealed class RawClient : IDisposable
{
    private readonly Socket _socket;
    private readonly FrameBuffer _output = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));
    private int _lastXid;

    private SslStream? _tls;

    private RawClient(Socket socket) => _socket = socket;

    /// <summary>The session the last handshake opened.</summary>
    public ConnectResponse Session { get; private set; }

    /// <summary>This end of the connection.</summary>
    public IPEndPoint LocalEndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Connects the socket and sends nothing.</summary>
    public static async Task<RawClient> DialAsync(EndPoint server, int? receiveBuffer = null)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } size)
            socket.ReceiveBufferSize = size;
        await socket.ConnectAsync(server);
        return new RawClient(socket);
    }

    /// <summary>Begins TLS, once connected; everything that follows goes through it.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">One side refused the other.</exception>
    public async Task BeginTlsAsync(SslClientAuthenticationOptions options)
    {
        SslStream tls = new(new NetworkStream(_socket));
        await tls.AuthenticateAsClientAsync(options, _limit.Token);
        _tls = tls;
    }

    /// <summary>The certificate that the server has shown.</summary>
    public X509Certificate2? ServerCertificate => _tls?.RemoteCertificate as X509Certificate2;

    /// <summary>Connects and opens a session (or re-attaches one).</summary>
    public static async Task<RawClient> ConnectAsync(
        EndPoint server, int timeoutMilliseconds = 10_000, long sessionId = 0, byte[]? password = null, long lastZxidSeen = 0)
    {
        RawClient client = await DialAsync(server);
        await client.HandshakeAsync(new ConnectRequest(0, lastZxidSeen, timeoutMilliseconds, sessionId, password ?? new byte[16], false));
        return client;
    }

    /// <summary>Sends the handshake and waits for its answer.</summary>
    public async Task<ConnectResponse> HandshakeAsync(ConnectRequest request)
    {
        await SendFrameAsync(request);
        byte[] frame = await ReadFrameAsync() ?? throw new IOException("The server closed instead of answering the handshake.");
        return Session = ReadRecord<ConnectResponse>(frame);
    }

    /// <summary>Sends one request and waits for the next reply that is no event.</summary>
    public async Task<RawReply> CallAsync<TRequest>(OpCode operation, TRequest request)
        where TRequest : IJuteRecord<TRequest>
    {
        int xid = await SendAsync(operation, request);
        while (true)
        {
            RawReply reply = await ReadReplyAsync() ?? throw new IOException($"The server closed instead of answering {operation}.");
            if (reply.Header.Xid == xid)
                return reply;
        }
    }

    /// <summary>Sends one request without waiting; returns its xid.</summary>
    public async Task<int> SendAsync<TRequest>(OpCode operation, TRequest request)
        where TRequest : IJuteRecord<TRequest>
    {
        int xid = operation == OpCode.Ping ? WellKnownXid.Ping : ++_lastXid;
        _output.Clear();
        WriteFrame(_output, xid, operation, request);
        await SendBytesAsync(_output.WrittenMemory);
        return xid;
    }

    /// <summary>Appends a framed request to a buffer.</summary>
    public static void WriteFrame<TRequest>(FrameBuffer buffer, int xid, OpCode operation, TRequest request)
        where TRequest : IJuteRecord<TRequest>
    {
        int mark = buffer.BeginFrame();
        JuteWriter writer = new(buffer);
        new RequestHeader(xid, operation).Write(ref writer);
        request.Write(ref writer);
        writer.Flush();
        buffer.EndFrame(mark);
    }

    /// <summary>Sends one record as a frame of its own, without a request header.</summary>
    public async Task SendFrameAsync<TRecord>(TRecord record)
        where TRecord : IJuteRecord<TRecord>
    {
        _output.Clear();
        int mark = _output.BeginFrame();
        JuteWriter writer = new(_output);
        record.Write(ref writer);
        writer.Flush();
        _output.EndFrame(mark);
        await SendBytesAsync(_output.WrittenMemory);
    }

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendBytesAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_tls is not null)
        {
            await _tls.WriteAsync(bytes, _limit.Token);
            return;
        }

        while (!bytes.IsEmpty)
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, _limit.Token)..];
    }

    /// <summary>Says that nothing more will be sent; answers still arrive.</summary>
    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>The next reply or event, or null at the end of the connection.</summary>
    public async Task<RawReply?> ReadReplyAsync() => await ReadFrameAsync() is { } frame ? RawReply.Parse(frame) : null;

    /// <summary>The next frame without its length word, or null at the end of the connection.</summary>
    public async Task<byte[]?> ReadFrameAsync()
    {
        byte[] length = new byte[sizeof(int)];
        if (!await FillAsync(length))
            return null;

        byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        return await FillAsync(frame) ? frame : null;
    }

    /// <summary>Everything up to the end of the connection.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        using MemoryStream all = new();
        byte[] piece = new byte[8192];
        try
        {
            while (await ReceiveAsync(piece) is var count and > 0)
                all.Write(piece, 0, count);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // A reset ends a connection as well as an orderly close does.
        }

        return all.ToArray();
    }

    /// <summary>Decodes one record from the start of the bytes.</summary>
    public static TRecord ReadRecord<TRecord>(ReadOnlySpan<byte> bytes)
        where TRecord : IJuteRecord<TRecord>
    {
        JuteReader reader = new(bytes);
        return TRecord.Read(ref reader);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tls?.Dispose();
        _socket.Dispose();
        _output.Dispose();
        _limit.Dispose();
    }

    private ValueTask<int> ReceiveAsync(Memory<byte> target) =>
        _tls?.ReadAsync(target, _limit.Token) ?? _socket.ReceiveAsync(target, SocketFlags.None, _limit.Token);

    private async Task<bool> FillAsync(Memory<byte> target)
    {
        try
        {
            while (!target.IsEmpty)
            {
                int count = await ReceiveAsync(target);
                if (count == 0)
                    return false;
                target = target[count..];
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}

/// <summary>One reply or event: its header, and whatever followed it.</summary>
/// <param name="Header">xid, zxid and outcome.</param>
/// <param name="Body">The record's bytes; empty after an error.</param>
public sealed record RawReply(ReplyHeader Header, byte[] Body)
{
    /// <summary>Splits a frame into header and body.</summary>
    public static RawReply Parse(byte[] frame) => new(RawClient.ReadRecord<ReplyHeader>(frame), frame[ReplyHeader.Size..]);

    /// <summary>Decodes the body.</summary>
    public TRecord As<TRecord>()
        where TRecord : IJuteRecord<TRecord> => RawClient.ReadRecord<TRecord>(Body);
}
