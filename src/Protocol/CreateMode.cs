namespace Coordination.Protocol;

/// <summary>Create flags as they stand in a create request (Apache ZooKeeper <c>CreateMode</c>).</summary>
public enum CreateMode
{
    /// <summary>Stays until deleted.</summary>
    Persistent = 0,

    /// <summary>Goes with the session that created it.</summary>
    Ephemeral = 1,

    /// <summary>Persistent, with a ten-digit number of the parent appended to the name.</summary>
    PersistentSequential = 2,

    /// <summary>Ephemeral, with a ten-digit number of the parent appended to the name.</summary>
    EphemeralSequential = 3,

    /// <summary>Deleted by the server after the last child has gone.</summary>
    Container = 4,

    /// <summary>Deleted by the server when unmodified and childless for its time to live.</summary>
    PersistentWithTtl = 5,

    /// <summary>As <see cref="PersistentWithTtl"/>, sequential.</summary>
    PersistentSequentialWithTtl = 6,
}
