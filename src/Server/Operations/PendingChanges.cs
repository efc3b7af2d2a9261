using Coordination.Protocol;
using Coordination.Server.Tree;

namespace Coordination.Server.Operations;

/// <summary>
/// The tree as it will be once everything proposed is committed. Requests are judged against it, so that a second write need not wait for
/// the first. It follows the same rules as <see cref="DataTree"/>; a record goes when the last proposal that touched it is applied.
/// </summary>
internal sealed partial class PendingChanges
{
    private readonly DataTree _tree;
    private readonly Dictionary<string, PendingZnode> _records = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PendingZnode>.AlternateLookup<ReadOnlySpan<char>> _byText;
    private readonly Queue<Touch> _touches = new();

    /// <summary>Starts with nothing pending.</summary>
    public PendingChanges(DataTree tree, QuotaTable quotas, WriteRules rules)
    {
        _tree = tree;
        Rules = rules;
        Quotas = new QuotaGuard(tree, quotas, rules.EnforceQuota, Notices);
        Sequences = new SequenceWatch(Notices);
        _byText = _records.GetAlternateLookup<ReadOnlySpan<char>>();
        Digest = tree.Digest;
        CountEphemerals();
    }

    /// <summary>How writes are judged.</summary>
    public WriteRules Rules { get; }

    /// <summary>What the quotas say to a write.</summary>
    public QuotaGuard Quotas { get; }

    /// <summary>What the counters of parents say to a sequential create.</summary>
    public SequenceWatch Sequences { get; }

    /// <summary>What was found while requests were judged; whoever takes it clears it.</summary>
    public List<Notice> Notices { get; } = [];

    /// <summary>The zxid that the request under consideration will get.</summary>
    public Zxid Zxid { get; private set; }

    /// <summary>The time it will get.</summary>
    public long Time { get; private set; }

    /// <summary>The digest of the tree as it will be.</summary>
    public ulong Digest { get; private set; }

    /// <summary>Znodes that are going to change.</summary>
    public int Count => _records.Count;

    /// <summary>Sets what the next request will be stamped with.</summary>
    public void Begin(Zxid zxid, long time)
    {
        Zxid = zxid;
        Time = time;
    }

    /// <summary>What a path will hold.</summary>
    public ZnodeView Find(ReadOnlySpan<char> path)
    {
        if (path is "/")
            path = [];
        PendingZnode? pending = null;
        if (_records.Count > 0)
            _byText.TryGetValue(path, out pending);
        return new ZnodeView(_tree, pending is null ? _tree.Find(path) : null, pending);
    }

    /// <summary>Plans a create. The checks are behind us: the parent exists and the path is free.</summary>
    public void Create(string path, byte[]? data, Acl[] acl, long owner, int parentCversion)
    {
        PendingZnode parent = Change(Find(path.AsSpan(0, path.LastIndexOf('/'))));
        parent.Stat.ChildCreated(Zxid, parentCversion);
        parent.ChildCount++;
        Refresh(parent);

        PendingZnode znode = ChangeAbsent(path, owner);
        znode.Exists = true;
        znode.Data = data;
        znode.Acl = acl;
        znode.ChildCount = 0;
        znode.Stat = PersistedStat.Created(Zxid, Time, owner);
        Refresh(znode);
        if (ZnodeOwner.IsSession(owner))
        {
            RememberEphemeral(owner, znode);
            AddEphemeralBytes(owner, SizeOf(path));
        }
    }

    /// <summary>Plans a delete of a znode that exists.</summary>
    public void Delete(string path)
    {
        PendingZnode parent = Change(Find(path.AsSpan(0, path.LastIndexOf('/'))));
        parent.Stat.ChildDeleted(Zxid);
        parent.ChildCount--;
        Refresh(parent);

        PendingZnode znode = Change(Find(path));
        Digest -= znode.Digest;
        znode.Digest = 0;
        znode.Exists = false;
        znode.Data = null;
        if (ZnodeOwner.IsSession(znode.Stat.EphemeralOwner))
            AddEphemeralBytes(znode.Stat.EphemeralOwner, -SizeOf(path));
    }

    /// <summary>Plans new data for a znode that exists.</summary>
    public void SetData(in ZnodeView view, byte[]? data, int version)
    {
        PendingZnode znode = Change(view);
        znode.Data = data;
        znode.Stat.DataSet(Zxid, Time, version);
        Refresh(znode);
    }

    /// <summary>Plans a new access list for a znode that exists.</summary>
    public void SetAcl(in ZnodeView view, Acl[] acl, int version)
    {
        PendingZnode znode = Change(view);
        znode.Acl = acl;
        znode.Stat.Aversion = version;
        Refresh(znode);
    }

    /// <summary>A transaction has been applied: what nothing later has touched is the tree's again.</summary>
    public void Settle(Zxid zxid)
    {
        while (_touches.TryPeek(out Touch touch) && touch.Zxid <= zxid)
        {
            _touches.Dequeue();
            if (touch.EphemeralOwner != ZnodeOwner.None)
                ForgetOldestEphemeral(touch.EphemeralOwner);
            if (touch.Record.LastChange <= zxid && _records.TryGetValue(touch.Record.Path, out PendingZnode? record)
                && ReferenceEquals(record, touch.Record))
            {
                _records.Remove(record.Path);
            }
        }
    }

    private PendingZnode Change(in ZnodeView view)
    {
        PendingZnode record = view.ToPending();
        Claim(record, ZnodeOwner.None);
        return record;
    }

    private PendingZnode ChangeAbsent(string path, long owner)
    {
        if (!_records.TryGetValue(path, out PendingZnode? record))
            record = new PendingZnode(path);
        Claim(record, ZnodeOwner.IsSession(owner) ? owner : ZnodeOwner.None);
        return record;
    }

    /// <summary>Puts a record under the present zxid before it changes, and remembers for a multi what it was.</summary>
    private void Claim(PendingZnode record, long ephemeralOwner)
    {
        bool isNew = _records.TryAdd(record.Path, record);
        Remember(record, isNew);
        if (record.LastChange != Zxid || ephemeralOwner != ZnodeOwner.None)
            _touches.Enqueue(new Touch(Zxid, record, ephemeralOwner));
        record.LastChange = Zxid;
    }

    private void Refresh(PendingZnode record)
    {
        Digest -= record.Digest;
        record.Digest = TreeDigest.OfZnode(record.Path, record.Data.Span, record.Stat);
        Digest += record.Digest;
    }

    /// <summary>A proposal touched a record; with an owner, it created an ephemeral there.</summary>
    private readonly record struct Touch(Zxid Zxid, PendingZnode Record, long EphemeralOwner);
}
