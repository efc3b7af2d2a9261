using Coordination.Protocol;

namespace Coordination.Server.Tree;

/// <summary>The part of a znode's stat that is stored (Apache's <c>StatPersisted</c>); the rest follows from data and children.</summary>
internal struct PersistedStat
{
    public long Czxid;
    public long Mzxid;
    public long Ctime;
    public long Mtime;
    public long Pzxid;

    /// <summary>0, a session, or one of the markers of <see cref="ZnodeOwner"/>.</summary>
    public long EphemeralOwner;
    public int Version;

    /// <summary>Children ever created; deletions do not count here, but in what the wire shows.</summary>
    public int Cversion;
    public int Aversion;

    /// <summary>Whether nothing but a create without an owner is in it.</summary>
    public readonly bool IsAsCreated =>
        Mzxid == Czxid && Pzxid == Czxid && Mtime == Ctime && EphemeralOwner == ZnodeOwner.None && (Version | Cversion | Aversion) == 0;

    /// <summary>The stat of a znode that begins with this transaction.</summary>
    public static PersistedStat Created(Zxid zxid, long time, long owner) => new()
    {
        Czxid = zxid.Value,
        Mzxid = zxid.Value,
        Pzxid = zxid.Value,
        Ctime = time,
        Mtime = time,
        EphemeralOwner = owner,
    };

    /// <summary>
    /// A child was created. Both values are only ever raised, so replaying over a fuzzy snapshot converges; -1 stands for "one more"
    /// in logs of servers that did not record the number.
    /// </summary>
    public void ChildCreated(Zxid zxid, int parentCversion)
    {
        int cversion = parentCversion == -1 ? Cversion + 1 : parentCversion;
        if (cversion <= Cversion)
            return;

        Cversion = cversion;
        Pzxid = zxid.Value;
    }

    /// <summary>A child was deleted.</summary>
    public void ChildDeleted(Zxid zxid)
    {
        if (zxid.Value > Pzxid)
            Pzxid = zxid.Value;
    }

    /// <summary>The data was set; the version is absolute, so repeating changes nothing.</summary>
    public void DataSet(Zxid zxid, long time, int version)
    {
        Version = version;
        Mzxid = zxid.Value;
        Mtime = time;
    }

    /// <summary>The stat as clients see it.</summary>
    public readonly ZnodeStat ToWire(int dataLength, int children) => new(
        Czxid,
        Mzxid,
        Ctime,
        Mtime,
        Version,
        unchecked((2 * Cversion) - children),
        Aversion,
        ZnodeOwner.IsSession(EphemeralOwner) ? EphemeralOwner : 0,
        dataLength,
        children,
        Pzxid);
}

/// <summary>What the stored owner of a znode means.</summary>
internal static class ZnodeOwner
{
    /// <summary>Nobody owns it and nothing but a delete removes it.</summary>
    public const long None = 0;

    /// <summary>A container: goes after its last child.</summary>
    public const long Container = long.MinValue;

    /// <summary>The longest time to live, in milliseconds.</summary>
    public const long MaxTimeToLive = (1L << 40) - 1;

    /// <summary>The top byte marks an extended kind, the two below it say which one: 0 is the time to live.</summary>
    private const long TimeToLiveMarker = unchecked((long)0xFF00000000000000);

    /// <summary>The stored owner of a znode with a time to live.</summary>
    public static long WithTimeToLive(long milliseconds) => TimeToLiveMarker | milliseconds;

    /// <summary>Whether the znode lives for a limited time; then <see cref="TimeToLiveOf"/> tells how long.</summary>
    public static bool IsTimeToLive(long owner) => (owner & ~MaxTimeToLive) == TimeToLiveMarker;

    /// <summary>The time to live in milliseconds.</summary>
    public static long TimeToLiveOf(long owner) => owner & MaxTimeToLive;

    /// <summary>Whether a session owns the znode: only then is it ephemeral.</summary>
    public static bool IsSession(long owner) => owner != None && owner != Container && !IsTimeToLive(owner);
}
