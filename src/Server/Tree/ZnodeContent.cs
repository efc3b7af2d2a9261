namespace Coordination.Server.Tree;

/// <summary>Where a <see cref="ContentBlocks"/> keeps name and data of a znode: numbers, no reference that the collector would follow.</summary>
/// <param name="Block">Number of the block; 0 in an empty slot.</param>
/// <param name="Offset">Where the entry begins.</param>
/// <param name="Size">Bytes of name and data together.</param>
/// <param name="Name">Bytes of the name; the complement of it where there is no data at all.</param>
internal readonly record struct ZnodeContent(int Block, int Offset, int Size, int Name)
{
    /// <summary>Bytes of the name.</summary>
    public int NameSize => Name < 0 ? ~Name : Name;

    /// <summary>Bytes of the data.</summary>
    public int DataSize => Size - NameSize;

    /// <summary>Whether there is no data at all, which is not the same as empty data.</summary>
    public bool HasNoData => Name < 0;
}
