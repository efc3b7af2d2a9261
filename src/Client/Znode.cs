using Coordination.Protocol;

namespace Coordination.Client;

/// <summary>A znode as it was read.</summary>
/// <param name="Path">Its path, without the chroot.</param>
/// <param name="Data">Its data; empty also for null data.</param>
/// <param name="Stat">What the server knows about it.</param>
public sealed record Znode(ZnodePath Path, ReadOnlyMemory<byte> Data, ZnodeStat Stat);

/// <summary>The children of a znode as they were read.</summary>
/// <param name="Path">The parent's path.</param>
/// <param name="Names">The names, not paths, in ordinal order.</param>
/// <param name="Stat">The parent's stat.</param>
public sealed record ZnodeChildren(ZnodePath Path, IReadOnlyList<string> Names, ZnodeStat Stat);

/// <summary>The access list of a znode as it was read.</summary>
/// <param name="Path">The znode's path.</param>
/// <param name="Entries">Who may do what. To replace the list unless somebody else has, pass <see cref="ZnodeStat.Aversion"/>.</param>
/// <param name="Stat">The znode's stat.</param>
public sealed record ZnodeAcl(ZnodePath Path, IReadOnlyList<Acl> Entries, ZnodeStat Stat);
