using System.Diagnostics;
using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Hosting.Ensemble;
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
    private readonly ILogStore _storage;
    private readonly Action<LoopInput> _post;
    private readonly SyncObserver _observer;
    private readonly Thread _thread;
    private LogBatch _filling = new();
    private LogBatch _writing = new();
    private List<LogOrder> _waitingOrders = [];
    private List<LogOrder> _orders = [];
    private long _typicalSync;
    private bool _isBusy;
    private bool _isStopping;
    private bool _hasFailed;

    /// <param name="storage">The disk.</param>
    /// <param name="post">Takes <see cref="LoopInputKind.LogPersisted"/> and faults.</param>
    /// <param name="observer">Hears how long each sync took.</param>
    public LogPipeline(ILogStore storage, Action<LoopInput> post, SyncObserver observer)
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

    /// <summary>Copies the entries with what is to be done between them; each order tells by itself that it is done.</summary>
    public void Submit(LogBatch batch, List<LogOrder> orders)
    {
        lock (_gate)
        {
            int before = _filling.Entries.Count;
            foreach (LogOrder order in orders)
                _waitingOrders.Add(order with { AfterEntries = order.AfterEntries + before });
            Submit(batch);
        }
    }

    /// <summary>Syncs on the caller's thread if nothing is on its way already; otherwise false, and nothing was done.</summary>
    public bool TrySyncInPlace(LogBatch batch)
    {
        lock (_gate)
        {
            if (_isBusy || _hasFailed || HasWaiting || _typicalSync > SlowForInPlace)
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

    private bool HasWaiting => _filling.Entries.Count > 0 || _waitingOrders.Count > 0;

    private void Run()
    {
        try
        {
            while (TakeBatch())
            {
                if (_orders.Count == 0)
                    WriteAndTell(_writing);
                else
                    CarryOut();
                _writing.Clear();
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
            while (!HasWaiting && !_isStopping)
                Monitor.Wait(_gate);

            if (!HasWaiting)
                return false;

            _isBusy = true;
            (_filling, _writing) = (_writing, _filling);
            (_waitingOrders, _orders) = (_orders, _waitingOrders);
            return true;
        }
    }

    private void WriteAndTell(LogBatch batch)
    {
        Write(batch);
        _post(new LoopInput(LoopInputKind.LogPersisted, null, batch.Entries[^1].Zxid.Value));
    }

    /// <summary>Entries and orders in the order in which they were given; what stands between two orders is one write and one sync.</summary>
    private void CarryOut()
    {
        int written = 0;
        foreach (LogOrder order in _orders)
        {
            WritePart(written, order.AfterEntries);
            written = order.AfterEntries;
            order.Do();
        }

        WritePart(written, _writing.Entries.Count);
        _orders.Clear();
    }

    private void WritePart(int from, int to)
    {
        if (from == to)
            return;

        LogBatch part = new();
        for (int i = from; i < to; i++)
            part.Add(_writing.Entries[i].Zxid, _writing[i]);
        WriteAndTell(part);
        part.Bytes.Dispose();
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
