using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Coordination.Server.Operations;

/// <summary>
/// Limits or usage of a quota, as its znodes hold them: <c>count=4,bytes=20</c>, and behind a second equals sign, which hides them from
/// readers before 3.5, <c>;key=value</c> for everything else. A key that is missing stands for -1: no limit.
/// </summary>
internal struct QuotaText
{
    /// <summary>A text as clients write it is short. What is longer is not read: it would be parsed at every write under the quota.</summary>
    private const int MaxLength = 1024;

    private SortedDictionary<string, long>? _others;

    /// <summary>The text without any key.</summary>
    public QuotaText()
    {
    }

    /// <summary>Znodes, the root of the subtree among them.</summary>
    public long Count { get; set; } = -1;

    /// <summary>Bytes of data.</summary>
    public long Bytes { get; set; } = -1;

    /// <summary>Znodes beyond which creates are refused.</summary>
    public long? CountHardLimit { get; private set; }

    /// <summary>Bytes beyond which writes are refused.</summary>
    public long? ByteHardLimit { get; private set; }

    /// <summary>
    /// Reads a text. A pair that makes no sense counts as missing: Apache's server fails the write, or ends, where anybody may write it.
    /// </summary>
    public static QuotaText Read(ReadOnlySpan<byte> text)
    {
        QuotaText read = new();
        if (text.Length > MaxLength)
            return read;

        while (!text.IsEmpty)
        {
            int end = text.IndexOfAny((byte)',', (byte)';');
            ReadOnlySpan<byte> pair = end < 0 ? text : text[..end];
            text = end < 0 ? [] : text[(end + 1)..];
            read.TakePair(pair);
        }

        return read;
    }

    /// <summary>The text of these values.</summary>
    public readonly byte[] ToBytes()
    {
        if (_others is not null || CountHardLimit is not null || ByteHardLimit is not null)
            return Encoding.UTF8.GetBytes(ToLongText());

        Span<byte> text = stackalloc byte[64];
        "count="u8.CopyTo(text);
        int length = "count="u8.Length;
        Utf8Formatter.TryFormat(Count, text[length..], out int written);
        length += written;
        ",bytes="u8.CopyTo(text[length..]);
        length += ",bytes="u8.Length;
        Utf8Formatter.TryFormat(Bytes, text[length..], out written);
        return text[..(length + written)].ToArray();
    }

    private readonly string ToLongText()
    {
        SortedDictionary<string, long> others = _others is null ? new(StringComparer.Ordinal) : new(_others, StringComparer.Ordinal);
        if (CountHardLimit is { } count)
            others["countHardLimit"] = count;
        if (ByteHardLimit is { } bytes)
            others["byteHardLimit"] = bytes;

        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"count={Count},bytes={Bytes}=");
        foreach ((string key, long value) in others)
            text.Append(CultureInfo.InvariantCulture, $";{key}={value}");
        return text.ToString();
    }

    private void TakePair(ReadOnlySpan<byte> pair)
    {
        int equals = pair.IndexOf((byte)'=');
        if (equals <= 0)
            return;

        ReadOnlySpan<byte> key = pair[..equals];
        ReadOnlySpan<byte> digits = pair[(equals + 1)..];
        int second = digits.IndexOf((byte)'=');
        if (second >= 0)
            digits = digits[..second];

        long value = -1;
        if (!digits.IsEmpty && !(Utf8Parser.TryParse(digits, out value, out int read) && read == digits.Length))
            return;

        if (key.SequenceEqual("count"u8))
            Count = value;
        else if (key.SequenceEqual("bytes"u8))
            Bytes = value;
        else if (key.SequenceEqual("countHardLimit"u8))
            CountHardLimit = value;
        else if (key.SequenceEqual("byteHardLimit"u8))
            ByteHardLimit = value;
        else
            (_others ??= new(StringComparer.Ordinal))[Encoding.UTF8.GetString(key)] = value;
    }
}
