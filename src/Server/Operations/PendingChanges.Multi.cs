using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>All or nothing for a multi, and the ephemerals of a session as they will be.</summary>
internal sealed partial class PendingChanges
{
    private readonly Dictionary<long, LinkedList<PendingZnode>> _ephemerals = [];
    private readonly List<Undo> _undo = [];
    private ulong _undoDigest;
    private bool _inMulti;

    /// <summary>From here on every change can be taken back.</summary>
    public void BeginMulti()
    {
        _inMulti = true;
        _undoDigest = Digest;
    }

    /// <summary>Keeps the changes since <see cref="BeginMulti"/>.</summary>
    public void KeepMulti()
    {
        _inMulti = false;
        _undo.Clear();
        _undoBytes.Clear();
    }

    /// <summary>Takes back the changes since <see cref="BeginMulti"/>, sequence numbers included.</summary>
    public void RollBackMulti()
    {
        for (int i = _undo.Count - 1; i >= 0; i--)
        {
            Undo undo = _undo[i];
            if (undo.Before is { } before)
            {
                undo.Record.CopyFrom(before);
            }
            else
            {
                // The list of ephemerals holds on to the record until its proposal is applied.
                undo.Record.Exists = false;
                _records.Remove(undo.Record.Path);
            }
        }

        Digest = _undoDigest;
        _inMulti = false;
        foreach ((long owner, long size) in _undoBytes)
            AddEphemeralBytes(owner, -size);
        KeepMulti();
    }

    /// <summary>
    /// The ephemerals that a session will own: the committed ones that no proposal deletes, then the proposed ones, both in order of
    /// creation.
    /// </summary>
    public string[] EphemeralsOf(long session)
    {
        var paths = new List<string>();
        HashSet<string>? seen = _ephemerals.ContainsKey(session) ? [] : null;
        foreach (Znode znode in _tree.Indexes.EphemeralsOf(session))
        {
            string path = znode.Path;
            if (_records.TryGetValue(path, out PendingZnode? record) && !(record.Exists && record.Stat.EphemeralOwner == session))
                continue;
            seen?.Add(path);
            paths.Add(path);
        }

        if (seen is null)
            return [.. paths];

        foreach (PendingZnode record in _ephemerals[session])
        {
            if (record.Exists && record.Stat.EphemeralOwner == session && seen.Add(record.Path))
                paths.Add(record.Path);
        }

        return [.. paths];
    }

    private void Remember(PendingZnode record, bool isNew)
    {
        if (!_inMulti)
            return;

        PendingZnode? before = null;
        if (!isNew)
        {
            before = new PendingZnode(record.Path);
            before.CopyFrom(record);
        }

        _undo.Add(new Undo(record, before));
    }

    private void RememberEphemeral(long owner, PendingZnode znode)
    {
        if (!_ephemerals.TryGetValue(owner, out LinkedList<PendingZnode>? list))
            _ephemerals.Add(owner, list = new LinkedList<PendingZnode>());
        list.AddLast(znode);
    }

    /// <summary>Proposals are applied in order, so the oldest entry of the session is the one that was just applied.</summary>
    private void ForgetOldestEphemeral(long owner)
    {
        if (!_ephemerals.TryGetValue(owner, out LinkedList<PendingZnode>? list))
            return;

        list.RemoveFirst();
        if (list.Count == 0)
            _ephemerals.Remove(owner);
    }

    private readonly record struct Undo(PendingZnode Record, PendingZnode? Before);
}
