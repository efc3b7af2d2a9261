using System.Formats.Asn1;
using System.Text;

namespace Coordination.Server.Network;

/// <summary>
/// The name of a certificate's subject as Java's <c>X500Principal.getName()</c> writes it (RFC 2253 with Java's habits): access lists hold
/// that text, and it is compared letter by letter.
/// </summary>
internal static class DistinguishedName
{
    private const string Escaped = ",=+<>#;\"\\";

    /// <summary>The only attributes that RFC 2253 has words for; others appear as numbers with their encoding in hexadecimal.</summary>
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.Ordinal)
    {
        ["2.5.4.3"] = "CN",
        ["2.5.4.6"] = "C",
        ["2.5.4.7"] = "L",
        ["2.5.4.8"] = "ST",
        ["2.5.4.9"] = "STREET",
        ["2.5.4.10"] = "O",
        ["2.5.4.11"] = "OU",
        ["0.9.2342.19200300.100.1.25"] = "DC",
        ["0.9.2342.19200300.100.1.1"] = "UID",
    };

    /// <summary>Writes a name, its last part first.</summary>
    /// <param name="encoded">The name in DER.</param>
    /// <exception cref="AsnContentException">The bytes are no name.</exception>
    public static string ToRfc2253(ReadOnlyMemory<byte> encoded)
    {
        List<string> parts = [];
        AsnReader names = new AsnReader(encoded, AsnEncodingRules.BER).ReadSequence();
        while (names.HasData)
        {
            AsnReader attributes = names.ReadSetOf(skipSortOrderValidation: true);
            List<string> together = [];
            while (attributes.HasData)
                together.Add(Attribute(attributes.ReadSequence()));
            parts.Add(string.Join('+', together));
        }

        parts.Reverse();
        return string.Join(',', parts);
    }

    private static string Attribute(AsnReader attribute)
    {
        string type = attribute.ReadObjectIdentifier();
        ReadOnlyMemory<byte> value = attribute.ReadEncodedValue();
        return Keywords.TryGetValue(type, out string? keyword) && TextOf(value) is { } text
            ? $"{keyword}={Escape(text)}"
            : $"{keyword ?? type}=#{Convert.ToHexStringLower(value.Span)}";
    }

    /// <summary>The text of a value, or null if it is none. Java takes the bytes of every kind of text for UTF-8.</summary>
    private static string? TextOf(ReadOnlyMemory<byte> value)
    {
        Asn1Tag tag = AsnDecoder.ReadEncodedValue(value.Span, AsnEncodingRules.BER, out int offset, out int length, out _);
        if (tag.TagClass != TagClass.Universal)
            return null;

        return (UniversalTagNumber)tag.TagValue switch
        {
            UniversalTagNumber.UTF8String or UniversalTagNumber.PrintableString or UniversalTagNumber.T61String
                or UniversalTagNumber.IA5String or UniversalTagNumber.GeneralString or UniversalTagNumber.BMPString
                or UniversalTagNumber.UniversalString => Encoding.UTF8.GetString(value.Span.Slice(offset, length)),
            _ => null,
        };
    }

    private static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (char c in text)
        {
            if (Escaped.Contains(c))
                escaped.Append('\\').Append(c);
            else if (c == '\0')
                escaped.Append("\\00");
            else
                escaped.Append(c);
        }

        return EscapeEnds(escaped.ToString());
    }

    /// <summary>Blanks at either end count, so each of them is marked.</summary>
    private static string EscapeEnds(string text)
    {
        int lead = text.AsSpan().IndexOfAnyExcept(' ', '\r');
        int trail = text.AsSpan().LastIndexOfAnyExcept(' ', '\r');
        if (lead <= 0 && trail == text.Length - 1)
            return text;

        StringBuilder marked = new(text.Length + 2);
        for (int i = 0; i < text.Length; i++)
        {
            if (lead < 0 || i < lead || i > trail)
                marked.Append('\\');
            marked.Append(text[i]);
        }

        return marked.ToString();
    }
}
