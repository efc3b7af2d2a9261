using Coordination.Protocol;
using Coordination.Server.Replication;
using Coordination.Server.Storage;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting;

/// <summary>
/// Feeds a snapshot, a slice per turn, to a thread that writes it. Requests are served between the slices. Runs in turns.
/// </summary>
internal sealed class SnapshotPipeline(Replica replica, Action<LoopInput> post, ReplicaLoopParts parts, ReserveWatch reserve) : IDisposable
{
    /// <summary>Bytes per slice: a fraction of a millisecond of a turn.</summary>
    private const int SliceBytes = 64 << 10;

    /// <summary>What a znode takes in a snapshot beside its path and data.</summary>
    private const int BytesBesideData = 76;

    private readonly FilePurge _purge = new(post, parts);
    private SnapshotWriter? _writer;
    private bool _isBarred;

    /// <summary>Writes a whole snapshot at once, before anything is served. A new directory needs one before its first transaction.</summary>
    public static void WriteFirst(Replica replica, StorageEngine storage)
    {
        TreeSnapshot snapshot = replica.BeginSnapshot();
        using SnapshotFileWriter file = storage.BeginSnapshot(snapshot.Zxid);
        using FrameBuffer buffer = new();
        bool more;
        do
        {
            buffer.Clear();
            more = snapshot.WriteSlice(buffer, SliceBytes);
            file.Append(buffer.WrittenSpan);
        }
        while (more);
        file.Complete(snapshot.Zxid, (long)snapshot.Digest);
    }

    /// <summary>Begins a snapshot unless one is being written or sent, or it would take the disk's reserve: then the next one that is due tries again.</summary>
    public void Begin()
    {
        if (_isBarred || _writer is not null || replica.State.Tree.HasSnapshot)
            return;

        long bytes = replica.State.Tree.ApproximateDataSize + ((long)replica.State.Tree.Count * BytesBesideData);
        if (!reserve.HasRoomFor(bytes))
        {
            parts.Log.NoRoomForSnapshot(bytes);
            MakeRoom();
            return;
        }

        _writer = new SnapshotWriter(replica.BeginSnapshot(), post, parts);
        post(new LoopInput(LoopInputKind.SnapshotNext));
    }

    /// <summary>The disk is short of room: what is superfluous goes now, because no snapshot may come that it could go after.</summary>
    public void MakeRoom() => _purge.Begin();

    /// <summary>The writer has a buffer free, or has finished.</summary>
    public void Continue()
    {
        if (_writer is null)
            return;

        if (_writer.IsComplete)
        {
            _writer.Dispose();
            _writer = null;
        }
        else if (_writer.WriteSlice(SliceBytes))
        {
            post(new LoopInput(LoopInputKind.SnapshotNext));
        }
    }

    /// <summary>What a snapshot would be of may not be on disk any more soon: ends the writing of one, waits for the end, and begins none.</summary>
    public void Bar()
    {
        _isBarred = true;
        _writer?.Dispose();
        _writer = null;
    }

    /// <summary>Snapshots may be written again.</summary>
    public void Allow() => _isBarred = false;

    /// <summary>After the last turn: gives up a snapshot that is not complete.</summary>
    public void Dispose()
    {
        _writer?.Dispose();
        _purge.Dispose();
    }
}
