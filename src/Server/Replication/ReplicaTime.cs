namespace Coordination.Server.Replication;

/// <summary>
/// The time of one turn. The core never asks for the time; it is told. Monotonic time decides what expires, wall-clock time goes into
/// transactions (ctime, mtime) because clients see it.
/// </summary>
/// <param name="MonotonicMilliseconds">Never goes back within a process.</param>
/// <param name="WallMilliseconds">Since the Unix epoch.</param>
internal readonly record struct ReplicaTime(long MonotonicMilliseconds, long WallMilliseconds);
