namespace Coordination.Recipes;

/// <summary>One instance of a service, as Curator's x-discovery describes it.</summary>
public sealed record ServiceInstance
{
    /// <summary>The service's name.</summary>
    public required string Name { get; init; }

    /// <summary>The instance's id: the name of its znode.</summary>
    public required string Id { get; init; }

    /// <summary>Host name or address; null if unknown.</summary>
    public string? Address { get; init; }

    /// <summary>The plain port; null if there is none.</summary>
    public int? Port { get; init; }

    /// <summary>The TLS port; null if there is none.</summary>
    public int? SslPort { get; init; }

    /// <summary>What the service says beyond its address; null if nothing.</summary>
    public ServicePayload? Payload { get; init; }

    /// <summary>When it registered; whole milliseconds.</summary>
    public DateTimeOffset RegisteredAt { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>How long its znode lives.</summary>
    public ServiceType ServiceType { get; init; }

    /// <summary>How to build its address; null for scheme, address and port.</summary>
    public UriSpec? UriSpec { get; init; }

    /// <summary>False while the instance is up but wants no calls.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The address to call: what <see cref="UriSpec"/> builds, otherwise <c>https</c> with the TLS port if there is one, else <c>http</c>.</summary>
    /// <param name="scheme">Overrides the scheme.</param>
    /// <returns>Null if the parts make no absolute URI.</returns>
    public Uri? ToUri(string? scheme = null)
    {
        string text = UriSpec is { Parts.Count: > 0 } spec
            ? spec.Build(this, scheme)
            : $"{scheme ?? (SslPort is null ? "http" : "https")}://{UriSpec.HostOf(Address)}:{SslPort ?? Port}";
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) ? uri : null;
    }
}

/// <summary>How long the znode of an instance lives (Curator's <c>ServiceType</c>).</summary>
public enum ServiceType
{
    /// <summary>As long as the session of the process that registered it.</summary>
    Dynamic,

    /// <summary>Until deleted.</summary>
    Static,

    /// <summary>Until deleted, also by Curator's meaning.</summary>
    Permanent,

    /// <summary>As <see cref="Dynamic"/>, with a number appended to the znode's name. Read, never written by us.</summary>
    DynamicSequential,
}
