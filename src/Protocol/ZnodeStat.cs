namespace Coordination.Protocol;

/// <summary>What a server knows about a znode beside its data (Apache ZooKeeper <c>Stat</c>, 68 bytes on the wire).</summary>
/// <param name="Czxid">The transaction that created the znode.</param>
/// <param name="Mzxid">The transaction that last set the data, or created the znode.</param>
/// <param name="Ctime">Creation, milliseconds since the Unix epoch by the leader's clock.</param>
/// <param name="Mtime">Last set of the data, milliseconds since the Unix epoch.</param>
/// <param name="Version">Number of sets of the data.</param>
/// <param name="Cversion">Number of creations and deletions of children.</param>
/// <param name="Aversion">Number of sets of the access list.</param>
/// <param name="EphemeralOwner">The owning session; 0 if the znode is not ephemeral (containers and znodes with a time to live show 0 too).</param>
/// <param name="DataLength">Length of the data in bytes; 0 for null data.</param>
/// <param name="NumChildren">Present number of children.</param>
/// <param name="Pzxid">The last creation or deletion of a child, or the znode's own creation.</param>
public readonly record struct ZnodeStat(
    long Czxid,
    long Mzxid,
    long Ctime,
    long Mtime,
    int Version,
    int Cversion,
    int Aversion,
    long EphemeralOwner,
    int DataLength,
    int NumChildren,
    long Pzxid) : IJuteRecord<ZnodeStat>
{
    /// <summary>Bytes on the wire.</summary>
    public const int Size = 68;

    /// <inheritdoc/>
    public static ZnodeStat Read(ref JuteReader reader) => new(
        reader.ReadInt64(),
        reader.ReadInt64(),
        reader.ReadInt64(),
        reader.ReadInt64(),
        reader.ReadInt32(),
        reader.ReadInt32(),
        reader.ReadInt32(),
        reader.ReadInt64(),
        reader.ReadInt32(),
        reader.ReadInt32(),
        reader.ReadInt64());

    /// <inheritdoc/>
    public void Write(ref JuteWriter writer)
    {
        writer.WriteInt64(Czxid);
        writer.WriteInt64(Mzxid);
        writer.WriteInt64(Ctime);
        writer.WriteInt64(Mtime);
        writer.WriteInt32(Version);
        writer.WriteInt32(Cversion);
        writer.WriteInt32(Aversion);
        writer.WriteInt64(EphemeralOwner);
        writer.WriteInt32(DataLength);
        writer.WriteInt32(NumChildren);
        writer.WriteInt64(Pzxid);
    }
}
