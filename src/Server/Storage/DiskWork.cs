using Coordination.Server.Consensus;

namespace Coordination.Server.Storage;

/// <summary>
/// What one or more turns of a member want done to the disk, in order: entries for the log, and orders between them. Entries with no order
/// between become durable together, however many turns they are from.
/// </summary>
internal sealed class DiskWork
{
    private readonly List<(DiskOrder Order, IReceivedSnapshot? Snapshot)> _orders = [];
    private readonly LogBatch _entries = new();
    private readonly LogBatch _part = new();

    /// <summary>Whether there is nothing to do.</summary>
    public bool IsEmpty => _entries.Entries.Count == 0 && _orders.Count == 0;

    /// <summary>Bytes of the entries.</summary>
    public int Bytes => _entries.Bytes.Length;

    /// <summary>Number of the entries.</summary>
    public int Count => _entries.Entries.Count;

    /// <summary>Orders, each with the number of entries before it.</summary>
    public IReadOnlyList<(DiskOrder Order, IReceivedSnapshot? Snapshot)> Orders => _orders;

    /// <summary>Copies what a turn wants done behind what is there.</summary>
    /// <param name="log">Its entries.</param>
    /// <param name="orders">Its orders.</param>
    /// <param name="received">The snapshot that was received, for an order to install it; given away.</param>
    public void Add(LogBatch log, List<DiskOrder> orders, IReceivedSnapshot? received = null)
    {
        int before = _entries.Entries.Count;
        int shift = _entries.Bytes.Length;
        if (log.Entries.Count > 0)
        {
            log.Bytes.WrittenSpan.CopyTo(_entries.Bytes.GetSpan(log.Bytes.Length));
            _entries.Bytes.Advance(log.Bytes.Length);
            foreach (LogEntrySpan entry in log.Entries)
                _entries.Entries.Add(entry with { Offset = entry.Offset + shift });
        }

        foreach (DiskOrder order in orders)
        {
            bool isInstallation = order.Kind == DiskOrderKind.InstallSnapshot;
            if (isInstallation && received is null)
                throw new InvalidOperationException("There is no snapshot to be installed.");
            _orders.Add((order with { AfterEntries = order.AfterEntries + before }, isInstallation ? received : null));
        }
    }

    /// <summary>The entries from one number up to another; valid until the next call.</summary>
    public LogBatch Part(int from, int to)
    {
        if (from == 0 && to == _entries.Entries.Count)
            return _entries;

        _part.Clear();
        for (int i = from; i < to; i++)
            _part.Add(_entries.Entries[i].Zxid, _entries[i]);
        return _part;
    }

    /// <summary>Forgets everything and keeps the memory.</summary>
    public void Clear()
    {
        _entries.Clear();
        _part.Clear();
        _orders.Clear();
    }
}
