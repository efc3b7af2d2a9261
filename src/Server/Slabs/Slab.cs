namespace Coordination.Server.Slabs;

/// <summary>
/// Structs in numbered slots. Entries refer to each other by slot, four bytes instead of an object and a pointer, and the collector walks
/// a few large arrays instead of millions of objects. It grows by chunks: nothing is ever copied, so no add is dear. Slot 0 is never
/// taken and stands for "none": fields that nobody has set mean nothing.
/// </summary>
internal sealed class Slab<T>
    where T : struct, ISlabEntry
{
    private const int ChunkBits = 12;
    private const int ChunkSize = 1 << ChunkBits;

    private T[][] _chunks = [];
    private int _end = 1;
    private int _free;

    /// <summary>Slots that are taken.</summary>
    public int Count { get; private set; }

    /// <summary>Every slot that was ever taken is below this. It may fall: who walks over slots asks again before each.</summary>
    public int End => _end;

    /// <summary>The entry in a slot.</summary>
    public ref T this[int slot] => ref _chunks[slot >> ChunkBits][slot & (ChunkSize - 1)];

    /// <summary>Takes a slot; its entry is all zero.</summary>
    public int Add()
    {
        Count++;
        if (_free != 0)
        {
            int reused = _free;
            _free = this[reused].NextFree;
            this[reused] = default;
            return reused;
        }

        int chunk = _end >> ChunkBits;
        if (chunk == _chunks.Length || _chunks[chunk] is null)
            AddChunk(chunk);
        return _end++;
    }

    /// <summary>Frees a slot, and the memory with the last one.</summary>
    public void Remove(int slot)
    {
        if (--Count == 0)
        {
            _chunks = [];
            _end = 1;
            _free = 0;
            return;
        }

        this[slot] = default;
        this[slot].NextFree = _free;
        _free = slot;
    }

    private void AddChunk(int chunk)
    {
        if (chunk == _chunks.Length)
            Array.Resize(ref _chunks, Math.Max(4, chunk * 2));
        _chunks[chunk] = new T[ChunkSize];
    }
}
