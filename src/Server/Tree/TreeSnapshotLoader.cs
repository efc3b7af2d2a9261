using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>A tree and the sessions that stood beside it in a snapshot.</summary>
/// <param name="Tree">The tree.</param>
/// <param name="Sessions">The sessions.</param>
internal readonly record struct LoadedTree(DataTree Tree, IReadOnlyList<PersistedSession> Sessions);

/// <summary>Grows a tree from the parts of a snapshot, which come in the order of the file.</summary>
internal sealed class TreeSnapshotLoader
{
    // Room is made for no more znodes than a file of this size can hold if they are small.
    private const int SmallZnode = 128;
    private const int MaxRoom = 1 << 26;

    private readonly List<PersistedSession> _sessions;
    private readonly DataTree _tree;

    /// <summary>Reads what precedes the znodes.</summary>
    /// <param name="decoder">Nothing has been read from it.</param>
    /// <exception cref="JuteFormatException">The content is no snapshot; what the input itself throws passes through.</exception>
    public TreeSnapshotLoader(SnapshotDecoder decoder)
    {
        _sessions = decoder.ReadSessions();
        _tree = DataTree.CreateEmpty((int)Math.Min(decoder.SizeHint / SmallZnode, MaxRoom));
        decoder.ReadAcls(_tree.Acls);
    }

    /// <summary>Reads sessions, access lists and znodes.</summary>
    /// <param name="input">Positioned behind the file header; left behind the terminator.</param>
    /// <exception cref="JuteFormatException">The content is no snapshot; what the input itself throws passes through.</exception>
    public static LoadedTree Load(ISnapshotInput input)
    {
        SnapshotDecoder decoder = new(input);
        TreeSnapshotLoader loader = new(decoder);
        SnapshotPart part = new();
        bool more;
        do
        {
            more = decoder.ReadZnodes(part);
            loader.Place(part);
            part.Clear();
        }
        while (more);
        return loader.Finish();
    }

    /// <summary>Puts the znodes of a part where they belong.</summary>
    /// <exception cref="JuteFormatException">One of them belongs nowhere.</exception>
    public void Place(SnapshotPart part)
    {
        for (int i = 0; i < part.Count; i++)
        {
            ref readonly SnapshotZnode znode = ref part[i];
            if (!_tree.Restore(part.PathOf(znode), znode, part.DataOf(znode)))
                throw SnapshotDecoder.Invalid($"znode '{part.PathOf(znode)}' comes twice or before its parent");
        }
    }

    /// <summary>The tree, when all parts are placed.</summary>
    /// <exception cref="JuteFormatException">It has no root.</exception>
    public LoadedTree Finish()
    {
        if (_tree.Count == 0)
            throw SnapshotDecoder.Invalid("there is no root");

        _tree.Acls.RemoveUnused();
        return new LoadedTree(_tree, _sessions);
    }
}
