using System.Text;

namespace Coordination.Server.Tree;

/// <summary>How znodes hang together, and the paths that follow from it.</summary>
internal sealed partial class ZnodeStore
{
    /// <summary>The oldest child; 0 for none.</summary>
    public int FirstChildOf(int slot) => _znodes[slot].Details is var details and not 0 ? _details[details].FirstChild : 0;

    /// <summary>The youngest child; 0 for none.</summary>
    public int LastChildOf(int slot) => _znodes[slot].Details is var details and not 0 ? _details[details].LastChild : 0;

    /// <summary>Number of children.</summary>
    public int ChildCountOf(int slot) => _znodes[slot].Details is var details and not 0 ? _details[details].ChildCount : 0;

    /// <summary>The znode that follows when every parent comes before its children and siblings come in order; 0 behind the last.</summary>
    public int Following(int slot) => FirstChildOf(slot) is var child and not 0 ? child : FollowingWithoutChildren(slot, Root);

    /// <summary>The same, past everything below the znode; 0 behind everything below <paramref name="top"/>.</summary>
    public int FollowingWithoutChildren(int slot, int top)
    {
        while (slot != top)
        {
            ref ZnodeRecord znode = ref _znodes[slot];
            if (znode.NextSibling != 0)
                return znode.NextSibling;
            slot = znode.Parent;
        }

        return 0;
    }

    /// <summary>The full path; empty for the root.</summary>
    public string PathOf(int slot)
    {
        int size = PathSizeOf(slot);
        Span<byte> path = size <= ShortPath ? stackalloc byte[ShortPath] : new byte[size];
        WritePath(slot, path[..size]);
        return Encoding.UTF8.GetString(path[..size]);
    }

    /// <summary>Bytes of the full path.</summary>
    public int PathSizeOf(int slot)
    {
        int size = 0;
        for (; slot != Root; slot = _znodes[slot].Parent)
            size += 1 + _znodes[slot].Content.NameSize;
        return size;
    }

    /// <summary>Characters of the full path.</summary>
    public int PathLengthOf(int slot)
    {
        int length = 0;
        for (; slot != Root; slot = _znodes[slot].Parent)
            length += 1 + Encoding.UTF8.GetCharCount(NameOf(slot));
        return length;
    }

    /// <summary>Writes the full path.</summary>
    /// <param name="slot">The znode.</param>
    /// <param name="path">Exactly as long as <see cref="PathSizeOf"/> says.</param>
    public void WritePath(int slot, Span<byte> path)
    {
        for (; slot != Root; slot = _znodes[slot].Parent)
        {
            ReadOnlySpan<byte> name = NameOf(slot);
            name.CopyTo(path[^name.Length..]);
            path = path[..^name.Length];
            path[^1] = (byte)'/';
            path = path[..^1];
        }
    }

    /// <summary>Whether the full path begins with something. From the end of the path on, so that nothing is written.</summary>
    public bool PathStartsWith(int slot, ReadOnlySpan<byte> start)
    {
        int size = PathSizeOf(slot);
        if (size < start.Length)
            return false;

        for (; slot != Root; slot = _znodes[slot].Parent)
        {
            ReadOnlySpan<byte> name = NameOf(slot);
            size -= name.Length + 1;
            if (size >= start.Length)
                continue;

            int common = Math.Min(name.Length, start.Length - size - 1);
            if (start[size] != '/' || !name[..common].SequenceEqual(start.Slice(size + 1, common)))
                return false;
        }

        return true;
    }

    /// <summary>What the znode adds to the digest of the tree.</summary>
    public uint DigestOf(int slot)
    {
        int size = PathSizeOf(slot);
        Span<byte> path = size <= ShortPath ? stackalloc byte[ShortPath] : new byte[size];
        WritePath(slot, path[..size]);
        return TreeDigest.OfZnode(path[..size], DataOf(slot).Span, StatOf(slot));
    }

    /// <summary>Puts an owned znode behind the others of its set.</summary>
    public void LinkOwned(int previous, int slot)
    {
        DetailsOf(slot).PreviousOwned = previous;
        if (previous != 0)
            DetailsOf(previous).NextOwned = slot;
    }

    /// <summary>Takes an owned znode out of its set and returns its neighbours there.</summary>
    public (int Previous, int Next) UnlinkOwned(int slot)
    {
        ref ZnodeDetails details = ref DetailsOf(slot);
        if (details.PreviousOwned != 0)
            DetailsOf(details.PreviousOwned).NextOwned = details.NextOwned;
        if (details.NextOwned != 0)
            DetailsOf(details.NextOwned).PreviousOwned = details.PreviousOwned;
        return (details.PreviousOwned, details.NextOwned);
    }

    /// <summary>The next in the set of an owned znode; 0 for none.</summary>
    public int NextOwnedOf(int slot) => DetailsOf(slot).NextOwned;

    private const int ShortPath = 512;

    private void Link(int parent, int slot)
    {
        ref ZnodeDetails family = ref DetailsOf(parent);
        _znodes[slot].PreviousSibling = family.LastChild;
        if (family.LastChild == 0)
            family.FirstChild = slot;
        else
            _znodes[family.LastChild].NextSibling = slot;
        family.LastChild = slot;
        family.ChildCount++;
    }

    private void Unlink(int slot)
    {
        ref ZnodeRecord znode = ref _znodes[slot];
        ref ZnodeDetails family = ref DetailsOf(znode.Parent);
        if (znode.PreviousSibling != 0)
            _znodes[znode.PreviousSibling].NextSibling = znode.NextSibling;
        else
            family.FirstChild = znode.NextSibling;
        if (znode.NextSibling != 0)
            _znodes[znode.NextSibling].PreviousSibling = znode.PreviousSibling;
        else
            family.LastChild = znode.PreviousSibling;
        family.ChildCount--;
    }
}
