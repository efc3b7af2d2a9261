using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Coordination.Protocol;

/// <summary>
/// Writes jute into an <see cref="IBufferWriter{T}"/>. Bytes become visible to the buffer with <see cref="Flush"/>, which must be
/// called once after the last field.
/// </summary>
public ref struct JuteWriter
{
    private readonly IBufferWriter<byte> _output;
    private Span<byte> _span;
    private int _used;

    /// <summary>Writes into <paramref name="output"/>.</summary>
    /// <param name="output">The buffer to append to.</param>
    public JuteWriter(IBufferWriter<byte> output) => _output = output;

    /// <summary>Hands what was written over to the buffer.</summary>
    public void Flush()
    {
        if (_used > 0)
            _output.Advance(_used);
        _used = 0;
        _span = default;
    }

    /// <summary>Writes one byte.</summary>
    /// <param name="value">The byte.</param>
    public void WriteByte(byte value) => Reserve(1)[0] = value;

    /// <summary>Writes 0 or 1.</summary>
    /// <param name="value">The value.</param>
    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>Writes a big-endian 32-bit integer.</summary>
    /// <param name="value">The value.</param>
    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Reserve(sizeof(int)), value);

    /// <summary>Writes a big-endian 64-bit integer.</summary>
    /// <param name="value">The value.</param>
    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Reserve(sizeof(long)), value);

    /// <summary>Writes length and bytes.</summary>
    /// <param name="value">The bytes.</param>
    public void WriteBuffer(ReadOnlySpan<byte> value)
    {
        WriteInt32(value.Length);
        WriteRaw(value);
    }

    /// <summary>Writes length and bytes, or -1 for null.</summary>
    /// <param name="value">The bytes, or null.</param>
    public void WriteBuffer(byte[]? value)
    {
        if (value is null)
            WriteInt32(-1);
        else
            WriteBuffer(value.AsSpan());
    }

    /// <summary>Writes bytes without a length.</summary>
    /// <param name="value">The bytes.</param>
    public void WriteRaw(ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
            value.CopyTo(Reserve(value.Length));
    }

    /// <summary>Writes a UTF-8 string with its length in bytes, or -1 for null.</summary>
    /// <param name="value">The text, or null.</param>
    public void WriteString(string? value)
    {
        if (value is null)
        {
            WriteInt32(-1);
            return;
        }

        int length = Encoding.UTF8.GetByteCount(value);
        WriteInt32(length);
        if (length > 0)
            Encoding.UTF8.GetBytes(value, Reserve(length));
    }

    /// <summary>Writes a vector of strings, or -1 for null.</summary>
    /// <param name="values">The strings, or null.</param>
    public void WriteStrings(IReadOnlyList<string>? values)
    {
        if (values is null)
        {
            WriteInt32(-1);
            return;
        }

        WriteInt32(values.Count);
        for (int i = 0; i < values.Count; i++)
            WriteString(values[i]);
    }

    /// <summary>Writes an access list, or -1 for null.</summary>
    /// <param name="list">The entries, or null.</param>
    public void WriteAcls(IReadOnlyList<Acl>? list)
    {
        if (list is null)
        {
            WriteInt32(-1);
            return;
        }

        WriteInt32(list.Count);
        for (int i = 0; i < list.Count; i++)
            list[i].Write(ref this);
    }

    /// <summary>Writes a record.</summary>
    /// <typeparam name="T">The record's type.</typeparam>
    /// <param name="record">The record.</param>
    public void Write<T>(in T record)
        where T : IJuteRecord<T> => record.Write(ref this);

    private Span<byte> Reserve(int count)
    {
        if (_span.Length - _used < count)
        {
            Flush();
            _span = _output.GetSpan(count);
        }

        Span<byte> target = _span.Slice(_used, count);
        _used += count;
        return target;
    }
}
