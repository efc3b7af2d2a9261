using System.Net;
using System.Net.Sockets;

namespace Coordination.Server.Operations;

/// <summary>Ids of the scheme <c>ip</c>: an IPv4 or IPv6 address, or a prefix of one as <c>address/bits</c>.</summary>
internal static class AddressRange
{
    /// <summary>Whether text is such an id.</summary>
    public static bool IsValid(string? range) => TryParse(range, out _, out _);

    /// <summary>Whether a range covers an address.</summary>
    public static bool Contains(string? range, string address)
    {
        if (!TryParse(range, out IPAddress? network, out int bits)
            || !IPAddress.TryParse(address, out IPAddress? parsed)
            || network.AddressFamily != parsed.AddressFamily)
        {
            return false;
        }

        Span<byte> left = stackalloc byte[16];
        Span<byte> right = stackalloc byte[16];
        network.TryWriteBytes(left, out _);
        parsed.TryWriteBytes(right, out _);
        int whole = bits / 8;
        if (!left[..whole].SequenceEqual(right[..whole]))
            return false;

        int rest = bits % 8;
        return rest == 0 || (left[whole] ^ right[whole]) >> (8 - rest) == 0;
    }

    private static bool TryParse(string? range, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPAddress? address, out int bits)
    {
        bits = 0;
        address = null;
        if (range is null)
            return false;

        int slash = range.IndexOf('/', StringComparison.Ordinal);
        if (!TryParseAddress(slash < 0 ? range : range[..slash], out address))
            return false;

        int width = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        bits = width;
        return slash < 0 || (int.TryParse(range.AsSpan(slash + 1), out bits) && bits >= 0 && bits <= width);
    }

    /// <summary>Short forms that the platform accepts (10.1, 0x7f.1, a bare number) are refused: Apache wants four numbers.</summary>
    private static bool TryParseAddress(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPAddress? address)
    {
        if (!IPAddress.TryParse(text, out address))
            return false;
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return !text.Contains('%', StringComparison.Ordinal) && !text.StartsWith('[');

        string[] parts = text.Split('.');
        return parts.Length == 4 && parts.All(static part => byte.TryParse(part, out _));
    }
}
