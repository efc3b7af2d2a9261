using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>A session as snapshots hold it.</summary>
/// <param name="Id">The session.</param>
/// <param name="TimeoutMilliseconds">The timeout it was created with.</param>
internal readonly record struct PersistedSession(long Id, int TimeoutMilliseconds);

/// <summary>
/// The tree as of one zxid, written in slices while the tree keeps changing. Znodes are written parents first, siblings in order of
/// creation. A znode that changes before its turn leaves an image of what it was. A deleted one leaves its image too and is written after
/// the living ones, the last deleted first: its parent is alive, or was deleted after it. What is created meanwhile is passed over. The
/// bytes are those of Apache's snapshot between file header and first seal.
/// </summary>
internal sealed class TreeSnapshot
{
    // Passing over a znode that is not to be written costs something too: about as much as writing so many bytes.
    private const int CostOfStep = 16;

    private readonly DataTree _tree;
    private readonly ZnodeStore _store;
    private readonly int _number;
    private readonly PersistedSession[] _sessions;
    private readonly KeyValuePair<long, Acl[]>[] _acls;
    private readonly Dictionary<int, ZnodeImage> _changed = [];
    private readonly List<(byte[] Path, ZnodeImage Image)> _deleted = [];
    private readonly SnapshotPath _path;
    private int _next;
    private int _written;
    private Stage _stage;

    /// <summary>Begins.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="store">Its znodes. None of them has this number yet.</param>
    /// <param name="number">Marks the znodes that need not be written any more.</param>
    /// <param name="zxid">The transaction whose state this is.</param>
    /// <param name="sessions">The sessions of that state.</param>
    internal TreeSnapshot(DataTree tree, ZnodeStore store, int number, Zxid zxid, PersistedSession[] sessions)
    {
        _tree = tree;
        _store = store;
        _number = number;
        _path = new SnapshotPath(store);
        Zxid = zxid;
        Digest = tree.Digest;
        _sessions = sessions;
        _acls = tree.Acls.Entries();
        _next = store.Root;
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
        for (int steps = targetBytes / CostOfStep; steps >= 0 && _stage != Stage.Complete && output.Length < end; steps--)
            WriteNext(output);
        return _stage != Stage.Complete;
    }

    /// <summary>Gives up the images; for a snapshot that is not written to its end.</summary>
    public void Abandon() => Complete();

    /// <summary>A znode is about to change.</summary>
    internal void KeepImage(int slot)
    {
        if (IsPending(slot))
            _changed.TryAdd(slot, ZnodeImage.Of(_store, slot));
    }

    /// <summary>A znode is about to go; it has no children.</summary>
    internal void KeepDeleted(int slot)
    {
        if (IsPending(slot))
        {
            var path = new byte[_store.PathSizeOf(slot)];
            _store.WritePath(slot, path);
            _deleted.Add((path, _changed.Remove(slot, out ZnodeImage image) ? image : ZnodeImage.Of(_store, slot)));
        }

        if (slot == _next)
            _next = _store.FollowingWithoutChildren(slot, _store.Root);
    }

    private bool IsPending(int slot) => _stage < Stage.Deleted && _store[slot].SnapshotNumber != _number;

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
        if (_next == 0)
        {
            _stage = Stage.Deleted;
            return;
        }

        int slot = _next;
        _next = _store.Following(slot);
        if (!IsPending(slot))
            return;

        _store[slot].SnapshotNumber = _number;
        writer.WriteBuffer(_path.Of(slot));
        ZnodeImage image = _changed.Remove(slot, out ZnodeImage old) ? old : ZnodeImage.Of(_store, slot);
        image.Write(ref writer);
    }

    private void WriteDeleted(ref JuteWriter writer)
    {
        if (_deleted.Count > 0)
        {
            (byte[] path, ZnodeImage image) = _deleted[^1];
            _deleted.RemoveAt(_deleted.Count - 1);
            writer.WriteBuffer((ReadOnlySpan<byte>)path);
            image.Write(ref writer);
            return;
        }

        writer.WriteString("/");
        Complete();
    }

    private void Complete()
    {
        _stage = Stage.Complete;
        _next = 0;
        _changed.Clear();
        _deleted.Clear();
        _tree.EndSnapshot(this);
    }
}
