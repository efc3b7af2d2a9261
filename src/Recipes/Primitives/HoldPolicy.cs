namespace Coordination.Recipes;

/// <summary>How long a hold is believed in while the connection is away.</summary>
public enum HoldPolicy
{
    /// <summary>Until the local deadline, before which no rival can hold by expiry. A failover shorter than that is not noticed.</summary>
    Deadline,

    /// <summary>Until the connection is suspended, as Curator's standard error policy has it.</summary>
    Standard,
}

/// <summary>Why a hold was lost.</summary>
internal enum HoldLoss
{
    /// <summary>The session ended or must be presumed to have.</summary>
    Session,

    /// <summary>Somebody deleted the znode, or ended the session.</summary>
    Deleted,

    /// <summary>The connection was suspended and the policy is <see cref="HoldPolicy.Standard"/>.</summary>
    Suspended,
}
