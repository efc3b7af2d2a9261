using Coordination.Protocol;
using Coordination.Server.Storage;
using Coordination.Server.Tree;

namespace Coordination.Server.Hosting.Offline;

/// <summary>A znode as a snapshot holds it.</summary>
/// <param name="Path">Empty for the root.</param>
/// <param name="Data">The data.</param>
/// <param name="AclId">Its access list in the snapshot's table; -1 for everything to everybody.</param>
/// <param name="Stat">The stored stat.</param>
internal readonly record struct SnapshotZnode(string Path, byte[]? Data, long AclId, PersistedStat Stat);

/// <summary>
/// Goes through a snapshot from front to back and hands out what it meets. Nothing is kept, so a snapshot of any size takes the memory of
/// its largest value.
/// </summary>
internal sealed class SnapshotContent
{
    /// <summary>Takes a session.</summary>
    public Action<long, int>? Session { get; init; }

    /// <summary>Takes an entry of the table of access lists.</summary>
    public Action<long, IReadOnlyList<Acl>>? AccessList { get; init; }

    /// <summary>Takes a znode; parents come before their children.</summary>
    public Action<SnapshotZnode>? Znode { get; init; }

    /// <summary>Sessions met.</summary>
    public int Sessions { get; private set; }

    /// <summary>Znodes met.</summary>
    public long Znodes { get; private set; }

    /// <summary>Reads everything, the seals included.</summary>
    /// <returns>What stands behind the znodes.</returns>
    /// <exception cref="CorruptSnapshotException">It cannot be read to its end.</exception>
    public SnapshotTrailer Read(SnapshotFileReader reader)
    {
        Sessions = reader.ReadInt32();
        for (int i = 0; i < Sessions; i++)
        {
            long id = reader.ReadInt64();
            int timeout = reader.ReadInt32();
            Session?.Invoke(id, timeout);
        }

        int lists = reader.ReadInt32();
        for (int i = 0; i < lists; i++)
            ReadAccessList(reader);
        while (reader.ReadString() is { } path && path != "/")
            ReadZnode(reader, path);
        return reader.Complete();
    }

    private void ReadAccessList(SnapshotFileReader reader)
    {
        long id = reader.ReadInt64();
        int count = reader.ReadInt32();
        List<Acl> entries = [];
        for (int i = 0; i < count; i++)
        {
            Permissions permissions = (Permissions)reader.ReadInt32();
            entries.Add(new Acl(permissions, reader.ReadString(), reader.ReadString()));
        }

        AccessList?.Invoke(id, entries);
    }

    private void ReadZnode(SnapshotFileReader reader, string path)
    {
        byte[]? data = reader.ReadBuffer();
        long acl = reader.ReadInt64();
        PersistedStat stat = new()
        {
            Czxid = reader.ReadInt64(),
            Mzxid = reader.ReadInt64(),
            Ctime = reader.ReadInt64(),
            Mtime = reader.ReadInt64(),
            Version = reader.ReadInt32(),
            Cversion = reader.ReadInt32(),
            Aversion = reader.ReadInt32(),
            EphemeralOwner = reader.ReadInt64(),
            Pzxid = reader.ReadInt64(),
        };
        Znodes++;
        Znode?.Invoke(new SnapshotZnode(path, data, acl, stat));
    }
}
