using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Coordination.Server.Operations;

/// <summary>
/// Ids of the scheme <c>ip</c>: an IPv4 or IPv6 address, or a prefix of one as <c>address/bits</c>. Read as Apache reads them, not as the
/// platform does, which takes 010.0.0.1 for octal and 10.1 for four numbers: an access list must not change its meaning.
/// </summary>
internal static class AddressRange
{
    private const int LongestAddress = 16;

    /// <summary>An address as an identity shows it: as Java writes it, without a zone; IPv4 within IPv6 is IPv4.</summary>
    public static string TextOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4().ToString();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();

        byte[] bytes = address.GetAddressBytes();
        var groups = new string[bytes.Length / 2];
        for (int i = 0; i < groups.Length; i++)
            groups[i] = ((bytes[2 * i] << 8) | bytes[(2 * i) + 1]).ToString("x", CultureInfo.InvariantCulture);
        return string.Join(':', groups);
    }

    /// <summary>Whether text is such an id.</summary>
    public static bool IsValid(string? range) => TryParse(range, stackalloc byte[LongestAddress], out _, out _);

    /// <summary>The bytes of an address in the form of <see cref="TextOf"/>; none if it is no address.</summary>
    public static byte[] BytesOf(string address)
    {
        Span<byte> bytes = stackalloc byte[LongestAddress];
        return TryParseAddress(address, bytes, out int length) ? bytes[..length].ToArray() : [];
    }

    /// <summary>Whether a range covers an address.</summary>
    public static bool Contains(string? range, string address) => Contains(range, BytesOf(address));

    /// <summary>Whether a range covers an address.</summary>
    /// <param name="range">An address or a prefix of one.</param>
    /// <param name="right">The address, from <see cref="BytesOf"/>.</param>
    public static bool Contains(string? range, ReadOnlySpan<byte> right)
    {
        Span<byte> left = stackalloc byte[LongestAddress];
        if (!TryParse(range, left, out int length, out int bits) || length != right.Length)
            return false;

        int whole = bits / 8;
        if (!left[..whole].SequenceEqual(right[..whole]))
            return false;

        int rest = bits % 8;
        return rest == 0 || (left[whole] ^ right[whole]) >> (8 - rest) == 0;
    }

    private static bool TryParse(string? range, Span<byte> address, out int length, out int bits)
    {
        length = bits = 0;
        if (range is null)
            return false;

        int slash = range.IndexOf('/', StringComparison.Ordinal);
        if (!TryParseAddress(slash < 0 ? range : range.AsSpan(0, slash), address, out length))
            return false;

        bits = length * 8;
        return slash < 0 || (TryParseNumber(range.AsSpan(slash + 1), 10, out bits) && bits >= 0 && bits <= length * 8);
    }

    private static bool TryParseAddress(ReadOnlySpan<char> text, Span<byte> address, out int length)
    {
        bool isLong = text.Contains(':');
        length = isLong ? 16 : 4;
        return isLong ? TryParseLong(text, address) : TryParseShort(text, address);
    }

    private static bool TryParseShort(ReadOnlySpan<char> text, Span<byte> address)
    {
        int count = 0;
        foreach (Range part in text.Split('.'))
        {
            if (count == 4 || !TryParseNumber(text[part], 10, out int value) || value is < 0 or > 255)
                return false;
            address[count++] = (byte)value;
        }

        return count == 4;
    }

    private static bool TryParseLong(ReadOnlySpan<char> text, Span<byte> address)
    {
        address[..16].Clear();
        int gap = text.IndexOf("::", StringComparison.Ordinal);
        if (gap < 0)
            return TryParseGroups(text, address, out int all) && all == 8;

        ReadOnlySpan<char> tail = text[(gap + 2)..];
        Span<byte> behind = stackalloc byte[LongestAddress];
        if (tail.Contains("::", StringComparison.Ordinal)
            || !TryParseGroups(text[..gap], address, out int before)
            || !TryParseGroups(tail, behind, out int after)
            || before + after >= 8)
        {
            return false;
        }

        behind[..(2 * after)].CopyTo(address[(16 - (2 * after))..]);
        return true;
    }

    private static bool TryParseGroups(ReadOnlySpan<char> text, Span<byte> target, out int count)
    {
        count = 0;
        if (text.IsEmpty)
            return true;

        foreach (Range part in text.Split(':'))
        {
            ReadOnlySpan<char> group = text[part];
            if (count == 8 || group.Length > 4 || !TryParseNumber(group, 16, out int value))
                return false;
            target[2 * count] = (byte)(value >> 8);
            target[(2 * count++) + 1] = (byte)value;
        }

        return true;
    }

    /// <summary>A number as Java's <c>Integer.parseInt</c> takes it: a sign is allowed, blanks are not.</summary>
    private static bool TryParseNumber(ReadOnlySpan<char> text, int radix, out int value)
    {
        value = 0;
        bool isNegative = text is ['-', ..];
        if (text is ['-' or '+', ..])
            text = text[1..];
        if (text.IsEmpty)
            return false;

        long sum = 0;
        foreach (char c in text)
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiHexDigit(c) ? (c | 0x20) - 'a' + 10 : radix;
            sum = (sum * radix) + digit;
            if (digit >= radix || sum > int.MaxValue)
                return false;
        }

        value = (int)(isNegative ? -sum : sum);
        return true;
    }
}
