using System.Buffers.Binary;
using Coordination.Protocol;

namespace Coordination.Bench.Stubs;

/// <summary>One connection of a stub. Only whoever runs the turn touches it.</summary>
internal abstract class StubLink
{
    private readonly Queue<(long Turn, int Length)> _held = new();
    private bool _greeted;

    public FrameBuffer Output { get; } = new();

    public bool IsDirty { get; set; }

    public bool WroteThisTurn { get; private set; }

    public bool HoldsReplies => _held.Count > 0;

    /// <summary>Answers the whole frames at the start of <paramref name="bytes"/>; the number of bytes they took.</summary>
    public int Take(ReadOnlySpan<byte> bytes, StubReplies replies, StubLog log, StubWatchers watchers)
    {
        int position = 0;
        while (bytes.Length - position >= sizeof(int))
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(bytes[position..]);
            if (bytes.Length - position - sizeof(int) < length)
                break;
            ReadOnlySpan<byte> frame = bytes.Slice(position + sizeof(int), length);
            if (replies.Answer(frame, !_greeted, Output))
            {
                log.Append(frame);
                WroteThisTurn = true;
            }

            if (replies.LeftWatch)
                watchers.Add(this);
            else if (replies.Changed)
                watchers.Tell(replies);

            _greeted = true;
            position += sizeof(int) + length;
        }

        return position;
    }

    /// <summary>Puts an event into the output; like a reply to a write it waits for the log.</summary>
    public void Notify(StubReplies replies)
    {
        replies.Notify(Output);
        WroteThisTurn = true;
    }

    /// <summary>Ends the turn for this link: what it has to say waits for the turn's writes, or goes out.</summary>
    /// <param name="turn">Its number.</param>
    /// <param name="mustWait">Whether writes wait for the log at all.</param>
    public void EndTurn(long turn, bool mustWait)
    {
        if (!(WroteThisTurn && mustWait) && !HoldsReplies)
            TransmitAll();
        else
            _held.Enqueue((turn, Output.Length));
        WroteThisTurn = false;
    }

    /// <summary>Sends what waited for turns up to this one.</summary>
    public void Release(long turn)
    {
        int length = 0;
        while (_held.TryPeek(out (long Turn, int Length) first) && first.Turn <= turn)
            length = _held.Dequeue().Length;
        if (length == Output.Length)
        {
            TransmitAll();
            return;
        }

        if (length == 0)
            return;
        Transmit(Output.WrittenSpan[..length]);
        byte[] rest = Output.WrittenSpan[length..].ToArray();
        Output.Clear();
        rest.CopyTo(Output.GetSpan(rest.Length));
        Output.Advance(rest.Length);
        for (int i = _held.Count; i > 0; i--)
        {
            (long Turn, int Length) held = _held.Dequeue();
            _held.Enqueue((held.Turn, held.Length - length));
        }
    }

    /// <summary>Hands bytes to the transport, which may not keep the span.</summary>
    protected abstract void Transmit(ReadOnlySpan<byte> bytes);

    private void TransmitAll()
    {
        if (Output.Length > 0)
            Transmit(Output.WrittenSpan);
        Output.Clear();
    }
}
