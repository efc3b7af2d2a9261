namespace Coordination.Server.Operations;

/// <summary>Settings that decide how writes are judged. They decide nothing about what is in the log already.</summary>
internal sealed record WriteRules
{
    /// <summary>Whether znodes with a time to live may be created (<c>extendedTypesEnabled</c>).</summary>
    public bool ExtendedTypes { get; init; }

    /// <summary>Whether a write beyond a hard limit is refused (<c>enforceQuota</c>); it is only reported otherwise.</summary>
    public bool EnforceQuota { get; init; }

    /// <summary>Whether reconfiguration is switched on (<c>reconfigEnabled</c>). It takes an ensemble all the same.</summary>
    public bool ReconfigEnabled { get; init; }
}
