using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>What a znode was when a snapshot began, but for its path. The data is shared: a tree replaces data and never writes into it.</summary>
internal readonly record struct ZnodeImage(ZnodeData Data, long AclId, PersistedStat Stat)
{
    /// <summary>What a znode is now.</summary>
    public static ZnodeImage Of(ZnodeStore store, int slot) => new(store.DataOf(slot), store[slot].AclId, store.StatOf(slot));

    /// <summary>Writes data, access list and stat in the order of the file.</summary>
    public void Write(ref JuteWriter writer)
    {
        Data.Write(ref writer);
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
