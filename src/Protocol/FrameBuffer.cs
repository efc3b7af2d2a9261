using System.Buffers;
using System.Buffers.Binary;

namespace Coordination.Protocol;

/// <summary>
/// A pooled, growing, contiguous buffer in which frames are built: a length word, then the body. The length is filled in when the
/// frame ends, so a record is serialised once and never measured before. Not thread-safe; dispose returns the memory to the pool.
/// </summary>
public sealed class FrameBuffer : IBufferWriter<byte>, IDisposable
{
    private byte[] _bytes;
    private int _length;

    /// <summary>Rents the first piece of memory.</summary>
    /// <param name="initialCapacity">Bytes to start with, at least 1.</param>
    public FrameBuffer(int initialCapacity = 512)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(initialCapacity);
        _bytes = ArrayPool<byte>.Shared.Rent(initialCapacity);
    }

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _bytes.AsSpan(0, _length);

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, _length);

    /// <summary>Starts a frame by leaving room for its length.</summary>
    /// <returns>The mark to hand to <see cref="EndFrame"/> or <see cref="Truncate"/>.</returns>
    public int BeginFrame()
    {
        int mark = _length;
        Grow(sizeof(int));
        _length += sizeof(int);
        return mark;
    }

    /// <summary>Ends a frame: writes the number of bytes since <paramref name="mark"/> into the room left there.</summary>
    /// <param name="mark">What <see cref="BeginFrame"/> returned.</param>
    public void EndFrame(int mark) =>
        BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(mark), _length - mark - sizeof(int));

    /// <summary>Overwrites four bytes written before, for example a count known only at the end.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="value">The value.</param>
    public void PatchInt32(int offset, int value) => BinaryPrimitives.WriteInt32BigEndian(_bytes.AsSpan(offset, sizeof(int)), value);

    /// <summary>Forgets everything from <paramref name="length"/> on.</summary>
    /// <param name="length">Bytes to keep.</param>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length);
        _length = length;
    }

    /// <summary>Forgets everything and keeps the memory.</summary>
    public void Clear() => _length = 0;

    /// <summary>Forgets everything and gives memory above <paramref name="capacity"/> back to the pool; the buffer can be used on.</summary>
    /// <param name="capacity">Bytes to keep room for.</param>
    public void Shrink(int capacity)
    {
        _length = 0;
        if (_bytes.Length <= capacity * 2)
            return;

        byte[] larger = _bytes;
        _bytes = ArrayPool<byte>.Shared.Rent(capacity);
        ArrayPool<byte>.Shared.Return(larger);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _length);
        _length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(_length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        byte[] bytes = _bytes;
        _bytes = [];
        _length = 0;
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void Grow(int room)
    {
        if (_bytes.Length - _length >= room)
            return;

        // Only Dispose leaves the buffer without memory: renting again would leak it.
        ObjectDisposedException.ThrowIf(_bytes.Length == 0, this);
        int wanted = (int)Math.Min(Array.MaxLength, Math.Max((long)_bytes.Length * 2, (long)_length + room));
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, checked(_length + room)));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
