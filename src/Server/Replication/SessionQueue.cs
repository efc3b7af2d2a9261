using System.Buffers;
using Coordination.Protocol;

namespace Coordination.Server.Replication;

/// <summary>
/// The requests of one connection that are not answered yet, in order: writes on their way to the disk, and whatever came behind them. A
/// read never overtakes a write of its own session; reads of other sessions do.
/// </summary>
internal sealed class SessionQueue
{
    private readonly Queue<Entry> _entries = new();

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => _entries.Count == 0;

    /// <summary>Requests that wait.</summary>
    public int Count => _entries.Count;

    /// <summary>Requests among them that wait for a write before them.</summary>
    public int Waiting { get; private set; }

    /// <summary>Their bytes.</summary>
    public int WaitingBytes { get; private set; }

    /// <summary>A write was proposed.</summary>
    public void AddWrite() => _entries.Enqueue(default);

    /// <summary>Keeps a copy of a request that has to wait.</summary>
    /// <param name="frame">The request.</param>
    /// <param name="receivedAt">When it came.</param>
    /// <param name="refusal">Ok, or what it will be refused with when its turn comes.</param>
    public void AddWaiting(ReadOnlySpan<byte> frame, long receivedAt, ErrorCode refusal = ErrorCode.Ok)
    {
        byte[] copy = ArrayPool<byte>.Shared.Rent(frame.Length);
        frame.CopyTo(copy);
        _entries.Enqueue(new Entry(copy, frame.Length, receivedAt, refusal));
        Waiting++;
        WaitingBytes += frame.Length;
    }

    /// <summary>The oldest write was committed.</summary>
    public void CompleteWrite()
    {
        if (!_entries.TryDequeue(out Entry entry) || entry.Frame is not null)
            throw new InvalidOperationException("A write was committed ahead of requests that came before it.");
    }

    /// <summary>The oldest request, if no write stands before it.</summary>
    public bool TryPeekWaiting(out ReadOnlySpan<byte> frame, out long receivedAt, out ErrorCode refusal)
    {
        frame = default;
        receivedAt = 0;
        refusal = ErrorCode.Ok;
        if (!_entries.TryPeek(out Entry entry) || entry.Frame is null)
            return false;

        frame = entry.Frame.AsSpan(0, entry.Length);
        receivedAt = entry.ReceivedAt;
        refusal = entry.Refusal;
        return true;
    }

    /// <summary>Drops the request that <see cref="TryPeekWaiting"/> showed.</summary>
    /// <returns>Its bytes; 0 if everything was dropped already.</returns>
    public int RemoveWaiting()
    {
        if (!_entries.TryDequeue(out Entry entry) || entry.Frame is null)
            return 0;

        Waiting--;
        WaitingBytes -= entry.Length;
        ArrayPool<byte>.Shared.Return(entry.Frame);
        return entry.Length;
    }

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        while (_entries.Count > 0)
            RemoveWaiting();
    }

    /// <summary>A write if there is no frame.</summary>
    private readonly record struct Entry(byte[]? Frame, int Length, long ReceivedAt, ErrorCode Refusal);
}
