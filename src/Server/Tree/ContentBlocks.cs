using System.Buffers.Binary;
using System.Text;
using Coordination.Server.Slabs;

namespace Coordination.Server.Tree;

/// <summary>
/// Names and data of znodes, one behind the other in blocks. An array for each znode would have the collector move them all, a pause that
/// grows with the rate of creates; a block is moved as one, and what refers to it is a number.
/// </summary>
/// <remarks>
/// What was written into a block is never written over: snapshots and requests hold on to it. A block goes as a whole, when nothing in it
/// is of use any more; and when less than half of it is, the rest is copied to where new content goes. So never much more than twice the
/// live bytes are held, and each byte freed costs at most one copied.
/// </remarks>
/// <param name="znodes">Where the contents are referred to from; whoever moves one says so there.</param>
internal sealed class ContentBlocks(Slab<ZnodeRecord> znodes)
{
    // Before each entry: the slot it belongs to, and its size.
    private const int HeaderSize = 2 * sizeof(int);
    private const int SmallestBlock = 4 << 10;
    private const int LargestBlock = 64 << 10;

    private Block[] _blocks = new Block[8];
    private int _end = 1;
    private int _free;
    private int _open;

    /// <summary>Bytes of all blocks.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Bytes of what is in use, with its headers.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>The last element of the path; empty for the root.</summary>
    public ReadOnlySpan<byte> NameOf(in ZnodeContent content) =>
        _blocks[content.Block].Bytes.AsSpan(content.Offset + HeaderSize, content.NameSize);

    /// <summary>The data.</summary>
    public ZnodeData DataOf(in ZnodeContent content) => content.HasNoData
        ? default
        : new ZnodeData(_blocks[content.Block].Bytes, content.Offset + HeaderSize + content.NameSize, content.DataSize);

    /// <summary>Puts name and data into the content of a slot that has none.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="name">The last element of the path.</param>
    /// <param name="data">The data; copied.</param>
    /// <param name="hasData">No data and empty data are different things.</param>
    public void Add(int slot, ReadOnlySpan<char> name, ReadOnlySpan<byte> data, bool hasData)
    {
        int nameSize = CompactText.SizeOf(name);
        int size = nameSize + data.Length;
        Span<byte> bytes = Append(BlockFor(size), slot, size, hasData ? nameSize : ~nameSize);
        Encoding.UTF8.GetBytes(name, bytes);
        data.CopyTo(bytes[nameSize..]);
    }

    /// <summary>Replaces the data in the content of a slot.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="data">The data; copied.</param>
    /// <param name="hasData">No data and empty data are different things.</param>
    public void Replace(int slot, ReadOnlySpan<byte> data, bool hasData)
    {
        // First the room: to make it, the present content may be moved.
        int nameSize = znodes[slot].Content.NameSize;
        int size = nameSize + data.Length;
        int block = BlockFor(size);
        ZnodeContent old = znodes[slot].Content;
        Span<byte> bytes = Append(block, slot, size, hasData ? nameSize : ~nameSize);
        NameOf(old).CopyTo(bytes);
        data.CopyTo(bytes[nameSize..]);
        Release(old);
    }

    /// <summary>A content is of no use any more; no slot may refer to it by now.</summary>
    public void Release(in ZnodeContent content)
    {
        int size = HeaderSize + content.Size;
        _blocks[content.Block].Live -= size;
        LiveBytes -= size;
        CleanIfWorthwhile(content.Block);
    }

    /// <summary>A block with room for one entry.</summary>
    private int BlockFor(int size)
    {
        int length = HeaderSize + size;
        if (length > LargestBlock / 2)
            return Open(length);

        int full = _open;
        if (full != 0 && length <= _blocks[full].Bytes.Length - _blocks[full].Used)
            return full;

        // What the cleaning of the full one may bring has to fit as well.
        int before = full == 0 ? 0 : _blocks[full].Bytes.Length;
        int usual = Math.Clamp(before * 2, SmallestBlock, LargestBlock);
        _open = Open(usual >= length + (before / 2) ? usual : LargestBlock);
        if (full != 0)
            CleanIfWorthwhile(full);
        return _open;
    }

    private int Open(int length)
    {
        int number = _free;
        if (number != 0)
            _free = _blocks[number].Live;
        else if ((number = _end++) == _blocks.Length)
            Array.Resize(ref _blocks, number * 2);

        _blocks[number] = new Block { Bytes = GC.AllocateUninitializedArray<byte>(length) };
        HeldBytes += length;
        return number;
    }

    /// <summary>The place of an entry in a block that has room for it.</summary>
    private Span<byte> Append(int number, int slot, int size, int name)
    {
        ref Block block = ref _blocks[number];
        Span<byte> entry = block.Bytes.AsSpan(block.Used, HeaderSize + size);
        BinaryPrimitives.WriteInt32LittleEndian(entry, slot);
        BinaryPrimitives.WriteInt32LittleEndian(entry[sizeof(int)..], size);
        znodes[slot].Content = new ZnodeContent(number, block.Used, size, name);
        block.Used += entry.Length;
        block.Live += entry.Length;
        LiveBytes += entry.Length;
        return entry[HeaderSize..];
    }

    private void CleanIfWorthwhile(int number)
    {
        Block block = _blocks[number];
        if (number == _open || block.Live > block.Bytes.Length / 2)
            return;

        for (int offset = 0, left = block.Live; left > 0;)
        {
            ReadOnlySpan<byte> entry = block.Bytes.AsSpan(offset);
            int slot = BinaryPrimitives.ReadInt32LittleEndian(entry);
            int size = BinaryPrimitives.ReadInt32LittleEndian(entry[sizeof(int)..]);
            if (slot < znodes.End && znodes[slot].Content is var content && content.Block == number && content.Offset == offset)
            {
                left -= HeaderSize + size;
                entry.Slice(HeaderSize, size).CopyTo(Append(BlockFor(size), slot, size, content.Name));
            }

            offset += HeaderSize + size;
        }

        LiveBytes -= block.Live;
        HeldBytes -= block.Bytes.Length;
        _blocks[number] = new Block { Live = _free };
        _free = number;
    }

    /// <summary>Contents one behind the other.</summary>
    private struct Block
    {
        public byte[] Bytes;

        public int Used;

        /// <summary>Bytes of what is in use; in a number that has no block, the one that had none before.</summary>
        public int Live;
    }
}
