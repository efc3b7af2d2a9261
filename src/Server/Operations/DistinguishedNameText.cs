namespace Coordination.Server.Operations;

/// <summary>Whether a text is a distinguished name, as the constructor of Java's <c>X500Principal</c> decides it.</summary>
internal static class DistinguishedNameText
{
    private const string NeedEscape = "<>\"";
    private const string MayBeEscaped = ",=\n+<>#;\\\" ";

    private static readonly HashSet<string> Keywords = new(StringComparer.OrdinalIgnoreCase)
    {
        "CN", "C", "L", "S", "ST", "O", "OU", "T", "IP", "STREET", "DC", "DNQUALIFIER", "DNQ", "SURNAME", "GIVENNAME", "INITIALS",
        "GENERATION", "EMAIL", "EMAILADDRESS", "UID", "SERIALNUMBER",
    };

    /// <summary>Whether the text can be read as a name. The empty one can.</summary>
    public static bool IsValid(string? text)
    {
        if (text is null)
            return false;
        if (text.Length == 0)
            return true;

        int start = 0;
        bool isQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\')
                i++;
            else if (c == '"')
                isQuoted = !isQuoted;
            else if (c is ',' or ';' or '+' && !isQuoted)
            {
                if (!IsAttribute(text.AsSpan(start, i - start)))
                    return false;
                start = i + 1;
            }
        }

        return IsAttribute(text.AsSpan(start));
    }

    private static bool IsAttribute(ReadOnlySpan<char> text)
    {
        int equals = text.IndexOf('=');
        if (equals < 0 || !IsType(text[..equals].Trim()))
            return false;

        ReadOnlySpan<char> value = text[(equals + 1)..].TrimStart(" \n");
        return value switch
        {
            [] => true,
            ['#', .. var digits] => IsHex(digits.TrimEnd(" \n")),
            ['"', .. var quoted] => IsQuoted(quoted),
            _ => IsPlain(value),
        };
    }

    private static bool IsType(ReadOnlySpan<char> type)
    {
        if (Keywords.GetAlternateLookup<ReadOnlySpan<char>>().Contains(type))
            return true;
        if (type.StartsWith("OID.", StringComparison.OrdinalIgnoreCase))
            type = type[4..];

        int count = 0;
        int first = 0;
        foreach (Range part in type.Split('.'))
        {
            if (!uint.TryParse(type[part], System.Globalization.NumberStyles.None, null, out uint arc))
                return false;
            if ((count == 0 && arc > 2) || (count == 1 && first < 2 && arc > 39))
                return false;
            first = count++ == 0 ? (int)arc : first;
        }

        return count >= 2;
    }

    private static bool IsHex(ReadOnlySpan<char> digits) =>
        digits.Length >= 2 && digits.Length % 2 == 0 && digits.IndexOfAnyExcept(System.Buffers.SearchValues.Create("0123456789abcdefABCDEF")) < 0;

    /// <summary>Up to the closing quotation mark, with nothing but blanks behind it.</summary>
    private static bool IsQuoted(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
                return text[(i + 1)..].Trim(" \n").IsEmpty;
            if (text[i] == '\\' && !TrySkipEscape(text, ref i))
                return false;
        }

        return false;
    }

    private static bool IsPlain(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (NeedEscape.Contains(text[i]))
                return false;
            if (text[i] == '\\' && !TrySkipEscape(text, ref i))
                return false;
        }

        return true;
    }

    /// <summary>A backslash stands before a character that needs it, or before two hexadecimal digits.</summary>
    private static bool TrySkipEscape(ReadOnlySpan<char> text, ref int at)
    {
        if (at + 1 >= text.Length)
            return false;
        if (char.IsAsciiHexDigit(text[at + 1]))
        {
            at += 2;
            return at < text.Length && char.IsAsciiHexDigit(text[at]);
        }

        at++;
        return MayBeEscaped.Contains(text[at]);
    }
}
