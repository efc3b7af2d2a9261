using Coordination.Protocol;
using FsCheck;
using FsCheck.Fluent;
using static Coordination.Compatibility.Tests.Lockstep.Scripts.ScriptValues;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>Requests at random, for one client in one world.</summary>
internal sealed class ScriptRequestGenerator
{
    private readonly World _world;
    private readonly int _session;
    private readonly Gen<ScriptRequest> _one;

    public ScriptRequestGenerator(World world, int session)
    {
        _world = world;
        _session = session;
        int watches = world == World.Watching ? 16 : 1;
        _one = Gen.Frequency((24, Creates), (30, Writes), (28, Reads), (9, Multis), (3, MultiReads), (watches, Watches));
    }

    /// <summary>Any request; a few are damaged, or have an odd xid.</summary>
    public Gen<ScriptRequest> Any =>
        from request in _one
        from xid in Gen.Frequency((30, Gen.Constant<int?>(null)), (1, Gen.Elements<int?>(0, -3, -4, -8, int.MaxValue, int.MinValue)))
        from damage in Gen.Frequency((25, Gen.Constant<Damage?>(null)), (1, Damages(request)))
        select request with { Xid = xid, Damage = damage };

    private Gen<ScriptRequest> Creates =>
        from operation in Gen.Frequency(
            (5, Gen.Constant(OpCode.Create)), (5, Gen.Constant(OpCode.Create2)), (1, Gen.Constant(OpCode.CreateContainer)))
        from request in Gen.Frequency(
            (11, PartsOf(operation).Select(parts => new ScriptRequest(operation, parts))),
            (2, TimeToLiveParts(nulls: true).Select(static parts => new ScriptRequest(OpCode.CreateTtl, parts))))
        select request;

    /// <summary>
    /// A container with the flags of an ephemeral is one, for Apache, until it is applied: answers to what follows are a matter of time.
    /// </summary>
    private Gen<object?[]> PartsOf(OpCode create, bool nulls = true) =>
        CreateParts(nulls).Select(parts => create == OpCode.CreateContainer && parts[^1] is 1 or 3 ? [.. parts[..^1], 2] : parts);

    /// <summary>A time to live, mostly with a mode that has one; never a negative one with a mode that has none.</summary>
    private Gen<object?[]> TimeToLiveParts(bool nulls) =>
        from parts in CreateParts(nulls)
        from mode in Gen.Frequency((8, Gen.Elements(5, 6)), (1, Gen.Elements(0, 1, 2, 4)))
        from time in Gen.Frequency(
            (8, Gen.Constant(3_600_000L)),
            (1, Gen.Elements(1L << 39, (1L << 40) - 1, 1L << 40, 0, -1, -2, long.MaxValue, long.MinValue)))
        select (object?[])(parts[0] is null ? [.. parts[..^1], 5, 1L] : [.. parts[..^1], mode, mode is 5 or 6 ? time : Math.Max(time, 0)]);

    private static Gen<string?> Prefixes =>
        from parent in Paths from prefix in Gen.Elements("/s", "/e", "/", "") select (string?)(parent + prefix);

    /// <summary>Below a sequential name there is a prefix only.</summary>
    private Gen<object?[]> CreateParts(bool nulls) =>
        from mode in Modes
        from path in mode is 2 or 3 ? Prefixes : Paths
        from data in Data
        from acl in AccessLists(_world, nulls)
        select new object?[] { path, data, acl, path is null && mode is < 0 or > 6 ? 0 : mode };

    private Gen<ScriptRequest> Writes => Gen.Frequency(
        (10, from path in Paths from version in Versions select new ScriptRequest(OpCode.Delete, path, version)),
        (12, SetParts.Select(static parts => new ScriptRequest(OpCode.SetData, parts))),
        (4, from path in GoodPaths
            from acl in AccessLists(_world)
            from version in Versions
            select new ScriptRequest(OpCode.SetAcl, path, acl, version)),
        (1, Gen.Constant(new ScriptRequest(OpCode.Reconfig, null, null, null, -1L))),
        (1, Paths.Select(static path => new ScriptRequest(OpCode.DeleteContainer, path ?? "~"))));

    private static Gen<object?[]> SetParts =>
        from path in Paths from data in Data from version in Versions select new object?[] { path, data, version };

    private Gen<ScriptRequest> Reads => Gen.Frequency(
        (5, Watchable(OpCode.Exists)),
        (5, Watchable(OpCode.GetData)),
        (3, Watchable(OpCode.GetChildren)),
        (3, Watchable(OpCode.GetChildren2)),
        (3, Paths.Select(static path => new ScriptRequest(OpCode.GetAcl, path))),
        (1, GoodPaths.Select(static path => new ScriptRequest(OpCode.Sync, path))),
        (1, Gen.Constant(new ScriptRequest(OpCode.Ping))),
        (2, Paths.Select(static path => new ScriptRequest(OpCode.GetEphemerals, path))),
        (2, Paths.Select(static path => new ScriptRequest(OpCode.GetAllChildrenNumber, path))),
        (1, Gen.Constant(new ScriptRequest(OpCode.WhoAmI))));

    private Gen<ScriptRequest> Watchable(OpCode operation) =>
        from path in Paths
        from watch in Gen.Elements(true, false)
        let mayWatch = _world == World.Watching && path is not null && ModeOf(path) == WatchMode.Standard
        select new ScriptRequest(operation, path, watch && mayWatch);

    private Gen<ScriptRequest> Multis => Gen.Frequency(
        (12, from count in Gen.Choose(1, 5)
             from parts in Gen.Frequency((8, Part), (2, SafePart)).ArrayOf(count)
             select new ScriptRequest(OpCode.Multi, [.. parts, ScriptRequests.EndOfMulti])),
        (6, from count in Gen.Choose(1, 4)
            from parts in SafePart.ArrayOf(count)
            select new ScriptRequest(OpCode.Multi, [.. parts, ScriptRequests.EndOfMulti])),
        (1, Gen.Constant(new ScriptRequest(OpCode.Multi, (object?)ScriptRequests.EndOfMulti))),
        (1, from part in Part
            from code in Gen.Elements(3, 4, 6, 7, 8, 12, 14, 20, 99, 0, -1)
            select
            new ScriptRequest(OpCode.Multi, part, new object?[] { code, false, -1, "~/a", false }, ScriptRequests.EndOfMulti)));

    private Gen<object?[]> Part => Gen.Frequency(
        (8, from operation in Gen.Frequency(
                (5, Gen.Constant(OpCode.Create)), (4, Gen.Constant(OpCode.Create2)), (1, Gen.Constant(OpCode.CreateContainer)))
            from parts in PartsOf(operation, nulls: false)
            select (object?[])[(int)operation, false, -1, .. parts]),
        (1, TimeToLiveParts(nulls: false).Select(static parts => (object?[])[(int)OpCode.CreateTtl, false, -1, .. parts])),
        (4, from path in Paths from version in Versions select new object?[] { (int)OpCode.Delete, false, -1, path, version }),
        (5, SetParts.Select(static parts => (object?[])[(int)OpCode.SetData, false, -1, .. parts])),
        (4, from path in Paths from version in Versions select new object?[] { (int)OpCode.Check, false, -1, path, version }));

    /// <summary>Parts that succeed more often than not, so that multis do.</summary>
    private static Gen<object?[]> SafePart => Gen.Frequency(
        (4, from path in Gen.Elements("~/s", "~/a/s", "~/b/", "~/e")
            from mode in Gen.Elements(2, 2, 3)
            select new object?[] { (int)OpCode.Create, false, -1, path, null, ScriptRequests.Open, mode }),
        (3, GoodPaths.Select(static path => new object?[] { (int)OpCode.SetData, false, -1, path, "m"u8.ToArray(), -1 })),
        (2, GoodPaths.Select(static path => new object?[] { (int)OpCode.Check, false, -1, path, -1 })),
        (2, GoodPaths.Select(static path => new object?[] { (int)OpCode.Delete, false, -1, path, -1 })));

    private static Gen<ScriptRequest> MultiReads =>
        from count in Gen.Choose(0, 5)
        from parts in (from operation in Gen.Frequency(
                           (9, Gen.Constant(OpCode.GetData)), (9, Gen.Constant(OpCode.GetChildren)), (1, Gen.Constant(OpCode.Exists)))
                       from path in Paths
                       from watch in Gen.Elements(true, false)
                       select new object?[] { (int)operation, false, -1, path, watch }).ArrayOf(count)
        select new ScriptRequest(OpCode.MultiRead, [.. parts, ScriptRequests.EndOfMulti]);

    private Gen<ScriptRequest> Watches => _world == World.Watching
        ? Gen.Frequency(
            (6, AddWatches), (3, ChecksOf(OpCode.CheckWatches)), (3, ChecksOf(OpCode.RemoveWatches)), (3, SetWatches), (3, SetWatches2))
        : Gen.OneOf(
            GoodPaths.Select(static path => new ScriptRequest(OpCode.CheckWatches, path, 3)),
            GoodPaths.Select(static path => new ScriptRequest(OpCode.RemoveWatches, path, 3)));

    private Gen<ScriptRequest> AddWatches =>
        from path in Gen.Frequency((8, GoodPaths), (1, Gen.Elements("/", "", "nope", "~/a/")))
        from bad in Gen.Elements(2, 7, -1)
        let mode = ModeOf(path) switch { WatchMode.Persistent => 0, WatchMode.Recursive => 1, _ => bad }
        select new ScriptRequest(OpCode.AddWatch, path, mode);

    private Gen<ScriptRequest> ChecksOf(OpCode operation) =>
        from path in GoodPaths
        from type in ModeOf(path) == WatchMode.Standard ? Gen.Elements(1, 2, 3, 3, 4, 5, 9, 0) : Gen.Elements(3, 3, 9)
        select new ScriptRequest(operation, path, type);

    private Gen<ScriptRequest> SetWatches =>
        from seen in Seen
        from data in PathsOf(WatchMode.Standard)
        from exist in PathsOf(WatchMode.Standard)
        from child in PathsOf(WatchMode.Standard)
        select new ScriptRequest(OpCode.SetWatches, seen, data, exist, child) { Xid = WellKnownXid.SetWatches };

    private Gen<ScriptRequest> SetWatches2 =>
        from seen in Seen
        from data in PathsOf(WatchMode.Standard)
        from exist in PathsOf(WatchMode.Standard)
        from child in PathsOf(WatchMode.Standard)
        from persistent in PathsOf(WatchMode.Persistent)
        from recursive in PathsOf(WatchMode.Recursive)
        select new ScriptRequest(OpCode.SetWatches2, seen, data, exist, child, persistent, recursive) { Xid = WellKnownXid.SetWatches };

    private static Gen<object> Seen => Gen.Frequency(
        (6, Gen.Choose(0, 30).Select(static age => (object)new SeenZxid(age))), (1, Gen.Elements<object>(0L, -1L, long.MaxValue)));

    private Gen<object?[]> PathsOf(WatchMode mode) => Gen.Frequency(
        (20, from count in Gen.Choose(0, 4)
             from paths in GoodPaths.ArrayOf(count)
             let fitting = paths.Where(path => ModeOf(path) == mode).ToArray()
             select (object?[])[fitting.Length, .. fitting]),
        (1, Gen.Constant<object?[]>([null])));

    /// <summary>
    /// Each client watches a path in one mode only: Apache 3.8.0 silently replaces one mode by the other.
    /// </summary>
    private WatchMode ModeOf(string path) => ((path.Sum(static c => c) * 7 + _session) % 4) switch
    {
        2 => WatchMode.Persistent,
        3 => WatchMode.Recursive,
        _ => WatchMode.Standard,
    };

    private Gen<Damage?> Damages(ScriptRequest request) =>
        from kind in IsHarmless(request.Operation)
            ? Gen.Elements(DamageKind.Cut, DamageKind.Extend, DamageKind.Overwrite)
            : Gen.Elements(DamageKind.Cut, DamageKind.Extend)
        from at in Gen.Choose(0, 999)
        from value in Bombs
        select (Damage?)new Damage(kind, at, value);

    /// <summary>
    /// Whether a request cannot become, by any other byte in it, one that must not be sent. Where znodes are watched, a create could
    /// become one that nobody may read.
    /// </summary>
    private bool IsHarmless(OpCode operation) => operation switch
    {
        OpCode.Create or OpCode.Create2 or OpCode.CreateContainer => _world != World.Watching,
        _ => operation is OpCode.Delete or OpCode.SetData or OpCode.GetAcl or OpCode.GetEphemerals or OpCode.GetAllChildrenNumber,
    };

    private enum WatchMode
    {
        Standard,
        Persistent,
        Recursive,
    }
}
