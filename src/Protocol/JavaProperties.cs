using System.Globalization;
using System.Text;

namespace Coordination.Protocol;

/// <summary>One entry of a properties file.</summary>
/// <param name="Key">Unescaped.</param>
/// <param name="Value">Unescaped, trailing blanks removed.</param>
/// <param name="Line">Where it begins, from 1.</param>
public readonly record struct PropertyEntry(string Key, string Value, int Line);

/// <summary>
/// Java's properties syntax, which <c>zoo.cfg</c> and the configuration of an ensemble are written in: comments with # or !, keys ended by
/// =, : or a blank, backslash escapes, lines continued by a backslash at their end. No text is wrong.
/// </summary>
public static class JavaProperties
{
    /// <summary>Reads all entries, in order; a key may occur more than once.</summary>
    /// <param name="text">The text; also one that a peer sent.</param>
    /// <returns>The entries.</returns>
    public static IReadOnlyList<PropertyEntry> Parse(string text)
    {
        List<PropertyEntry> entries = [];
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            int first = i + 1;
            string line = lines[i].TrimStart(' ', '\t', '\f');
            if (line.Length == 0 || line[0] is '#' or '!')
                continue;

            entries.Add(Split(IsContinued(line) ? Joined(line, lines, ref i) : line, first));
        }

        return entries;
    }

    private static string Joined(string line, string[] lines, ref int number)
    {
        StringBuilder joined = new();
        while (IsContinued(line))
        {
            joined.Append(line, 0, line.Length - 1);
            line = number + 1 < lines.Length ? lines[++number].TrimStart(' ', '\t', '\f') : "";
        }

        return joined.Append(line).ToString();
    }

    private static bool IsContinued(string line)
    {
        int backslashes = 0;
        while (backslashes < line.Length && line[^(backslashes + 1)] == '\\')
            backslashes++;
        return backslashes % 2 == 1;
    }

    private static PropertyEntry Split(string line, int number)
    {
        int end = 0;
        while (end < line.Length && line[end] is not ('=' or ':' or ' ' or '\t' or '\f'))
            end += line[end] == '\\' ? 2 : 1;
        end = Math.Min(end, line.Length);

        int value = end;
        while (value < line.Length && line[value] is ' ' or '\t' or '\f')
            value++;
        if (value < line.Length && line[value] is '=' or ':')
        {
            value++;
            while (value < line.Length && line[value] is ' ' or '\t' or '\f')
                value++;
        }

        return new PropertyEntry(Unescape(line[..end]), Unescape(line[value..]).Trim(), number);
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;

        StringBuilder plain = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Append(text[i]);
                continue;
            }

            char escaped = text[++i];
            if (escaped == 'u' && i + 4 < text.Length
                && ushort.TryParse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit))
            {
                plain.Append((char)unit);
                i += 4;
            }
            else
            {
                plain.Append(escaped switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', _ => escaped });
            }
        }

        return plain.ToString();
    }
}
