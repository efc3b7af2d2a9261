using System.Text;
using System.Text.Unicode;

namespace Coordination.Server.Slabs;

/// <summary>Text kept as UTF-8, half the size of a string, and compared with strings without making one.</summary>
internal static class CompactText
{
    /// <summary>Whether bytes say the same as a text.</summary>
    public static bool Equals(ReadOnlySpan<byte> bytes, ReadOnlySpan<char> text)
    {
        // UTF-8 is longer than UTF-16 in units as soon as one character is not ASCII.
        if (bytes.Length == text.Length)
            return Ascii.Equals(bytes, text);
        return bytes.Length > text.Length && bytes.Length <= 3 * text.Length && EqualsBeyondAscii(bytes, text);
    }

    /// <summary>How many bytes a text takes.</summary>
    public static int SizeOf(ReadOnlySpan<char> text) => Encoding.UTF8.GetByteCount(text);

    /// <summary>The bytes of a text.</summary>
    public static byte[] ToBytes(ReadOnlySpan<char> text)
    {
        var bytes = new byte[SizeOf(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    private static bool EqualsBeyondAscii(ReadOnlySpan<byte> bytes, ReadOnlySpan<char> text)
    {
        Span<char> part = stackalloc char[256];
        while (!bytes.IsEmpty)
        {
            Utf8.ToUtf16(bytes, part, out int read, out int written);
            if (!text.StartsWith(part[..written]))
                return false;
            bytes = bytes[read..];
            text = text[written..];
        }

        return text.IsEmpty;
    }
}
