namespace Coordination.Server.Tree;

/// <summary>The paths of znodes one after the other: that of the parent is kept, for most have the same as the one before.</summary>
/// <param name="store">Where the znodes are.</param>
internal sealed class SnapshotPath(ZnodeStore store)
{
    private byte[] _path = new byte[256];
    private int _parent;
    private int _parentSize;

    /// <summary>The full path of a znode; valid until the next call. Not for znodes created since the first: they may
    /// hang from a slot that was another parent's.</summary>
    public ReadOnlySpan<byte> Of(int slot)
    {
        if (slot == store.Root)
            return [];

        ref ZnodeRecord znode = ref store[slot];
        if (znode.Parent != _parent)
            Enter(znode.Parent);

        ReadOnlySpan<byte> name = store.NameOf(slot);
        int size = _parentSize + 1 + name.Length;
        if (size > _path.Length)
            Array.Resize(ref _path, size * 2);
        _path[_parentSize] = (byte)'/';
        name.CopyTo(_path.AsSpan(_parentSize + 1));
        return _path.AsSpan(0, size);
    }

    private void Enter(int parent)
    {
        _parent = parent;
        _parentSize = store.PathSizeOf(parent);
        if (_parentSize > _path.Length)
            _path = new byte[_parentSize * 2];
        store.WritePath(parent, _path.AsSpan(0, _parentSize));
    }
}
