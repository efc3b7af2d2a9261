using System.Collections.Concurrent;
using Coordination.Protocol;

namespace Coordination.Bench.Stubs;

/// <summary>The storage thread: takes every batch that has gathered, writes them, syncs once and reports the last turn.</summary>
internal sealed class StubStorage
{
    private readonly ConcurrentQueue<(FrameBuffer Bytes, long Turn)> _queue = new();
    private readonly ConcurrentBag<FrameBuffer> _empty = [];
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly StubLog _log;
    private readonly Action<long> _persisted;
    private int _outstanding;
    private int _asleep;

    public StubStorage(StubLog log, Action<long> persisted)
    {
        _log = log;
        _persisted = persisted;
        new Thread(Run) { IsBackground = true, Name = "storage" }.Start();
    }

    /// <summary>Whether nothing is being written: only then may somebody else write.</summary>
    public bool IsIdle => Volatile.Read(ref _outstanding) == 0;

    public FrameBuffer RentBuffer() => _empty.TryTake(out FrameBuffer? buffer) ? buffer : new FrameBuffer(64 * 1024);

    public void Submit(FrameBuffer bytes, long turn)
    {
        Interlocked.Increment(ref _outstanding);
        _queue.Enqueue((bytes, turn));
        if (Interlocked.Exchange(ref _asleep, 0) == 1)
            _wake.Set();
    }

    private void Run()
    {
        while (true)
        {
            int batches = 0;
            long turn = 0;
            while (_queue.TryDequeue(out (FrameBuffer Bytes, long Turn) batch))
            {
                _log.Write(batch.Bytes.WrittenSpan);
                batch.Bytes.Clear();
                _empty.Add(batch.Bytes);
                turn = batch.Turn;
                batches++;
            }

            if (batches > 0)
            {
                _log.Sync();
                Interlocked.Add(ref _outstanding, -batches);
                _persisted(turn);
                continue;
            }

            Volatile.Write(ref _asleep, 1);
            Interlocked.MemoryBarrier();
            if (_queue.IsEmpty || Interlocked.Exchange(ref _asleep, 0) == 0)
                _wake.WaitOne();
        }
    }
}
