namespace Coordination.Server;

/// <content>What kinds of znodes there are, and what becomes of them.</content>
public sealed partial class CoordinationServerOptions
{
    /// <summary>How often empty containers are looked for (<c>znode.container.checkIntervalMs</c>).</summary>
    /// <value>1 ms to 24 days. Default: 1 min.</value>
    public TimeSpan ContainerCheckInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Containers and outlived znodes deleted in a minute, at most (<c>znode.container.maxPerMinute</c>).</summary>
    /// <value>Znodes, 1 or more. Default: 10000.</value>
    public int ContainersPerMinute { get; set; } = 10_000;

    /// <summary>How long a container may wait for its first child (<c>znode.container.maxNeverUsedIntervalMs</c>).</summary>
    /// <value>Zero, for ever, to 24 days. Default: zero.</value>
    public TimeSpan ContainerMaxNeverUsed { get; set; }

    /// <summary>Whether znodes with a time to live may be created (<c>extendedTypesEnabled</c>). Those that are there expire in any case.</summary>
    /// <value>Default: false.</value>
    public bool ExtendedTypes { get; set; }

    /// <summary>Whether a write beyond the hard limit of a quota is refused (<c>enforceQuota</c>); it is only logged otherwise.</summary>
    /// <value>Default: false.</value>
    public bool EnforceQuota { get; set; }

    /// <summary>Whether reconfiguration is switched on (<c>reconfigEnabled</c>); a standalone server refuses it either way, in other words.</summary>
    /// <value>Default: false.</value>
    public bool ReconfigEnabled { get; set; }
}
