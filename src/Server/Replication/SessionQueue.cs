using System.Buffers;
using Coordination.Protocol;

namespace Coordination.Server.Replication;

/// <summary>
/// The requests of one connection that are not answered yet, in order: writes and syncs on their way through the ensemble, and whatever came
/// behind them. A read never overtakes a write of its own session; reads of other sessions do. A write does not overtake a sync either:
/// otherwise it could be applied before the sync is answered, and the replies would go back in time.
/// </summary>
internal sealed class SessionQueue
{
    private Entry[] _entries = [];
    private int _head;
    private int _pending;
    private int _pendingSyncs;
    private int _waitingChanges;

    private enum EntryKind : byte
    {
        Write,
        Sync,
        Waiting,
        WaitingChange,
    }

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Requests that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Requests among them that wait for something before them.</summary>
    public int Waiting { get; private set; }

    /// <summary>Their bytes.</summary>
    public int WaitingBytes { get; private set; }

    /// <summary>Whether a write or a sync is on its way: what comes of it only its leader knows.</summary>
    public bool HasPending => _pending > 0;

    /// <summary>Whether a write has to wait here before it may be proposed.</summary>
    public bool HoldsWrites => _pendingSyncs > 0 || _waitingChanges > 0;

    /// <summary>Whether a sync has to wait here before it may begin.</summary>
    public bool HoldsSyncs => _waitingChanges > 0;

    /// <summary>A write was proposed, or sent to the leader.</summary>
    public void AddWrite()
    {
        _pending++;
        Add(default);
    }

    /// <summary>A sync has begun.</summary>
    public void AddSync()
    {
        _pending++;
        _pendingSyncs++;
        Add(new Entry(EntryKind.Sync, null, 0, 0, ErrorCode.Ok));
    }

    /// <summary>Keeps a copy of a request that has to wait.</summary>
    /// <param name="frame">The request.</param>
    /// <param name="receivedAt">When it came.</param>
    /// <param name="refusal">Ok, or what it will be refused with when its turn comes.</param>
    /// <param name="isChange">Whether it is a write or a sync that may not begin yet.</param>
    public void AddWaiting(ReadOnlySpan<byte> frame, long receivedAt, ErrorCode refusal = ErrorCode.Ok, bool isChange = false)
    {
        byte[] copy = ArrayPool<byte>.Shared.Rent(frame.Length);
        frame.CopyTo(copy);
        Waiting++;
        WaitingBytes += frame.Length;
        if (isChange)
            _waitingChanges++;
        Add(new Entry(isChange ? EntryKind.WaitingChange : EntryKind.Waiting, copy, frame.Length, receivedAt, refusal));
    }

    /// <summary>The oldest write was committed.</summary>
    public void CompleteWrite() => Complete(EntryKind.Write);

    /// <summary>The oldest sync was confirmed.</summary>
    public void CompleteSync()
    {
        Complete(EntryKind.Sync);
        _pendingSyncs--;
    }

    /// <summary>The oldest request, if nothing that is on its way stands before it.</summary>
    public bool TryPeekWaiting(out ReadOnlySpan<byte> frame, out long receivedAt, out ErrorCode refusal)
    {
        frame = default;
        receivedAt = 0;
        refusal = ErrorCode.Ok;
        if (Count == 0 || _entries[_head].Frame is not { } bytes)
            return false;

        ref Entry entry = ref _entries[_head];
        frame = bytes.AsSpan(0, entry.Length);
        receivedAt = entry.ReceivedAt;
        refusal = entry.Refusal;
        return true;
    }

    /// <summary>Whether the request that <see cref="TryPeekWaiting"/> showed is a write or a sync.</summary>
    public bool IsChangeNext => Count > 0 && _entries[_head].Kind == EntryKind.WaitingChange;

    /// <summary>Drops the request that <see cref="TryPeekWaiting"/> showed.</summary>
    /// <returns>Its bytes; 0 if everything was dropped already.</returns>
    public int RemoveWaiting()
    {
        if (Count == 0 || _entries[_head].Frame is null)
            return 0;

        Entry entry = _entries[_head];
        RemoveHead();
        return Forget(entry);
    }

    /// <summary>The request that <see cref="TryPeekWaiting"/> showed has begun, as a write or as a sync.</summary>
    /// <returns>Its bytes.</returns>
    public int BeginWaiting(bool isSync)
    {
        Entry entry = _entries[_head];
        _entries[_head] = new Entry(isSync ? EntryKind.Sync : EntryKind.Write, null, 0, 0, ErrorCode.Ok);
        _pending++;
        if (isSync)
            _pendingSyncs++;
        return Forget(entry);
    }

    /// <summary>Drops everything.</summary>
    public void Clear()
    {
        for (; Count > 0; RemoveHead())
        {
            if (_entries[_head].Frame is not null)
                Forget(_entries[_head]);
        }

        _pending = 0;
        _pendingSyncs = 0;
    }

    private void Complete(EntryKind kind)
    {
        if (Count == 0 || _entries[_head].Kind != kind)
            throw new InvalidOperationException($"A {kind} was completed ahead of requests that came before it.");

        RemoveHead();
        _pending--;
    }

    private int Forget(in Entry entry)
    {
        Waiting--;
        WaitingBytes -= entry.Length;
        if (entry.Kind == EntryKind.WaitingChange)
            _waitingChanges--;
        ArrayPool<byte>.Shared.Return(entry.Frame!);
        return entry.Length;
    }

    private void Add(in Entry entry)
    {
        if (Count == _entries.Length)
            Grow();
        _entries[(_head + Count) & (_entries.Length - 1)] = entry;
        Count++;
    }

    private void RemoveHead()
    {
        _entries[_head] = default;
        _head = (_head + 1) & (_entries.Length - 1);
        Count--;
    }

    private void Grow()
    {
        var larger = new Entry[Math.Max(4, _entries.Length * 2)];
        for (int i = 0; i < Count; i++)
            larger[i] = _entries[(_head + i) & (_entries.Length - 1)];
        _entries = larger;
        _head = 0;
    }

    private readonly record struct Entry(EntryKind Kind, byte[]? Frame, int Length, long ReceivedAt, ErrorCode Refusal);
}
