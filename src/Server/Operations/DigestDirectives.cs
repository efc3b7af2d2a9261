using System.Text;

namespace Coordination.Server.Operations;

/// <summary>The directives of a DIGEST-MD5 token: <c>name=value</c> or <c>name="value"</c>, separated by commas.</summary>
internal static class DigestDirectives
{
    private const string Space = " \t\r\n";
    private const string Separators = "()<>@,;:\\\"/[]?={} \t\r\n";

    /// <summary>Reads a token.</summary>
    /// <returns>Values by name, a character for each byte of the token; null if it is malformed or says something twice.</returns>
    public static Dictionary<string, string>? Parse(ReadOnlySpan<byte> token)
    {
        string text = Encoding.Latin1.GetString(token);
        Dictionary<string, string> directives = new(StringComparer.OrdinalIgnoreCase);
        int at = 0;
        while (true)
        {
            while (at < text.Length && (text[at] == ',' || Space.Contains(text[at], StringComparison.Ordinal)))
                at++;
            if (at == text.Length)
                return directives;

            string name = Word(text, ref at);
            SkipSpace(text, ref at);
            if (name.Length == 0 || at == text.Length || text[at++] != '=')
                return null;

            SkipSpace(text, ref at);
            string? value = at < text.Length && text[at] == '"' ? Quoted(text, ref at) : Word(text, ref at);
            if (value is null || !directives.TryAdd(name, value))
                return null;

            SkipSpace(text, ref at);
            if (at < text.Length && text[at] != ',')
                return null;
        }
    }

    private static void SkipSpace(string text, ref int at)
    {
        while (at < text.Length && Space.Contains(text[at], StringComparison.Ordinal))
            at++;
    }

    /// <summary>Clients do not quote <c>digest-uri</c> alike, so a slash may stand in a word.</summary>
    private static string Word(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && (text[at] == '/' || !Separators.Contains(text[at], StringComparison.Ordinal)))
            at++;
        return text[start..at];
    }

    private static string? Quoted(string text, ref int at)
    {
        var value = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                at++;
                return value.ToString();
            }

            if (text[at] == '\\' && ++at == text.Length)
                return null;
            value.Append(text[at]);
        }

        return null;
    }
}
