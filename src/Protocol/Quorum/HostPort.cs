using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Coordination.Protocol;

/// <summary>Where a server listens: a name or address, and a port.</summary>
/// <param name="Host">As written, but an IPv6 address in the long form that Java prints, without brackets.</param>
/// <param name="Port">0 to 65535.</param>
public readonly record struct HostPort(string Host, int Port)
{
    /// <summary>Every address of the machine; of no use to others.</summary>
    public bool IsWildcard => Host is "0.0.0.0" or "0:0:0:0:0:0:0:0";

    /// <summary>Reads <c>host:port</c> or <c>[address]:port</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">What it says.</param>
    /// <returns>Whether it says that.</returns>
    public static bool TryParse(string text, out HostPort value)
    {
        value = default;
        return TrySplit(text, out string host, out string[] rest) && rest.Length == 1 && TryParsePort(rest[0], out int port)
            && (value = new HostPort(host, port)).Host.Length > 0;
    }

    /// <summary>The form in which it stands in configurations; an IPv6 address in brackets.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Bracketed(Host)}:{Port}");

    /// <summary>Brackets for whatever holds a colon.</summary>
    internal static string Bracketed(string host) => host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;

    /// <summary>Splits a host, which may stand in brackets, from the fields behind it.</summary>
    internal static bool TrySplit(string text, out string host, out string[] rest)
    {
        host = "";
        rest = [];
        if (!text.StartsWith('['))
        {
            string[] parts = text.Split(':');
            host = parts[0];
            rest = parts[1..];
            return true;
        }

        int end = text.IndexOf(']', StringComparison.Ordinal);
        if (end < 0 || (end + 1 < text.Length && text[end + 1] != ':'))
            return false;
        if (!IPAddress.TryParse(text.AsSpan(1, end - 1), out IPAddress? address) || address.AddressFamily != AddressFamily.InterNetworkV6)
            return false;

        host = LongForm(address);
        rest = end + 1 == text.Length ? [] : text[(end + 2)..].Split(':');
        return true;
    }

    internal static bool TryParsePort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port <= ushort.MaxValue;

    /// <summary>Eight groups without leading zeros, as Java's addresses print themselves: texts of Apache's peers must compare equal.</summary>
    private static string LongForm(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4().ToString();

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        var groups = new string[8];
        for (int i = 0; i < groups.Length; i++)
            groups[i] = ((bytes[2 * i] << 8) | bytes[(2 * i) + 1]).ToString("x", CultureInfo.InvariantCulture);
        string text = string.Join(':', groups);
        return address.ScopeId == 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{text}%{address.ScopeId}");
    }
}
