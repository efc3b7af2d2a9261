using System.Diagnostics;
using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Replication;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting;

/// <summary>
/// Takes log entries from the turns and makes them durable. On its thread, a batch grows while the one before it is synced and is never
/// held back to wait for company: that is group commit without a timer.
/// </summary>
internal sealed class LogPipeline : IDisposable
{
    /// <summary>Above this, others would wait too long behind a sync in place; the thread takes over until the disk is faster again.</summary>
    private const long SlowForInPlace = TimeSpan.TicksPerMillisecond * 2;

    private readonly object _gate = new();
    private readonly StorageEngine _storage;
    private readonly Action<LoopInput> _post;
    private readonly SyncObserver _observer;
    private readonly Thread _thread;
    private LogBatch _filling = new();
    private LogBatch _writing = new();
    private long _typicalSync;
    private bool _isBusy;
    private bool _isStopping;
    private bool _hasFailed;

    /// <param name="storage">The disk.</param>
    /// <param name="post">Takes <see cref="LoopInputKind.LogPersisted"/> and faults.</param>
    /// <param name="observer">Hears how long each sync took.</param>
    public LogPipeline(StorageEngine storage, Action<LoopInput> post, SyncObserver observer)
    {
        _storage = storage;
        _post = post;
        _observer = observer;
        _thread = new Thread(Run) { IsBackground = true, Name = "Coordination log" };
        _thread.Start();
    }

    /// <summary>Bytes that were submitted while a batch was being written.</summary>
    public int WaitingBytes
    {
        get
        {
            lock (_gate)
                return _filling.Bytes.Length;
        }
    }

    /// <summary>Copies the entries; they are durable when <see cref="LoopInputKind.LogPersisted"/> arrives.</summary>
    public void Submit(LogBatch batch)
    {
        lock (_gate)
        {
            int shift = _filling.Bytes.Length;
            batch.Bytes.WrittenSpan.CopyTo(_filling.Bytes.GetSpan(batch.Bytes.Length));
            _filling.Bytes.Advance(batch.Bytes.Length);
            foreach (LogEntrySpan entry in batch.Entries)
                _filling.Entries.Add(entry with { Offset = entry.Offset + shift });
            if (!_isBusy)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Syncs on the caller's thread if nothing is on its way already; otherwise false, and nothing was done.</summary>
    public bool TrySyncInPlace(LogBatch batch)
    {
        lock (_gate)
        {
            if (_isBusy || _hasFailed || _filling.Entries.Count > 0 || _typicalSync > SlowForInPlace)
                return false;
            _isBusy = true;
        }

        // A failure leaves the pipeline busy: nothing is ever written after it.
        Write(batch);
        lock (_gate)
            _isBusy = false;
        return true;
    }

    /// <summary>Writes what was submitted and ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
        _filling.Bytes.Dispose();
        _writing.Bytes.Dispose();
    }

    private void Run()
    {
        try
        {
            while (TakeBatch())
            {
                Write(_writing);
                Zxid last = _writing.Entries[^1].Zxid;
                _writing.Clear();
                _post(new LoopInput(LoopInputKind.LogPersisted, null, last.Value));
            }
        }
        catch (Exception e)
        {
            lock (_gate)
                _hasFailed = true;
            _post(new LoopInput(LoopInputKind.Fault, e));
        }
    }

    private bool TakeBatch()
    {
        lock (_gate)
        {
            _isBusy = false;
            while (_filling.Entries.Count == 0 && !_isStopping)
                Monitor.Wait(_gate);

            if (_filling.Entries.Count == 0)
                return false;

            _isBusy = true;
            (_filling, _writing) = (_writing, _filling);
            return true;
        }
    }

    private void Write(LogBatch batch)
    {
        long start = Stopwatch.GetTimestamp();
        _storage.AppendAndFlush(batch);
        TimeSpan duration = Stopwatch.GetElapsedTime(start);
        _observer.Synced(duration, batch.Entries.Count, batch.Bytes.Length, WaitingBytes);
        _typicalSync += (duration.Ticks - _typicalSync) / 8;
        if (!_storage.IsSnapshotDue)
            return;

        _storage.Roll();
        _post(new LoopInput(LoopInputKind.SnapshotDue));
    }
}
