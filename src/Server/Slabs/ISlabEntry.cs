namespace Coordination.Server.Slabs;

/// <summary>An entry of a <see cref="Slab{T}"/>: one of its fields says, while the slot is empty, which slot was freed before.</summary>
internal interface ISlabEntry
{
    /// <summary>The link of the list of free slots; of no meaning while the slot is taken, so that it may share a field.</summary>
    int NextFree { get; set; }
}

/// <summary>An entry that a <see cref="SlabIndex{T}"/> finds.</summary>
internal interface IHashedEntry : ISlabEntry
{
    /// <summary>The hash of its key; the same as long as it is in the index.</summary>
    uint Hash { get; }

    /// <summary>The link of the list of its bucket. Only the index writes it.</summary>
    int NextInBucket { get; set; }
}
