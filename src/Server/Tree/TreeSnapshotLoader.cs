using System.Text;
using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>A tree and the sessions that stood beside it in a snapshot.</summary>
/// <param name="Tree">The tree.</param>
/// <param name="Sessions">The sessions.</param>
internal readonly record struct LoadedTree(DataTree Tree, IReadOnlyList<PersistedSession> Sessions);

/// <summary>Reads what <see cref="TreeSnapshot"/> or Apache's server has written, up to and including the terminator before the first seal.</summary>
internal static class TreeSnapshotLoader
{
    private const string Terminator = "/";

    // Room is made for no more znodes than a file of this size can hold if they are small.
    private const int SmallZnode = 128;
    private const int MaxRoom = 1 << 26;

    /// <summary>Reads sessions, access lists and znodes.</summary>
    /// <param name="input">Positioned behind the file header; left behind the terminator.</param>
    /// <exception cref="JuteFormatException">The content is no snapshot; what the input itself throws passes through.</exception>
    public static LoadedTree Load(ISnapshotInput input)
    {
        List<PersistedSession> sessions = ReadSessions(input);
        DataTree tree = DataTree.CreateEmpty((int)Math.Min(input.SizeHint / SmallZnode, MaxRoom));
        ReadAcls(input, tree.Acls);
        char[] path = new char[256];
        while (ReadZnode(input, tree, ref path))
        {
        }

        if (tree.Count == 0)
            throw Invalid("there is no root");

        tree.Acls.RemoveUnused();
        return new LoadedTree(tree, sessions);
    }

    /// <returns>False at the terminator.</returns>
    private static bool ReadZnode(ISnapshotInput input, DataTree tree, ref char[] room)
    {
        ReadOnlySpan<byte> text = input.ReadSpan(out bool isNull);
        if (isNull)
            throw Invalid("a znode has no path");
        if (text.Length > room.Length)
            room = new char[text.Length * 2];
        ReadOnlySpan<char> path = room.AsSpan(0, Encoding.UTF8.GetChars(text, room));
        if (path is Terminator)
            return false;

        ReadOnlySpan<byte> data = input.ReadSpan(out bool hasNone);
        int slot = tree.BeginRestore(path, data, !hasNone);
        if (slot == 0)
            throw Invalid($"znode '{path}' comes twice or before its parent");
        long aclId = input.ReadInt64();
        tree.EndRestore(slot, aclId, ReadStat(input));
        return true;
    }

    private static List<PersistedSession> ReadSessions(ISnapshotInput input)
    {
        int count = input.ReadInt32();
        if (count < 0)
            throw Invalid($"{count} sessions");

        // The list grows with what is really there; a count alone allocates nothing.
        var sessions = new List<PersistedSession>();
        for (int i = 0; i < count; i++)
            sessions.Add(new PersistedSession(input.ReadInt64(), input.ReadInt32()));
        return sessions;
    }

    private static void ReadAcls(ISnapshotInput input, AclTable table)
    {
        int count = input.ReadInt32();
        for (int i = 0; i < count; i++)
        {
            long id = input.ReadInt64();
            int entries = input.ReadInt32();
            var list = new List<Acl>();
            for (int j = 0; j < entries; j++)
                list.Add(new Acl((Permissions)input.ReadInt32(), input.ReadString(), input.ReadString()));
            table.Restore(id, [.. list]);
        }
    }

    private static PersistedStat ReadStat(ISnapshotInput input) => new()
    {
        Czxid = input.ReadInt64(),
        Mzxid = input.ReadInt64(),
        Ctime = input.ReadInt64(),
        Mtime = input.ReadInt64(),
        Version = input.ReadInt32(),
        Cversion = input.ReadInt32(),
        Aversion = input.ReadInt32(),
        EphemeralOwner = input.ReadInt64(),
        Pzxid = input.ReadInt64(),
    };

    private static JuteFormatException Invalid(string detail) =>
        new(JuteError.InvalidValue, 0, $"The snapshot is damaged: {detail}.");
}
