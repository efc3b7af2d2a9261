using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using Coordination.Protocol;
using Coordination.Server.Network;

namespace Coordination.Server.Tests.Hosting.Traffic;

/// <summary>A connection without a socket: what arrives and how much the peer takes is the test's to say.</summary>
internal sealed class ScriptedConnection(int number, Action<ScriptedConnection> readable, Action<ScriptedConnection> writable)
    : ClientConnection(new IPEndPoint(IPAddress.Loopback, 40_000 + number))
{
    private readonly ArrayBufferWriter<byte> _input = new();
    private int _taken;
    private long _unsent;
    private bool _isWaiting;

    /// <summary>Bytes that the peer still takes at once.</summary>
    public long Window { get; set; } = long.MaxValue / 2;

    /// <summary>What the peer has received, if it is kept.</summary>
    public MemoryStream? Received { get; set; }

    public bool IsCut { get; private set; }

    public bool IsClosed { get; private set; }

    /// <summary>Bytes sent by the peer that nobody has taken.</summary>
    public int Untaken => _input.WrittenCount - _taken;

    public override int Unsent => (int)_unsent;

    public override bool HasBytes => Untaken > 0;

    /// <summary>The peer sends.</summary>
    public void Arrive(ReadOnlySpan<byte> bytes)
    {
        _input.Write(bytes);
        if (!_isWaiting)
            return;

        _isWaiting = false;
        readable(this);
    }

    /// <summary>The peer reads so much.</summary>
    public void Take(long bytes)
    {
        Window += bytes;
        if (IsClosed)
            return;

        long count = Math.Min(Window, _unsent);
        Window -= count;
        _unsent -= count;
        SentBytes += count;
        if (!IsSending || _unsent > 0)
            return;

        IsSending = false;
        writable(this);
    }

    public override bool Read()
    {
        if (Untaken > 0 && !_isWaiting)
        {
            // Nothing new since it was looked at.
            _isWaiting = true;
            return false;
        }

        _isWaiting = Untaken == 0;
        return !_isWaiting;
    }

    public override void EndRead() => _isWaiting = false;

    public override FrameStatus TryTake(int maxFrame, out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (!TryPeekWord(out int length) || Untaken - sizeof(int) < length)
            return FrameStatus.Incomplete;

        frame = _input.WrittenSpan.Slice(_taken + sizeof(int), length);
        _taken += sizeof(int) + length;
        return FrameStatus.Taken;
    }

    public override bool TryPeekWord(out int word) =>
        BinaryPrimitives.TryReadInt32BigEndian(_input.WrittenSpan.Slice(_taken, Untaken), out word);

    public override bool TryPeek(Span<byte> bytes) =>
        Untaken >= bytes.Length && _input.WrittenSpan.Slice(_taken, bytes.Length).TryCopyTo(bytes);

    public override void Send(FrameBuffer output)
    {
        Assert.False(IsSending, "nothing may be sent while the socket is full");
        long count = Math.Min(Window, output.Length);
        Received?.Write(output.WrittenSpan);
        Window -= count;
        SentBytes += count;
        _unsent = output.Length - count;
        IsSending = _unsent > 0;
        output.Clear();
    }

    public override void EndSend()
    {
    }

    public override void Close() => IsClosed = true;

    public override void Abort() => IsClosed = IsCut = true;
}
