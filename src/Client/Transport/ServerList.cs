using System.Globalization;
using System.Net;

namespace Coordination.Client;

/// <summary>One server of the connection string.</summary>
/// <param name="Host">A name or an address.</param>
/// <param name="Port">The port.</param>
internal readonly record struct ServerAddress(string Host, int Port)
{
    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>
/// The servers in the order in which they are tried, and the chroot. The order is shuffled once, so that a fleet started together does
/// not fall on one server, and then walked round-robin.
/// </summary>
internal sealed class ServerList
{
    private const int DefaultPort = 2181;

    private readonly ServerAddress[] _servers;
    private int _next;

    private ServerList(ServerAddress[] servers, string chroot)
    {
        _servers = servers;
        Chroot = chroot;
    }

    /// <summary>Prefixes every path on the wire; empty for none.</summary>
    public string Chroot { get; }

    /// <summary>Number of servers.</summary>
    public int Count => _servers.Length;

    /// <summary>The servers in their present order.</summary>
    public IReadOnlyList<ServerAddress> Servers => _servers;

    /// <summary>Reads a connection string.</summary>
    /// <param name="connectionString"><c>host[:port],[v6][:port]/chroot</c>.</param>
    /// <param name="random">Shuffles; null keeps the order.</param>
    /// <returns>The servers.</returns>
    /// <exception cref="FormatException">It is none; the message says what is wrong.</exception>
    public static ServerList Parse(string connectionString, Random? random = null)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        int slash = connectionString.IndexOf('/', StringComparison.Ordinal);
        string chroot = slash < 0 ? "" : connectionString[slash..].TrimEnd('/');
        string hosts = slash < 0 ? connectionString : connectionString[..slash];
        if (chroot.Length > 0 && Protocol.ZnodePath.Violation(chroot) is { } reason)
            throw new FormatException($"The chroot '{chroot}' of the connection string is no path: {reason}.");

        ServerAddress[] servers = [.. hosts.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(ParseServer)];
        if (servers.Length == 0)
            throw new FormatException("The connection string names no server.");

        random?.Shuffle(servers);
        return new(servers, chroot);
    }

    /// <summary>The server to try next.</summary>
    /// <returns>The next one in turn.</returns>
    public ServerAddress Next()
    {
        ServerAddress server = _servers[_next];
        _next = (_next + 1) % _servers.Length;
        return server;
    }

    private static ServerAddress ParseServer(string text)
    {
        string host = text;
        string port = "";
        if (text.StartsWith('['))
        {
            int end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || !IPAddress.TryParse(text.AsSpan(1, end - 1), out _))
                throw new FormatException($"'{text}' is no server: '[' must enclose an IPv6 address.");
            host = text[1..end];
            port = text[(end + 1)..];
        }
        else if (text.IndexOf(':', StringComparison.Ordinal) is >= 0 and int colon && colon == text.LastIndexOf(':'))
        {
            host = text[..colon];
            port = text[colon..];
        }

        if (host.Length == 0)
            throw new FormatException($"'{text}' is no server: the host is missing.");
        if (port.Length == 0)
            return new(host, DefaultPort);
        if (port[0] != ':' || !int.TryParse(port.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < 1 or > 65535)
            throw new FormatException($"'{text}' is no server: the port must be 1 to 65535.");

        return new(host, number);
    }
}
