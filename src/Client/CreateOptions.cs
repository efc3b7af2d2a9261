using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>How long a znode lives and how it is named.</summary>
public enum CreateKind
{
    /// <summary>Until deleted.</summary>
    Persistent,

    /// <summary>Until deleted; the server appends ten digits to the name.</summary>
    PersistentSequential,

    /// <summary>As long as the session.</summary>
    Ephemeral,

    /// <summary>As long as the session; the server appends ten digits to the name.</summary>
    EphemeralSequential,

    /// <summary>Until its last child has gone.</summary>
    Container,
}

/// <summary>Options of a create.</summary>
public sealed record CreateOptions
{
    /// <summary>How long the znode lives and how it is named.</summary>
    public CreateKind Kind { get; init; }

    /// <summary>Deletes the znode when it is childless and unmodified for so long. Only for persistent kinds, and on servers with extended types.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>The access list; null for everybody may do everything.</summary>
    public IReadOnlyList<Acl>? Acl { get; init; }

    /// <summary>Creates missing parents as containers.</summary>
    public bool CreateParents { get; init; }

    /// <summary>
    /// Finds the created znode again if the reply to the create is lost. The last element of the path gets Curator's prefix
    /// <c>_c_&lt;uuid&gt;-</c> for that; a failed or cancelled create leaves no znode behind.
    /// </summary>
    public bool SurviveLostReply { get; init; }
}

/// <summary>Options of a delete.</summary>
public sealed record DeleteOptions
{
    /// <summary>
    /// Goes on in the background until the znode is known to be gone, even if the caller cancels or the connection is away; given up
    /// only when the client is disposed, or when the session that owned an ephemeral znode has ended.
    /// </summary>
    public bool Guaranteed { get; init; }
}
