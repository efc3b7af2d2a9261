using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Hosting.Ensemble;
using Coordination.Server.Replication;
using Coordination.Server.Storage;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Hosting.Ensemble;

/// <summary>A member's disk in memory: it survives the member, not the test.</summary>
internal sealed class MemoryStore : ILogStore, IMemberStore
{
    private readonly Lock _gate = new();
    private readonly List<(Zxid Zxid, byte[] Entry)> _log = [];
    private byte[]? _snapshot;
    private Zxid _base;

    /// <summary>Whether a snapshot is always taken to be less to read than the log.</summary>
    public bool PrefersSnapshots { get; init; }

    public bool IsSnapshotDue => false;

    public int Accepted { get; private set; }

    public int Current { get; private set; }

    /// <summary>Snapshots that took the place of everything.</summary>
    public int Installed { get; private set; }

    /// <summary>Histories that were read for learners.</summary>
    public int HistoriesRead { get; private set; }

    public int Truncated { get; private set; }

    public void AppendAndFlush(LogBatch batch)
    {
        lock (_gate)
        {
            for (int i = 0; i < batch.Entries.Count; i++)
                _log.Add((batch.Entries[i].Zxid, batch[i].ToArray()));
        }
    }

    public void Roll()
    {
    }

    public void SaveEpochs(int accepted, int current) => (Accepted, Current) = (accepted, current);

    public bool TryTruncate(Zxid last, bool mustRebuild, out RecoveredState? rebuilt)
    {
        rebuilt = null;
        lock (_gate)
        {
            if (last != _base && !_log.Exists(entry => entry.Zxid == last))
                return false;
            _log.RemoveAll(entry => entry.Zxid > last);
            Truncated++;
        }

        if (mustRebuild)
            rebuilt = Recover();
        return true;
    }

    public void Install(RecoveredState state)
    {
        TreeSnapshot snapshot = state.Tree.BeginSnapshot(
            state.LastZxid,
            Array.ConvertAll(state.Sessions.Ordered(), static session => new PersistedSession(session.Id, session.TimeoutMilliseconds)));
        using FrameBuffer body = new();
        while (snapshot.WriteSlice(body, 1 << 20))
        {
        }

        lock (_gate)
        {
            _snapshot = body.WrittenSpan.ToArray();
            _base = state.LastZxid;
            _log.Clear();
            Installed++;
        }
    }

    public Zxid? Locate(Zxid after, Zxid upTo)
    {
        lock (_gate)
        {
            if (PrefersSnapshots || after < _base)
                return null;
            int index = _log.FindLastIndex(entry => entry.Zxid <= after);
            return index < 0 ? _base : _log[index].Zxid;
        }
    }

    public void ReadHistory(Zxid after, Zxid upTo, HistoryVisitor visit)
    {
        List<(Zxid Zxid, byte[] Entry)> part;
        lock (_gate)
        {
            HistoriesRead++;
            part = _log.FindAll(entry => entry.Zxid > after && entry.Zxid <= upTo);
        }

        foreach ((Zxid zxid, byte[] entry) in part)
        {
            if (!visit(zxid, entry))
                return;
        }
    }

    /// <summary>What a start finds.</summary>
    public RecoveredState Recover()
    {
        lock (_gate)
        {
            RecoveredState state = new();
            if (_snapshot is not null)
            {
                using SnapshotFeed feed = new(1 << 20, static () => { });
                feed.Add(_snapshot, isLast: true);
                state = RecoveredState.Load(feed, _base);
            }

            foreach ((_, byte[] entry) in _log)
                state.Replay(entry);
            return state;
        }
    }
}
