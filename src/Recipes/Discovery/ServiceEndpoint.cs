using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Coordination.Recipes;

/// <summary>Finds out what address to advertise.</summary>
internal static class ServiceEndpoint
{
    /// <summary>Describes the instance.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="id">The instance's id.</param>
    /// <param name="options">What was asked for.</param>
    /// <param name="listening">Where the application listens, if it could say.</param>
    /// <param name="now">The time of registration.</param>
    /// <returns>The instance.</returns>
    /// <exception cref="InvalidOperationException">There is no address that a caller could use.</exception>
    public static ServiceInstance Describe(string service, string id, ServiceRegistrationOptions options, Uri? listening, DateTimeOffset now)
    {
        bool tls = listening?.Scheme == Uri.UriSchemeHttps;
        int? port = options.Port ?? (tls ? null : listening?.Port);
        int? sslPort = options.SslPort ?? (tls ? listening?.Port : null);
        if (port is null && sslPort is null)
            throw new InvalidOperationException($"Service '{service}' has no port: set Port, SslPort or Endpoint.");
        if (port is <= 0 or > ushort.MaxValue || sslPort is <= 0 or > ushort.MaxValue)
            throw new InvalidOperationException($"Service '{service}' has port {port ?? sslPort}, which no caller could use.");

        return new()
        {
            Name = service,
            Id = id,
            Address = options.Address ?? Host(service, listening),
            Port = port,
            SslPort = sslPort,
            Payload = options.Payload,
            RegisteredAt = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()),
            UriSpec = options.UriSpec is { } spec ? UriSpec.Parse(spec) : null,
        };
    }

    private static string Host(string service, Uri? listening)
    {
        string? host = listening?.Host.Trim('[', ']');
        if (string.IsNullOrEmpty(host) || host is "+" or "*" || (IPAddress.TryParse(host, out IPAddress? any) && (any.Equals(IPAddress.Any) || any.Equals(IPAddress.IPv6Any))))
            return OwnAddress();

        bool loopback = host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));
        return loopback
            ? throw new InvalidOperationException($"Service '{service}' listens on {host} only, which no caller elsewhere could use. Set Address to advertise it all the same.")
            : host;
    }

    /// <summary>The first address of this machine that others can use, as Curator chooses it; its host name if there is none.</summary>
    private static string OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(static i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(static i => i.GetIPProperties().UnicastAddresses)
        .Select(static a => a.Address)
        .FirstOrDefault(static a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a))?.ToString()
        ?? Dns.GetHostName();
}
