using System.Diagnostics;
using Coordination.Protocol;
using Coordination.Server.Storage;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting;

/// <summary>One snapshot: slices are taken from the tree in turns and written by a thread that lives as long as the snapshot.</summary>
internal sealed class SnapshotWriter : IDisposable
{
    private const int PausePerWork = 3;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(100);

    private readonly object _gate = new();
    private readonly Queue<FrameBuffer> _free = new([new FrameBuffer(), new FrameBuffer()]);
    private readonly Queue<FrameBuffer> _full = new();
    private readonly TreeSnapshot _snapshot;
    private readonly Action<LoopInput> _post;
    private readonly ReplicaLoopParts _parts;
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _abandoned = new(initialState: false, spinCount: 0);
    private TimeSpan _spent;
    private int _sincePause;
    private bool _hasAll;
    private bool _isAbandoned;
    private volatile bool _isComplete;

    public SnapshotWriter(TreeSnapshot snapshot, Action<LoopInput> post, ReplicaLoopParts parts)
    {
        _snapshot = snapshot;
        _post = post;
        _parts = parts;
        _thread = new Thread(Run) { IsBackground = true, Name = "Coordination snapshot" };
        _thread.Start();
    }

    /// <summary>Whether the file is on disk under its name.</summary>
    public bool IsComplete => _isComplete;

    /// <summary>In a turn: takes one slice from the tree if a buffer is free. True if another one could be taken at once.</summary>
    public bool WriteSlice(int bytes)
    {
        FrameBuffer? buffer;
        lock (_gate)
        {
            if (_hasAll || !_free.TryDequeue(out buffer))
                return false;
        }

        bool more = _snapshot.WriteSlice(buffer, bytes);
        lock (_gate)
        {
            _full.Enqueue(buffer);
            _hasAll = !more;
            Monitor.Pulse(_gate);
            return more && _free.Count > 0;
        }
    }

    /// <summary>Waits for the thread; an incomplete snapshot is given up. Only by the owner, or when no more turns run.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isAbandoned = true;
            Monitor.Pulse(_gate);
        }

        _abandoned.Set();

        // With the posting strategy the turn that learns of the end may run on the snapshot's own thread.
        if (_thread != Thread.CurrentThread)
            _thread.Join();
        _snapshot.Abandon();
    }

    private void Run()
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            using SnapshotFileWriter file = _parts.Storage.BeginSnapshot(_snapshot.Zxid);
            while (Next() is { } buffer)
            {
                Write(file, buffer);
                Return(buffer);
            }

            if (_isAbandoned)
                return;

            file.Complete(_snapshot.Zxid, (long)_snapshot.Digest);
            TimeSpan duration = Stopwatch.GetElapsedTime(start);
            _parts.Log.SnapshotWritten($"0x{_snapshot.Zxid.Value:x}", file.Length, duration);
            _parts.Metrics.SnapshotWritten(duration);
            FilePurge.Run(_parts);
            _isComplete = true;
            _post(new LoopInput(LoopInputKind.SnapshotNext));
        }
        catch (Exception e)
        {
            _post(new LoopInput(LoopInputKind.Fault, e));
        }
    }

    /// <summary>
    /// Takes turns with the log: after each part that went to the disk the disk is left to others for some times as long.
    /// </summary>
    private void Write(SnapshotFileWriter file, FrameBuffer buffer)
    {
        long start = Stopwatch.GetTimestamp();
        file.Append(buffer.WrittenSpan);
        _spent += Stopwatch.GetElapsedTime(start);
        _sincePause += buffer.Length;
        if (_sincePause < SnapshotFileWriter.WriteOutLength)
            return;

        TimeSpan pause = _spent * PausePerWork;
        _sincePause = 0;
        _spent = TimeSpan.Zero;
        _abandoned.Wait(pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause);
    }

    private FrameBuffer? Next()
    {
        lock (_gate)
        {
            while (_full.Count == 0 && !_hasAll && !_isAbandoned)
                Monitor.Wait(_gate);
            return _isAbandoned ? null : _full.TryDequeue(out FrameBuffer? buffer) ? buffer : null;
        }
    }

    private void Return(FrameBuffer buffer)
    {
        buffer.Clear();
        lock (_gate)
        {
            _free.Enqueue(buffer);
            if (_hasAll)
                return;
        }

        _post(new LoopInput(LoopInputKind.SnapshotNext));
    }
}
