namespace Coordination.Recipes;

/// <summary>Options of the locks of one client.</summary>
public sealed class LockOptions
{
    /// <summary>The path under which locks made by name live.</summary>
    public string BasePath { get; set; } = "/locks";

    /// <summary>What a contender's znode says about its owner; host and process unless set. Diagnostic only.</summary>
    public string? Identity { get; set; }

    /// <summary>How long a hold is believed in while the connection is away.</summary>
    public HoldPolicy Policy { get; set; }
}
