using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>
/// History from the files on its way to a learner. A thread reads ahead as far as there are buffers; turns move what it has read into the
/// learner's link.
/// </summary>
internal sealed class HistoryTransfer : IPeerTransfer
{
    private const int Buffers = 4;
    private const int BufferBytes = 64 << 10;

    private readonly object _gate = new();
    private readonly Queue<FrameBuffer> _free = new();
    private readonly Queue<FrameBuffer> _full = new();
    private readonly IMemberStore _store;
    private readonly Zxid _after;
    private readonly Zxid _upTo;
    private readonly Action _more;
    private readonly ServerLog _log;
    private readonly Thread _thread;
    private FrameBuffer _filling = new(BufferBytes);
    private Zxid _last;
    private bool _hasAll;
    private bool _hasFailed;
    private bool _isOver;

    /// <param name="store">The files.</param>
    /// <param name="after">The entry before the first one.</param>
    /// <param name="upTo">The last one.</param>
    /// <param name="more">Called on the thread when there is something to take.</param>
    /// <param name="log">Messages.</param>
    public HistoryTransfer(IMemberStore store, Zxid after, Zxid upTo, Action more, ServerLog log)
    {
        _store = store;
        _after = _last = after;
        _upTo = upTo;
        _more = more;
        _log = log;
        for (int i = 1; i < Buffers; i++)
            _free.Enqueue(new FrameBuffer(BufferBytes));
        _thread = new Thread(Run) { IsBackground = true, Name = "Coordination history" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public TransferStep Fill(FrameBuffer output, int bytes)
    {
        FrameBuffer? buffer;
        lock (_gate)
        {
            if (_hasFailed)
                return TransferStep.Failed;
            if (!_full.TryDequeue(out buffer))
                return _hasAll ? TransferStep.Done : TransferStep.Waiting;
        }

        buffer.WrittenSpan.CopyTo(output.GetSpan(buffer.Length));
        output.Advance(buffer.Length);
        buffer.Clear();
        lock (_gate)
        {
            _free.Enqueue(buffer);
            Monitor.Pulse(_gate);
            return _hasAll && _full.Count == 0 ? TransferStep.Done : TransferStep.More;
        }
    }

    /// <inheritdoc/>
    public void Tell(ZabPeer peer, PeerLink link) => peer.HistorySent(link, _upTo);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        bool isComplete = false;
        try
        {
            _store.ReadHistory(_after, _upTo, Take);
            isComplete = _last == _upTo;
            if (!isComplete && !IsOver())
                _log.HistoryUnreadable($"it ends at {_last}, {_upTo} is wanted");
            Hand();
        }
        catch (StorageException e)
        {
            _log.HistoryUnreadable(e.Message);
        }

        lock (_gate)
        {
            _hasAll = isComplete;
            _hasFailed = !isComplete;
        }

        _more();
    }

    private bool Take(Zxid zxid, ReadOnlySpan<byte> entry)
    {
        var writer = new JuteWriter(_filling);
        QuorumPacketWriter.WriteEntry(ref writer, QuorumPacketType.Proposal, zxid, entry);
        QuorumPacketWriter.Write(ref writer, QuorumPacketType.Commit, zxid);
        writer.Flush();
        _last = zxid;
        return _filling.Length < BufferBytes || Hand();
    }

    /// <summary>Gives the buffer away and takes a free one; false when nobody wants more.</summary>
    private bool Hand()
    {
        lock (_gate)
        {
            if (_filling.Length > 0)
                _full.Enqueue(_filling);
        }

        _more();
        lock (_gate)
        {
            while (_free.Count == 0 && !_isOver)
                Monitor.Wait(_gate);
            if (_isOver)
                return false;

            _filling = _free.Dequeue();
            return true;
        }
    }

    private bool IsOver()
    {
        lock (_gate)
            return _isOver;
    }
}
