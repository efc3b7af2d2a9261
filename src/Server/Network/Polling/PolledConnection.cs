using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using Coordination.Protocol;

namespace Coordination.Server.Network;

/// <summary>
/// A connection of the <see cref="PollingTransport"/>. Reads and sends are tried at once and wait for readiness only when the socket has
/// nothing or is full. One thread at a time touches it: the polling
/// thread, or whoever it lets answer reads while it waits. A buffer is held only while it holds bytes.
/// </summary>
internal sealed class PolledConnection(int descriptor, IPEndPoint remoteAddress, IConnectionEvents events, Action<PolledConnection> closed)
    : ClientConnection(remoteAddress)
{
    private const int FirstBuffer = 16 << 10;

    private byte[]? _received;
    private int _start;
    private int _end;
    private byte[]? _unsent;
    private int _unsentStart;
    private int _unsentEnd;
    private bool _waitsForBytes;
    private bool _isClosed;

    /// <summary>
    /// Nothing can have come since the socket was last looked at: it gave less than there was room for, and every arrival after that is
    /// reported. So it need not be asked again, which would be half of all receives. True at first: the first look is reported as well.
    /// </summary>
    private bool _isDrained = true;

    /// <summary>The peer may have ended its side: that may have been reported together with bytes, so only a receive that gives nothing tells.</summary>
    private bool _mayHaveEnded;

    /// <summary>Names the connection in events.</summary>
    public int Key => descriptor;

    /// <inheritdoc/>
    public override int Unsent => _unsentEnd - _unsentStart;

    /// <inheritdoc/>
    public override bool HasBytes => _end > _start;

    /// <summary>What has arrived and was not taken; valid until <see cref="Read"/>. For those who speak in other units than frames.</summary>
    public ReadOnlySpan<byte> Received => _received.AsSpan(_start, _end - _start);

    /// <summary>Takes bytes from the beginning of <see cref="Received"/>.</summary>
    public void Take(int count) => _start += count;

    /// <summary>The kernel reports a change.</summary>
    public void Ready(uint what)
    {
        if (IsSending && (what & (Epoll.Out | Epoll.Broken)) != 0)
            SendOn();
        if ((what & (Epoll.In | Epoll.Broken)) == 0)
            return;

        _isDrained = false;
        _mayHaveEnded |= (what & Epoll.Broken) != 0;
        if (_waitsForBytes)
            events.Readable(this);
    }

    /// <inheritdoc/>
    public override bool Read()
    {
        if (_isClosed || HasEnded)
            return false;

        if (_isDrained)
            return WaitForBytes();

        MakeRoom();
        int room = _received!.Length - _end;
        int count = TcpSocket.Receive(descriptor, _received.AsSpan(_end));
        if (count == TcpSocket.WouldBlock)
            return WaitForBytes();

        _waitsForBytes = false;
        if (count <= 0)
            HasEnded = true;
        else
            _end += count;
        _isDrained = count > 0 && count < room && !_mayHaveEnded;
        return true;
    }

    /// <inheritdoc/>
    public override void EndRead()
    {
        if (_waitsForBytes)
            Read();
    }

    /// <inheritdoc/>
    public override bool TryPeekWord(out int word)
    {
        word = 0;
        return _end - _start >= sizeof(int) && BinaryPrimitives.TryReadInt32BigEndian(_received.AsSpan(_start), out word);
    }

    /// <inheritdoc/>
    public override bool TryPeek(Span<byte> bytes) =>
        _end - _start >= bytes.Length && _received.AsSpan(_start, bytes.Length).TryCopyTo(bytes);

    /// <inheritdoc/>
    public override FrameStatus TryTake(int maxFrame, out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (!TryPeekWord(out int length))
            return FrameStatus.Incomplete;
        if (length < 0 || length > maxFrame)
            return FrameStatus.Refused;
        if (_end - _start - sizeof(int) < length)
            return FrameStatus.Incomplete;

        frame = _received.AsSpan(_start + sizeof(int), length);
        _start += sizeof(int) + length;
        return FrameStatus.Taken;
    }

    /// <summary>Gives back the frame that <see cref="TryTake"/> gave last; the next one is it again.</summary>
    public void PutBack(int length) => _start -= sizeof(int) + length;

    /// <inheritdoc/>
    public override void Send(FrameBuffer output)
    {
        ReadOnlySpan<byte> bytes = output.WrittenSpan;
        while (!_isClosed && !bytes.IsEmpty)
        {
            int count = TcpSocket.Send(descriptor, bytes);
            if (count >= 0)
            {
                bytes = bytes[count..];
                SentBytes += count;
                continue;
            }

            // A broken connection is reported by its reading side; here the rest is dropped.
            if (count == TcpSocket.WouldBlock)
                KeepUnsent(bytes);
            break;
        }

        output.Clear();
    }

    /// <inheritdoc/>
    public override void EndSend()
    {
    }

    /// <inheritdoc/>
    public override void Close() => End(abortive: false);

    /// <inheritdoc/>
    public override void Abort() => End(abortive: true);

    private void End(bool abortive)
    {
        if (_isClosed)
            return;

        _isClosed = true;
        IsSending = false;
        Release(ref _received);
        Release(ref _unsent);
        _start = _end = _unsentStart = _unsentEnd = 0;
        if (abortive)
            TcpSocket.Reset(descriptor);
        else
            TcpSocket.Close(descriptor);
        closed(this);
    }

    private bool WaitForBytes()
    {
        _waitsForBytes = true;
        ReleaseIfEmpty();
        return false;
    }

    /// <summary>Room behind the bytes at hand. It grows with what has arrived, never with what a length word promises.</summary>
    private void MakeRoom()
    {
        _received ??= ArrayPool<byte>.Shared.Rent(FirstBuffer);
        int length = _end - _start;
        if (_end < _received.Length)
            return;

        byte[] target = _received;
        if (length > _received.Length / 2)
            target = ArrayPool<byte>.Shared.Rent(_received.Length * 2);
        _received.AsSpan(_start, length).CopyTo(target);
        if (!ReferenceEquals(target, _received))
            ArrayPool<byte>.Shared.Return(_received);
        _received = target;
        _start = 0;
        _end = length;
    }

    private void ReleaseIfEmpty()
    {
        if (_end > _start)
            return;

        Release(ref _received);
        _start = _end = 0;
    }

    private void KeepUnsent(ReadOnlySpan<byte> bytes)
    {
        _unsent = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(_unsent);
        _unsentStart = 0;
        _unsentEnd = bytes.Length;
        IsSending = true;
    }

    private void SendOn()
    {
        while (_unsentStart < _unsentEnd)
        {
            int count = TcpSocket.Send(descriptor, _unsent.AsSpan(_unsentStart, _unsentEnd - _unsentStart));
            if (count == TcpSocket.WouldBlock)
                return;
            if (count < 0)
                break;
            _unsentStart += count;
            SentBytes += count;
        }

        Release(ref _unsent);
        _unsentStart = _unsentEnd = 0;
        IsSending = false;
        events.Writable(this);
    }

    private static void Release(ref byte[]? buffer)
    {
        if (buffer is not null)
            ArrayPool<byte>.Shared.Return(buffer);
        buffer = null;
    }
}
