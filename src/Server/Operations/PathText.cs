using System.Text;
using System.Text.Unicode;

namespace Coordination.Server.Operations;

/// <summary>
/// Paths as they stand in a request, as text; what is no UTF-8 becomes U+FFFD, as everywhere. Not by the decoder of <see cref="Encoding"/>
/// alone: it makes an array for every bad byte, and a hostile path may have a million of them.
/// </summary>
internal static class PathText
{
    /// <summary>Decodes into room for as many characters as there are bytes.</summary>
    /// <returns>How many characters there are.</returns>
    public static int Decode(ReadOnlySpan<byte> path, Span<char> text)
    {
        Utf8.ToUtf16(path, text, out _, out int length);
        return length;
    }

    /// <summary>Decodes into a string.</summary>
    public static string Of(ReadOnlySpan<byte> path)
    {
        if (Utf8.IsValid(path))
            return Encoding.UTF8.GetString(path);

        char[] text = new char[path.Length];
        return new string(text, 0, Decode(path, text));
    }
}
