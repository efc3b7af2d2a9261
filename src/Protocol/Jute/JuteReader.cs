using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Coordination.Protocol;

/// <summary>
/// Reads jute, the encoding of Apache ZooKeeper's records: big-endian integers, length-prefixed strings and buffers (-1 is null),
/// counted vectors. No length is trusted before it has been held against both the limit and the bytes that are there.
/// </summary>
public ref struct JuteReader
{
    /// <summary>Apache's default of <c>jute.maxbuffer</c>: the largest string, buffer or frame, in bytes.</summary>
    public const int DefaultMaxBuffer = 0xfffff;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _maxLength;
    private int _position;

    /// <summary>Reads <paramref name="bytes"/> from the start.</summary>
    /// <param name="bytes">One record or frame body.</param>
    /// <param name="maxLength">The longest string or buffer accepted, in bytes.</param>
    public JuteReader(ReadOnlySpan<byte> bytes, int maxLength = int.MaxValue)
    {
        _bytes = bytes;
        _maxLength = maxLength;
    }

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _position;

    /// <summary>Bytes not read yet. Above zero after the last field they are trailing bytes, which servers ignore (Apache does too).</summary>
    public readonly int Remaining => _bytes.Length - _position;

    /// <summary>A boolean byte that was neither 0 nor 1 was read as true. Canonical writers never produce one.</summary>
    public bool SawOddBoolean { get; private set; }

    /// <summary>Reads one byte.</summary>
    /// <returns>The byte.</returns>
    public byte ReadByte()
    {
        Require(1);
        return _bytes[_position++];
    }

    /// <summary>Reads a boolean; any byte but 0 is true.</summary>
    /// <returns>The value.</returns>
    public bool ReadBoolean()
    {
        byte value = ReadByte();
        if (value > 1)
            SawOddBoolean = true;

        return value != 0;
    }

    /// <summary>Reads a big-endian 32-bit integer.</summary>
    /// <returns>The value.</returns>
    public int ReadInt32()
    {
        Require(sizeof(int));
        int value = BinaryPrimitives.ReadInt32BigEndian(_bytes[_position..]);
        _position += sizeof(int);
        return value;
    }

    /// <summary>Reads a big-endian 64-bit integer.</summary>
    /// <returns>The value.</returns>
    public long ReadInt64()
    {
        Require(sizeof(long));
        long value = BinaryPrimitives.ReadInt64BigEndian(_bytes[_position..]);
        _position += sizeof(long);
        return value;
    }

    /// <summary>Reads a buffer without copying it.</summary>
    /// <param name="isNull">Whether the length was -1.</param>
    /// <returns>A slice of the input; empty for null.</returns>
    public ReadOnlySpan<byte> ReadBufferSpan(out bool isNull)
    {
        int length = ReadLength();
        isNull = length < 0;
        if (length <= 0)
            return default;

        ReadOnlySpan<byte> span = _bytes.Slice(_position, length);
        _position += length;
        return span;
    }

    /// <summary>Reads a buffer into an array of its own.</summary>
    /// <returns>The bytes, or null.</returns>
    public byte[]? ReadBuffer()
    {
        ReadOnlySpan<byte> span = ReadBufferSpan(out bool isNull);
        return isNull ? null : span.Length == 0 ? [] : span.ToArray();
    }

    /// <summary>Reads a string. Invalid UTF-8 becomes U+FFFD, as in Apache's reader.</summary>
    /// <returns>The text, or null.</returns>
    public string? ReadString()
    {
        ReadOnlySpan<byte> span = ReadBufferSpan(out bool isNull);
        if (isNull)
            return null;

        return TextOf(span);
    }

    /// <summary>Reads a string whose null form (-1, as kazoo writes the empty string) counts as empty.</summary>
    /// <returns>The text, never null.</returns>
    public string ReadStringOrEmpty() => ReadString() ?? "";

    /// <summary>
    /// Reads a string that must be one. On a null path Apache's server fails in most requests, and answers as for a malformed record.
    /// </summary>
    /// <returns>The text.</returns>
    /// <exception cref="JuteFormatException">Also if the string is null.</exception>
    public string ReadStringNotNull()
    {
        int at = _position;
        return ReadString() ?? throw NullText(at);
    }

    /// <summary>Reads a string that must be one, as the bytes that it stands in.</summary>
    /// <returns>The text in UTF-8, as it came; a view into the bytes given.</returns>
    /// <exception cref="JuteFormatException">Also if the string is null.</exception>
    public ReadOnlySpan<byte> ReadStringSpanNotNull()
    {
        int at = _position;
        ReadOnlySpan<byte> text = ReadBufferSpan(out bool isNull);
        return isNull ? throw NullText(at) : text;
    }

    /// <summary>
    /// Reads the count of a vector. The count is not limited by itself, but a count that could not fit into the remaining bytes is
    /// refused before anything is allocated for it.
    /// </summary>
    /// <param name="minimumElementSize">The least number of bytes that one element takes.</param>
    /// <returns>The count; -1 for null. Other negative counts read as an empty vector, as Apache does.</returns>
    public int ReadCount(int minimumElementSize)
    {
        int at = _position;
        int count = ReadInt32();
        if (count == -1)
            return -1;
        if (count < 0)
            return 0;
        if (count > Remaining / minimumElementSize)
            Throw(JuteError.Truncated, at, $"a vector announces {count} elements, but only {Remaining} bytes follow");

        return count;
    }

    /// <summary>Reads a vector of strings.</summary>
    /// <returns>The strings, or null for a null vector.</returns>
    /// <exception cref="JuteFormatException">One of them is null.</exception>
    public string[]? ReadStrings()
    {
        int count = ReadCount(sizeof(int));
        if (count < 0)
            return null;
        if (count == 0)
            return [];

        var strings = new string[count];
        for (int i = 0; i < count; i++)
            strings[i] = ReadStringNotNull();
        return strings;
    }

    /// <summary>Reads an access list.</summary>
    /// <returns>The entries, or null for a null vector.</returns>
    public Acl[]? ReadAcls()
    {
        int count = ReadCount(Acl.MinimumSize);
        if (count < 0)
            return null;
        if (count == 0)
            return [];

        var list = new Acl[count];
        for (int i = 0; i < count; i++)
            list[i] = Acl.Read(ref this);
        return list;
    }

    /// <summary>Reads a record.</summary>
    /// <typeparam name="T">The record's type.</typeparam>
    /// <returns>The record.</returns>
    public T Read<T>()
        where T : IJuteRecord<T> => T.Read(ref this);

    private static JuteFormatException NullText(int at) => new(JuteError.NullText, at, $"At byte {at}: a string is null.");

    /// <summary>Text out of UTF-8; what is no UTF-8 becomes U+FFFD.</summary>
    internal static string TextOf(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Repair(bytes);

    /// <summary>The decoder of <see cref="Encoding"/> makes an array for every bad byte, which is 38 bytes of garbage for each of a hostile frame.</summary>
    private static string Repair(ReadOnlySpan<byte> bytes)
    {
        char[] rented = ArrayPool<char>.Shared.Rent(bytes.Length);
        Utf8.ToUtf16(bytes, rented, out _, out int length);
        string text = new(rented, 0, length);
        ArrayPool<char>.Shared.Return(rented);
        return text;
    }

    private int ReadLength()
    {
        int at = _position;
        int length = ReadInt32();
        if (length < -1)
            Throw(JuteError.NegativeLength, at, $"length {length} is negative");
        if (length > _maxLength)
            Throw(JuteError.Oversized, at, $"length {length} exceeds the limit of {_maxLength} bytes");
        if (length > Remaining)
            Throw(JuteError.Truncated, at, $"length {length}, but only {Remaining} bytes follow");
        return length;
    }

    private readonly void Require(int count)
    {
        if (Remaining < count)
            Throw(JuteError.Truncated, _position, $"{count} bytes are needed, but only {Remaining} are left");
    }

    [DoesNotReturn]
    private static void Throw(JuteError error, int offset, string detail) =>
        throw new JuteFormatException(error, offset, $"At byte {offset}: {detail}.");
}
