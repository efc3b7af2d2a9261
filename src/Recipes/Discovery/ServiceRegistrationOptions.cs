namespace Coordination.Recipes;

/// <summary>What a hosted registration advertises.</summary>
public sealed class ServiceRegistrationOptions
{
    /// <summary>The path under which services live.</summary>
    public string BasePath { get; set; } = "/services";

    /// <summary>The instance's id; a new UUID unless set. Two processes must not share one.</summary>
    public string? InstanceId { get; set; }

    /// <summary>Host name or address. Wins over <see cref="Endpoint"/>, whatever it is.</summary>
    public string? Address { get; set; }

    /// <summary>The plain port. Wins over <see cref="Endpoint"/>.</summary>
    public int? Port { get; set; }

    /// <summary>The TLS port. Wins over <see cref="Endpoint"/>.</summary>
    public int? SslPort { get; set; }

    /// <summary>
    /// Says where the application listens; evaluated after it has started, when its ports are known. In ASP.NET Core:
    /// <c>s =&gt; new Uri(s.GetRequiredService&lt;IServer&gt;().Features.Get&lt;IServerAddressesFeature&gt;()!.Addresses.First())</c>.
    /// A wildcard host becomes this machine's address; a loopback host and port 0 are refused, since no caller elsewhere could use them.
    /// </summary>
    public Func<IServiceProvider, Uri?>? Endpoint { get; set; }

    /// <summary>What the instance says beyond its address.</summary>
    public ServicePayload? Payload { get; set; }

    /// <summary>How to build its address, for example <c>{scheme}://{address}:{port}</c>; null for none.</summary>
    public string? UriSpec { get; set; }

    /// <summary>How long the application goes on serving after it was withdrawn at shutdown, so that callers can notice. Part of the host's shutdown timeout.</summary>
    public TimeSpan DrainDelay { get; set; }
}
