using System.Numerics;

namespace Coordination.Server.Slabs;

/// <summary>
/// Finds the entries of a slab by hash. The buckets grow one at a time with the entries (linear hashing), so that no add stops the server
/// to rehash a million others. The order inside a bucket reaches nobody: it is only ever searched for one entry.
/// </summary>
/// <param name="slab">Where the entries are.</param>
internal sealed class SlabIndex<T>(Slab<T> slab)
    where T : struct, IHashedEntry
{
    private const int ChunkBits = 10;
    private const int ChunkSize = 1 << ChunkBits;

    private int[]?[] _chunks = [];
    private uint _mask = ChunkSize - 1;
    private uint _split;
    private int _count;

    /// <summary>The first entry of the bucket of a hash, 0 for none; the others follow through <see cref="IHashedEntry.NextInBucket"/>.</summary>
    public int First(uint hash) => _count == 0 ? 0 : Bucket(BucketOf(hash));

    /// <summary>Adds an entry.</summary>
    public void Add(int slot)
    {
        if (_chunks.Length == 0)
            _chunks = [new int[ChunkSize]];

        ref T entry = ref slab[slot];
        ref int first = ref Bucket(BucketOf(entry.Hash));
        entry.NextInBucket = first;
        first = slot;
        if (++_count > _mask + 1 + _split)
            SplitBucket();
    }

    /// <summary>Takes an entry out, and gives up the memory with the last one.</summary>
    public void Remove(int slot)
    {
        ref T entry = ref slab[slot];
        ref int first = ref Bucket(BucketOf(entry.Hash));
        if (first == slot)
        {
            first = entry.NextInBucket;
        }
        else
        {
            int before = first;
            while (slab[before].NextInBucket != slot)
                before = slab[before].NextInBucket;
            slab[before].NextInBucket = entry.NextInBucket;
        }

        if (--_count == 0)
        {
            _chunks = [];
            _mask = ChunkSize - 1;
            _split = 0;
        }
    }

    /// <summary>Makes buckets for that many entries at once, while there is none; more come with more entries.</summary>
    public void Reserve(int count)
    {
        if (_count != 0 || count <= ChunkSize)
            return;

        uint half = BitOperations.RoundUpToPowerOf2((uint)count) / 2;
        _mask = half - 1;
        _split = Math.Min((uint)count - half, half - 1);
        _chunks = new int[]?[((_mask + _split) >> ChunkBits) + 1];
        for (int i = 0; i < _chunks.Length; i++)
            _chunks[i] = new int[ChunkSize];
    }

    private uint BucketOf(uint hash)
    {
        uint bucket = hash & _mask;
        return bucket < _split ? hash & ((_mask << 1) | 1) : bucket;
    }

    private ref int Bucket(uint bucket) => ref _chunks[bucket >> ChunkBits]![bucket & (ChunkSize - 1)];

    /// <summary>Divides the next bucket between itself and a new one behind all others.</summary>
    private void SplitBucket()
    {
        uint upper = _mask + 1;
        uint target = upper + _split;
        int chunk = (int)(target >> ChunkBits);
        if (chunk >= _chunks.Length)
            Array.Resize(ref _chunks, chunk * 2);
        _chunks[chunk] ??= new int[ChunkSize];

        int slot = Bucket(_split);
        Bucket(_split) = 0;
        while (slot != 0)
        {
            ref T entry = ref slab[slot];
            int next = entry.NextInBucket;
            ref int first = ref Bucket((entry.Hash & upper) != 0 ? target : _split);
            entry.NextInBucket = first;
            first = slot;
            slot = next;
        }

        if (++_split == upper)
        {
            _mask = (_mask << 1) | 1;
            _split = 0;
        }
    }
}
