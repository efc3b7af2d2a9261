using System.Buffers;
using System.Collections.Concurrent;

namespace Coordination.Bench.Stubs;

/// <summary>
/// The mailbox and the turn. Inputs are bytes of a link or "durable up to this turn"; a turn takes all inputs there are, then
/// carries out: sync or hand to storage, hold or send replies. One runs a turn at a time, be it a thread of its own or the poster.
/// </summary>
internal sealed class StubOwner
{
    private readonly ConcurrentQueue<(StubLink? Link, byte[]? Bytes, long Count)> _mailbox = new();
    private readonly List<StubLink> _dirty = [];
    private readonly List<StubLink> _holding = [];
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly StubReplies _replies = new();
    private readonly StubWatchers _watchers;
    private readonly StubLog _log;
    private readonly StubStorage? _storage;
    private readonly StubDesign _design;
    private int _busy;
    private long _turn;

    public StubOwner(StubDesign design, StubLog log)
    {
        _design = design;
        _log = log;
        _watchers = new StubWatchers(MarkDirty);
        if (design.Sync is StubSync.Storage or StubSync.InPlaceWhenIdle)
            _storage = new StubStorage(log, PostPersisted);
        if (design.Turn == StubTurn.Thread)
            new Thread(RunThread) { IsBackground = true, Name = "owner" }.Start();
    }

    /// <summary>Set by a transport that runs the turns itself: called from the storage thread.</summary>
    public Action? WakeTransport { get; init; }

    /// <summary>Hands over whole frames. They are answered before this returns if the caller may run the turn.</summary>
    public void Post(StubLink link, ReadOnlySpan<byte> frames)
    {
        if (_design.Turn == StubTurn.Poster && Interlocked.CompareExchange(ref _busy, 1, 0) == 0)
        {
            // Nothing in front of it: straight from the transport's buffer, without a copy.
            if (_mailbox.IsEmpty)
            {
                Take(link, frames);
                DrainAndRelease();
                return;
            }

            Enqueue(link, frames);
            DrainAndRelease();
            return;
        }

        Enqueue(link, frames);
        if (_design.Turn == StubTurn.Poster)
            TryDrain();
        else if (Interlocked.Exchange(ref _busy, 1) == 0)
            _wake.Set();
    }

    /// <summary>For a transport that is the owner: answers at once, carries out with <see cref="EndTurn"/>.</summary>
    public void Take(StubLink link, ReadOnlySpan<byte> frames)
    {
        link.Take(frames, _replies, _log, _watchers);
        MarkDirty(link);
    }

    /// <summary>Carries out the turn.</summary>
    public void EndTurn()
    {
        TakeMailbox();
        if (_design.Sync == StubSync.None)
            _log.Pending.Clear();
        bool wrote = _log.Pending.Length > 0;
        if (wrote)
            _turn++;
        foreach (StubLink link in _dirty)
        {
            bool alreadyHolding = link.HoldsReplies;
            link.EndTurn(_turn, mustWait: wrote);
            link.IsDirty = false;
            if (link.HoldsReplies && !alreadyHolding)
                _holding.Add(link);
        }

        _dirty.Clear();
        if (!wrote)
            return;
        bool inPlace = _design.Sync == StubSync.InPlace
            || (_design.Sync == StubSync.InPlaceWhenIdle && _storage!.IsIdle && _mailbox.IsEmpty);
        if (inPlace)
        {
            _log.Write(_log.Pending.WrittenSpan);
            _log.Pending.Clear();
            _log.Sync();
            Release(_turn);
        }
        else
        {
            _storage!.Submit(_log.Swap(_storage.RentBuffer()), _turn);
        }
    }

    private void MarkDirty(StubLink link)
    {
        if (link.IsDirty)
            return;

        link.IsDirty = true;
        _dirty.Add(link);
    }

    private void PostPersisted(long turn)
    {
        _mailbox.Enqueue((null, null, turn));
        if (WakeTransport is not null)
            WakeTransport();
        else if (_design.Turn == StubTurn.Poster)
            TryDrain();
        else if (Interlocked.Exchange(ref _busy, 1) == 0)
            _wake.Set();
    }

    private void Enqueue(StubLink link, ReadOnlySpan<byte> frames)
    {
        byte[] copy = ArrayPool<byte>.Shared.Rent(frames.Length);
        frames.CopyTo(copy);
        _mailbox.Enqueue((link, copy, frames.Length));
    }

    private void TakeMailbox()
    {
        while (_mailbox.TryDequeue(out (StubLink? Link, byte[]? Bytes, long Count) input))
        {
            if (input.Link is null)
            {
                Release(input.Count);
                continue;
            }

            Take(input.Link, input.Bytes.AsSpan(0, (int)input.Count));
            ArrayPool<byte>.Shared.Return(input.Bytes!);
        }
    }

    private void TryDrain()
    {
        if (Interlocked.CompareExchange(ref _busy, 1, 0) == 0)
            DrainAndRelease();
    }

    private void DrainAndRelease()
    {
        do
        {
            do
                EndTurn();
            while (!_mailbox.IsEmpty);
            Volatile.Write(ref _busy, 0);
            Interlocked.MemoryBarrier();
        }
        while (!_mailbox.IsEmpty && Interlocked.CompareExchange(ref _busy, 1, 0) == 0);
    }

    private void RunThread()
    {
        while (true)
        {
            _wake.WaitOne();
            DrainAndRelease();
        }
    }

    private void Release(long turn)
    {
        int kept = 0;
        for (int i = 0; i < _holding.Count; i++)
        {
            StubLink link = _holding[i];
            link.Release(turn);
            if (link.HoldsReplies)
                _holding[kept++] = link;
        }

        _holding.RemoveRange(kept, _holding.Count - kept);
    }
}
