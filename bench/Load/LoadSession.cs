using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Coordination.Bench.Native;
using Coordination.Protocol;

namespace Coordination.Bench.Load;

/// <summary>
/// One session on one non-blocking socket: keeps a fixed number of requests in flight and times each from its send to its reply.
/// Replies come in request order, so a ring of start times is all the bookkeeping.
/// </summary>
internal sealed unsafe class LoadSession : IDisposable
{
    private readonly Socket _socket;
    private readonly int _descriptor;
    private readonly RequestFrames _frames;
    private readonly long[] _startedAt;
    private readonly byte[] _sendBuffer;
    private readonly byte[] _receiveBuffer = GC.AllocateArray<byte>(64 * 1024, pinned: true);
    private int _sendLength;
    private int _received;
    private int _xid;
    private int _oldestXid = 1;

    private LoadSession(Socket socket, RequestFrames frames, int pipeline)
    {
        _socket = socket;
        _descriptor = (int)socket.Handle;
        _frames = frames;
        _startedAt = new long[pipeline];
        _sendBuffer = GC.AllocateArray<byte>((frames.LargestFrame + 64) * pipeline, pinned: true);
    }

    public int Descriptor => _descriptor;

    public int InFlight => _xid + 1 - _oldestXid;

    /// <summary>The number that the next create or delete writes into its path.</summary>
    public long Serial { get; set; }

    public long Errors { get; private set; }

    public static LoadSession Open(IPEndPoint server, RequestFrames frames, int pipeline)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(server);
        ControlConnection.Handshake(socket, timeoutMilliseconds: 30_000);
        socket.Blocking = false;
        return new LoadSession(socket, frames, pipeline);
    }

    /// <summary>Puts up to <paramref name="count"/> new requests behind the ones in flight and sends.</summary>
    public void Request(Workload workload, int count)
    {
        long now = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            int xid = ++_xid;
            _startedAt[xid % _startedAt.Length] = now;
            _sendLength += _frames.Write(workload, xid, Serial++, _sendBuffer.AsSpan(_sendLength));
        }

        Flush();
    }

    /// <summary>Reads what has arrived; the number of requests it answered.</summary>
    public int Receive(LatencyHistogram latency)
    {
        nint count;
        fixed (byte* buffer = _receiveBuffer)
            count = Libc.Receive(_descriptor, buffer + _received, _receiveBuffer.Length - _received, Libc.DontWait);
        if (count < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            return error is Libc.Eagain or Libc.Eintr ? 0 : throw new IOException($"recv: errno {error}.");
        }

        if (count == 0)
            throw new IOException("The server closed a connection under load.");
        _received += (int)count;
        int answered = TakeReplies(latency, Stopwatch.GetTimestamp());
        if (_sendLength > 0)
            Flush();
        return answered;
    }

    public void Dispose()
    {
        try
        {
            _socket.Blocking = true;
            _socket.Send(RequestFrames.Frame(OpCode.CloseSession, default(EmptyRecord), int.MaxValue));
            _socket.ReceiveTimeout = 2000;
            _ = _socket.Receive(new byte[256]);
        }
        catch (SocketException)
        {
            // The session then ends by expiry.
        }

        _socket.Dispose();
    }

    private int TakeReplies(LatencyHistogram latency, long now)
    {
        int answered = 0;
        int position = 0;
        while (_received - position >= sizeof(int) + ReplyHeader.Size)
        {
            var frame = _receiveBuffer.AsSpan(position, _received - position);
            int length = BinaryPrimitives.ReadInt32BigEndian(frame);
            if (frame.Length - sizeof(int) < length)
                break;

            int xid = BinaryPrimitives.ReadInt32BigEndian(frame[4..]);
            if (xid == _oldestXid)
            {
                if (BinaryPrimitives.ReadInt32BigEndian(frame[16..]) != 0)
                    Errors++;
                long ticks = now - _startedAt[xid % _startedAt.Length];
                latency.Record((long)(ticks * (1e9 / Stopwatch.Frequency)));
                _oldestXid++;
                answered++;
            }
            else if (xid >= 0)
            {
                throw new IOException($"Reply {xid} where {_oldestXid} was due.");
            }

            position += sizeof(int) + length;
        }

        if (position > 0)
        {
            _receiveBuffer.AsSpan(position, _received - position).CopyTo(_receiveBuffer);
            _received -= position;
        }

        return answered;
    }

    private void Flush()
    {
        int sent = 0;
        fixed (byte* buffer = _sendBuffer)
        {
            while (sent < _sendLength)
            {
                nint count = Libc.Send(_descriptor, buffer + sent, _sendLength - sent, Libc.DontWait | Libc.NoSignal);
                if (count < 0)
                {
                    int error = Marshal.GetLastPInvokeError();
                    if (error is Libc.Eagain)
                        break;
                    throw new IOException($"send: errno {error}.");
                }

                sent += (int)count;
            }
        }

        // What the kernel did not take goes with the next reply: requests are in flight, so one will come.
        _sendBuffer.AsSpan(sent, _sendLength - sent).CopyTo(_sendBuffer);
        _sendLength -= sent;
    }
}
