using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>A session as snapshots hold it.</summary>
/// <param name="Id">The session.</param>
/// <param name="TimeoutMilliseconds">The timeout it was created with.</param>
internal readonly record struct PersistedSession(long Id, int TimeoutMilliseconds);

/// <summary>
/// The tree as of one zxid, written in slices while the tree keeps changing. Znodes are written in order of creation, so parents precede
/// their children and whatever is created later falls behind the cut. A znode that changes before its turn leaves an image of what it
/// was; a deleted one leaves its image too and is written after the living ones: their parents can only be alive or deleted earlier in
/// the order of creation. The bytes are those of Apache's snapshot between file header and first seal.
/// </summary>
internal sealed class TreeSnapshot
{
    private readonly DataTree _tree;
    private readonly PersistedSession[] _sessions;
    private readonly KeyValuePair<long, Acl[]>[] _acls;
    private readonly long _cut;
    private readonly Dictionary<long, Image> _changed = [];
    private readonly List<Image> _deleted = [];
    private Znode? _next;
    private int _written;
    private Stage _stage;

    internal TreeSnapshot(DataTree tree, Zxid zxid, PersistedSession[] sessions, Znode? first, long cut)
    {
        _tree = tree;
        Zxid = zxid;
        Digest = tree.Digest;
        _sessions = sessions;
        _acls = tree.Acls.Entries();
        _next = first;
        _cut = cut;
    }

    private enum Stage
    {
        Sessions,
        Acls,
        Living,
        Deleted,
        Complete,
    }

    /// <summary>The transaction whose state this is.</summary>
    public Zxid Zxid { get; }

    /// <summary>The digest of that state.</summary>
    public ulong Digest { get; }

    /// <summary>Images held for znodes that changed or went before they were written.</summary>
    public int ImageCount => _changed.Count + _deleted.Count;

    /// <summary>Writes on. One call exceeds its target by one value at most.</summary>
    /// <param name="output">Appended to.</param>
    /// <param name="targetBytes">About how many bytes to write.</param>
    /// <returns>False when nothing is left; the bytes of that call count too.</returns>
    public bool WriteSlice(FrameBuffer output, int targetBytes)
    {
        int end = output.Length + targetBytes;
        while (_stage != Stage.Complete && output.Length < end)
            WriteNext(output);
        return _stage != Stage.Complete;
    }

    /// <summary>Gives up the images; for a snapshot that is not written to its end.</summary>
    public void Abandon() => Complete();

    internal void KeepImage(Znode znode)
    {
        if (IsPending(znode) && !_changed.ContainsKey(znode.Ordinal))
            _changed.Add(znode.Ordinal, Image.Of(znode));
    }

    internal void KeepDeleted(Znode znode)
    {
        if (IsPending(znode))
            _deleted.Add(_changed.Remove(znode.Ordinal, out Image image) ? image : Image.Of(znode));
        if (ReferenceEquals(znode, _next))
            _next = znode.NextCreated;
    }

    private bool IsPending(Znode znode) =>
        _stage < Stage.Deleted && _next is not null && znode.Ordinal >= _next.Ordinal && znode.Ordinal <= _cut;

    private void WriteNext(FrameBuffer output)
    {
        var writer = new JuteWriter(output);
        switch (_stage)
        {
            case Stage.Sessions:
                WriteSession(ref writer);
                break;
            case Stage.Acls:
                WriteAcl(ref writer);
                break;
            case Stage.Living:
                WriteLiving(ref writer);
                break;
            case Stage.Deleted:
                WriteDeleted(ref writer);
                break;
        }

        writer.Flush();
    }

    private void WriteSession(ref JuteWriter writer)
    {
        if (_written == 0)
            writer.WriteInt32(_sessions.Length);
        if (_written < _sessions.Length)
        {
            writer.WriteInt64(_sessions[_written].Id);
            writer.WriteInt32(_sessions[_written].TimeoutMilliseconds);
        }

        Step(_sessions.Length, Stage.Acls);
    }

    private void WriteAcl(ref JuteWriter writer)
    {
        if (_written == 0)
            writer.WriteInt32(_acls.Length);
        if (_written < _acls.Length)
        {
            writer.WriteInt64(_acls[_written].Key);
            writer.WriteAcls(_acls[_written].Value);
        }

        Step(_acls.Length, Stage.Living);
    }

    private void Step(int count, Stage following)
    {
        if (++_written < count)
            return;

        _written = 0;
        _stage = following;
    }

    private void WriteLiving(ref JuteWriter writer)
    {
        if (_next is null || _next.Ordinal > _cut)
        {
            _deleted.Sort(static (left, right) => left.Ordinal.CompareTo(right.Ordinal));
            _stage = Stage.Deleted;
            return;
        }

        Image image = _changed.Remove(_next.Ordinal, out Image old) ? old : Image.Of(_next);
        image.Write(ref writer);
        _next = _next.NextCreated;
    }

    private void WriteDeleted(ref JuteWriter writer)
    {
        if (_written < _deleted.Count)
        {
            _deleted[_written++].Write(ref writer);
            return;
        }

        writer.WriteString("/");
        Complete();
    }

    private void Complete()
    {
        _stage = Stage.Complete;
        _next = null;
        _changed.Clear();
        _deleted.Clear();
        _tree.EndSnapshot(this);
    }

    /// <summary>What a znode was when the snapshot began. The data is shared: a tree replaces data and never writes into it.</summary>
    private readonly record struct Image(long Ordinal, string Path, byte[]? Data, long AclId, PersistedStat Stat)
    {
        public static Image Of(Znode znode) => new(znode.Ordinal, znode.Path, znode.Data, znode.AclId, znode.Stat);

        public void Write(ref JuteWriter writer)
        {
            writer.WriteString(Path);
            writer.WriteBuffer(Data);
            writer.WriteInt64(AclId);
            writer.WriteInt64(Stat.Czxid);
            writer.WriteInt64(Stat.Mzxid);
            writer.WriteInt64(Stat.Ctime);
            writer.WriteInt64(Stat.Mtime);
            writer.WriteInt32(Stat.Version);
            writer.WriteInt32(Stat.Cversion);
            writer.WriteInt32(Stat.Aversion);
            writer.WriteInt64(Stat.EphemeralOwner);
            writer.WriteInt64(Stat.Pzxid);
        }
    }
}
