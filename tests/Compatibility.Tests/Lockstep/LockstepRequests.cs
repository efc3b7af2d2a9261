using System.Text;
using Coordination.Protocol;
using static Coordination.Compatibility.Tests.Lockstep.LockstepRequest;

namespace Coordination.Compatibility.Tests.Lockstep;

/// <summary>What is sent, in this order: each request finds what those before it have left.</summary>
internal static class LockstepRequests
{
    private static readonly byte[][] NoEntries = [Bytes(0)];
    private static readonly byte[][] EndOfMulti = [Bytes(-1, true, -1)];

    /// <summary>Over one session. An error, a malformed record and a success each leave the connection as Apache leaves it.</summary>
    public static IReadOnlyList<LockstepRequest> OfOneSession { get; } =
        [.. Creates(), .. TimesToLive(), .. Writes(), .. Reads(), .. Reserved(), .. Quotas(), .. Nulls(), .. Multis(), .. Watches(), .. Rights(), .. Differing()];

    /// <summary>Each in a session of its own, and then a ping: does the connection live on?</summary>
    public static IReadOnlyList<LockstepRequest> OfOwnSessions { get; } =
    [
        new("unknown operation", 50, []),
        Of("operation 0", OpCode.Notification),
        Of("an error as a request", OpCode.Error),
        Of("auth with an unknown scheme", OpCode.Auth, 0, "nope", Array.Empty<byte>()),
        Of("auth ip", OpCode.Auth, 0, "ip", Array.Empty<byte>()),
        Of("auth world", OpCode.Auth, 0, "world", Array.Empty<byte>()),
        Of("auth digest without a colon", OpCode.Auth, 0, "digest", "abc"u8.ToArray()),
        Of("close", OpCode.CloseSession),
        Of("createSession from a client", OpCode.CreateSession, 5000),
        Of("auth cut short", OpCode.Auth, 0),
        Of("deleteContainer from a client", OpCode.DeleteContainer, "/x"),
        Of("sasl", OpCode.Sasl, "token"u8.ToArray()), Of("sasl with an empty token", OpCode.Sasl, Array.Empty<byte>()),
        Of("sasl with a null token", OpCode.Sasl, [null]), Of("sasl cut short", OpCode.Sasl),
    ];

    private static IEnumerable<LockstepRequest> Creates() =>
    [
        Create("create", "/x"), Create("create again", "/x"), Create("create2", "/x/c", operation: OpCode.Create2),
        Create("create without parent", "/n/a"), Create("create with flags 9", "/f", (CreateMode)9),
        Create("create with flags -1", "/f", (CreateMode)(-1)),
        Create("create the root", "/"), Create("create nothing", ""), Create("create without slash", "abc"),
        Create("create with //", "/x//y"),
        Create("create with / at the end", "/x/"), Create("create with ..", "/x/../y"), Create("create with NUL", "/x/a\0b"),
        Of("create with null data", OpCode.Create, "/null", null, Access("world", "anyone"), 0),
        Create("create with an empty access list", "/a", acl: NoEntries),
        Of("create with a null access list", OpCode.Create, "/a", null, null, 0),
        Create("create with an access list of -5", "/a", acl: (byte[][])[Bytes(-5)]),
        Create("create with an unknown scheme", "/a", acl: Access("nope", "x")),
        Create("create with auth and no credentials", "/a", acl: Access("auth", "")),
        Create("create with a bad digest", "/a", acl: Access("digest", "x")),
        Create("create with world and somebody", "/a", acl: Access("world", "nobody")),
        Create("create with a bad address", "/a", acl: Access("ip", "1.2.3")),
        Create("create with an address", "/ip", acl: Access("ip", "127.0.0.1")),
        Create("create with a network", "/ip8", acl: Access("ip", "127.0.0.0/8")),
        Create("create ephemeral", "/e", CreateMode.Ephemeral), Create("create below an ephemeral", "/e/c"),
        Create("create sequential", "/x/s-", CreateMode.PersistentSequential),
        Create("create sequential below a slash", "/x/", CreateMode.PersistentSequential),
        Create("create2 ephemeral sequential", "/x/es-", CreateMode.EphemeralSequential, operation: OpCode.Create2),
        Create("create with the container flag", "/cf", CreateMode.Container),
        Create("createContainer", "/k", CreateMode.Container, operation: OpCode.CreateContainer),
        Create("createContainer without its flag", "/k0", operation: OpCode.CreateContainer),
    ];

    /// <summary>A plain mode with createTTL and no time is not among them: it ends Apache's server for good.</summary>
    private static IEnumerable<LockstepRequest> TimesToLive() =>
    [
        CreateTtl("createTTL", "/t", CreateMode.PersistentWithTtl, 60_000), CreateTtl("createTTL again", "/t", CreateMode.PersistentWithTtl, 1),
        CreateTtl("createTTL sequential", "/x/t", CreateMode.PersistentSequentialWithTtl, 1L << 39),
        CreateTtl("createTTL for the longest time", "/t2", CreateMode.PersistentWithTtl, (1L << 40) - 1),
        CreateTtl("createTTL for too long", "/t3", CreateMode.PersistentWithTtl, 1L << 40),
        CreateTtl("createTTL for no time", "/t3", CreateMode.PersistentWithTtl, 0),
        CreateTtl("createTTL for less", "/t3", CreateMode.PersistentSequentialWithTtl, -1),
        CreateTtl("createTTL with a plain mode", "/t3", CreateMode.Persistent, 1),
        CreateTtl("createTTL with the container mode", "/t3", CreateMode.Container, 0),
        CreateTtl("createTTL with flags 9", "/t3", (CreateMode)9, 1),
        Create("create with flags of a time to live", "/t4", CreateMode.PersistentWithTtl),
        Create("createContainer with flags of a time to live", "/t4", CreateMode.PersistentWithTtl, operation: OpCode.CreateContainer),
        Create("create below a time to live", "/t/c"), Of("delete below a time to live", OpCode.Delete, "/t/c", -1),
        Of("children of a time to live", OpCode.GetChildren2, "/t", false),
        Multi("multi with a time to live", Ttl("/mt", CreateMode.PersistentWithTtl, 60_000)),
        Multi("multi with a time to live of nothing", Ttl("/mt2", CreateMode.PersistentWithTtl, 0)),
        Multi("multi with createTTL and a plain mode", Ttl("/mt3", CreateMode.Persistent, 60_000)),
        Multi("multi with createTTL and the container mode", Ttl("/mt4", CreateMode.Container, 60_000)),
        Multi("multi with createTTL and flags 9", Ttl("/mt5", (CreateMode)9, 60_000)),
        Multi("multi with create and flags of a time to live", CreatePart("/mt6", CreateMode.PersistentWithTtl)),
    ];

    private static IEnumerable<LockstepRequest> Reserved() =>
    [
        Of("get config", OpCode.GetData, "/zookeeper/config", true), Of("getACL of config", OpCode.GetAcl, "/zookeeper/config"),
        Of("set config", OpCode.SetData, "/zookeeper/config", "x"u8.ToArray(), -1), Create("create below config", "/zookeeper/config/x"),
        Of("delete config", OpCode.Delete, "/zookeeper/config", -1), Of("setACL of config", OpCode.SetAcl, "/zookeeper/config", Access("world", "anyone"), -1),
        Of("delete quota", OpCode.Delete, "/zookeeper/quota", -1), Of("children2 of zookeeper", OpCode.GetChildren2, "/zookeeper", false),
        Of("getACL of zookeeper", OpCode.GetAcl, "/zookeeper"), Of("getACL of the root", OpCode.GetAcl, "/"),
        Of("set zookeeper", OpCode.SetData, "/zookeeper", "z"u8.ToArray(), 0), Create("create below zookeeper", "/zookeeper/own"),
        Of("delete below zookeeper", OpCode.Delete, "/zookeeper/own", -1),
        Of("reconfig", OpCode.Reconfig, null, null, null, -1L), Of("reconfig with members", OpCode.Reconfig, "server.1=a:1:2;3", "2", null, 5L),
        Of("reconfig cut short", OpCode.Reconfig, null, null),
        Of("number below the empty path", OpCode.GetAllChildrenNumber, ""), Of("number below zookeeper", OpCode.GetAllChildrenNumber, "/zookeeper"),
    ];

    private static IEnumerable<LockstepRequest> Nulls() =>
    [
        Of("create of null", OpCode.Create, null, null, Access("world", "anyone"), 0),
        Of("create2 of null", OpCode.Create2, null, null, Access("world", "anyone"), 2),
        Of("createTTL of null", OpCode.CreateTtl, null, null, Access("world", "anyone"), 5, 5000L),
        Of("delete of null", OpCode.Delete, null, -1), Of("set of null", OpCode.SetData, null, null, -1),
        Of("setACL of null", OpCode.SetAcl, null, Access("world", "anyone"), -1), Of("getACL of null", OpCode.GetAcl, [null]),
        Of("get of null", OpCode.GetData, null, false), Of("children of null", OpCode.GetChildren, null, false),
        Of("children2 of null", OpCode.GetChildren2, null, true), Of("number below null", OpCode.GetAllChildrenNumber, [null]),
        Of("checkWatches of null", OpCode.CheckWatches, null, 3), Of("removeWatches of null", OpCode.RemoveWatches, null, 3),
        Multi("multi with a create of null", Part(OpCode.Create, null, null, Access("world", "anyone"), 0)),
        Multi("multi with a delete of null", CreatePart("/never"), Part(OpCode.Delete, null, -1)),
        Multi("multi with a set of null", Part(OpCode.SetData, null, null, -1)), Multi("multi with a check of null", Part(OpCode.Check, null, -1)),
        Of("multiRead of null", OpCode.MultiRead, Part(OpCode.GetData, null, false), Part(OpCode.GetData, "/x", false), EndOfMulti),
        Of("multiRead with a write", OpCode.MultiRead, Part(OpCode.Delete, "/x", -1), EndOfMulti), Of("multiRead of nothing", OpCode.MultiRead, EndOfMulti),
        Of("multiRead with a write behind a read", OpCode.MultiRead, Part(OpCode.GetData, "/x", false), Part(OpCode.Delete, "/x", -1), EndOfMulti),
        Of("addWatch of null", OpCode.AddWatch, null, 1),
        Of("setWatches with a null among them", OpCode.SetWatches, 0L, 1, null, 0, 0),
        Of("after the nulls", OpCode.Create, "/after-nulls", null, Access("world", "anyone"), 0), Of("after the nulls, exists", OpCode.Exists, "/after-nulls", false),
    ];

    /// <summary>Usage is read after each kind of change. A quota on the root is not among them: it ends Apache's server for good.</summary>
    private static IEnumerable<LockstepRequest> Quotas() =>
    [
        CreateData("quota: the subtree", "/qa", "xyz"), CreateData("quota: below it", "/qa/b", "1234"),
        CreateData("quota: above the limits", "/zookeeper/quota/qa", ""),
        CreateData("quota: the limits", QuotaOf("limits"), "count=1,bytes=-1=;byteHardLimit=20;countHardLimit=4"),
        CreateData("quota: the usage", QuotaOf("stats"), "count=0,bytes=0"), Usage("after it is made"),
        CreateData("quota: another znode", "/qa/c", "12"), Usage("after a create"),
        CreateData("quota: too many bytes", "/qa/d", "123456789012"), CreateData("quota: the last byte", "/qa/d", "12345678901"),
        CreateData("quota: too many znodes", "/qa/e", ""), CreateData("quota: too many znodes, one that is there", "/qa/b", ""),
        Of("quota: set too many bytes", OpCode.SetData, "/qa", "xyzw"u8.ToArray(), 77), Of("quota: set as many", OpCode.SetData, "/qa", "abc"u8.ToArray(), 77),
        Of("quota: set fewer", OpCode.SetData, "/qa", "ab"u8.ToArray(), 0), Usage("after a set"),
        Of("quota: set null", OpCode.SetData, "/qa/b", null, -1), Usage("after a set of null"),
        Multi("quota: multi", CreatePart("/q1"), CreatePart("/qa/f"), Part(OpCode.Delete, "/q1", -1)),
        Of("quota: delete", OpCode.Delete, "/qa/b", -1), Usage("after a delete"),
        Multi("quota: multi that overshoots", CreatePart("/qa/f"), CreatePart("/qa/g")), Usage("after a multi"),
        CreateData("quota: too many now", "/qa/h", ""),
        SetUsage("quota: the usage set by hand", "count=2,bytes=7=;zeta=1;alpha=2"), CreateData("quota: after that", "/qa/h", ""), Usage("after that"),
        SetUsage("quota: the usage without text", ""), Of("quota: set", OpCode.SetData, "/qa", "abc"u8.ToArray(), -1), Usage("emptied"),
        Of("quota: stat of the usage", OpCode.Exists, QuotaOf("stats"), false),
        Of("quota: no more limits", OpCode.Delete, QuotaOf("limits"), -1), CreateData("quota: without limits", "/qa/i", "1"), Usage("without limits"),
        Of("quota: getACL of the usage", OpCode.GetAcl, QuotaOf("stats")), Of("quota: ephemerals", OpCode.GetEphemerals, " / "),
    ];

    private static string QuotaOf(string name) => $"/zookeeper/quota/qa/zookeeper_{name}";

    private static LockstepRequest Usage(string when) => Of($"quota: usage {when}", OpCode.GetData, QuotaOf("stats"), false);

    private static LockstepRequest SetUsage(string name, string text) => Of(name, OpCode.SetData, QuotaOf("stats"), Encoding.UTF8.GetBytes(text), -1);

    private static LockstepRequest CreateData(string name, string path, string data) =>
        Of(name, OpCode.Create, path, Encoding.UTF8.GetBytes(data), Access("world", "anyone"), 0);

    private static LockstepRequest CreateTtl(string name, string path, CreateMode mode, long timeToLive) =>
        Of(name, OpCode.CreateTtl, path, null, Access("world", "anyone"), (int)mode, timeToLive);

    private static byte[][] Ttl(string path, CreateMode mode, long timeToLive) =>
        Part(OpCode.CreateTtl, path, null, Access("world", "anyone"), (int)mode, timeToLive);

    private static IEnumerable<LockstepRequest> Writes() =>
    [
        Of("delete with children", OpCode.Delete, "/x", -1), Of("delete another version", OpCode.Delete, "/x/c", 7),
        Of("delete", OpCode.Delete, "/x/c", 0),
        Of("delete what is gone", OpCode.Delete, "/x/c", -1), Of("delete the root", OpCode.Delete, "/", -1),
        Of("delete nothing", OpCode.Delete, "", -1),
        Of("delete /zookeeper", OpCode.Delete, "/zookeeper", -1),
        Of("set", OpCode.SetData, "/x", "new"u8.ToArray(), 0), Of("set another version", OpCode.SetData, "/x", "new"u8.ToArray(), 0),
        Of("set null", OpCode.SetData, "/x", null, -1), Of("set what is absent", OpCode.SetData, "/none", null, -1),
        Of("set without slash", OpCode.SetData, "x", null, -1), Of("set the root", OpCode.SetData, "/", "r"u8.ToArray(), -1),
        Of("setACL", OpCode.SetAcl, "/x", Access("world", "anyone"), 0),
        Of("setACL another version", OpCode.SetAcl, "/x", Access("world", "anyone"), 0),
        Of("setACL empty", OpCode.SetAcl, "/x", NoEntries, -1), Of("setACL null", OpCode.SetAcl, "/x", null, -1),
    ];

    private static IEnumerable<LockstepRequest> Reads() =>
    [
        Of("exists", OpCode.Exists, "/x", false), Of("exists absent", OpCode.Exists, "/none", true),
        Of("exists with NUL", OpCode.Exists, "/a\0", false),
        Of("exists of the empty path", OpCode.Exists, "", false),
        Of("get", OpCode.GetData, "/x", false), Of("get absent", OpCode.GetData, "/none", false),
        Of("get with / at the end", OpCode.GetData, "/x/", false),
        Of("get null data", OpCode.GetData, "/null", false), Of("get cut short", OpCode.GetData, "/x"),
        Of("get with more bytes", OpCode.GetData, "/x", false, 7),
        Of("get with a length of -2", OpCode.GetData, -2, false), Of("get with a length of 1 GiB", OpCode.GetData, 1 << 30),
        Of("getACL", OpCode.GetAcl, "/x"), Of("getACL absent", OpCode.GetAcl, "/none"),
        Of("children", OpCode.GetChildren, "/x", false), Of("children2", OpCode.GetChildren2, "/x", false),
        Of("children absent", OpCode.GetChildren, "/none", false),
        Of("sync", OpCode.Sync, "/x"), Of("sync of no path", OpCode.Sync, "zzz"), Of("ping", OpCode.Ping),
        Of("ephemerals", OpCode.GetEphemerals, "/"), Of("ephemerals below", OpCode.GetEphemerals, "/x"),
        Of("ephemerals of null", OpCode.GetEphemerals, [null]),
        Of("number of descendants", OpCode.GetAllChildrenNumber, "/x"), Of("number below the root", OpCode.GetAllChildrenNumber, "/"),
        Of("number below nothing", OpCode.GetAllChildrenNumber, "/none"), Of("whoAmI", OpCode.WhoAmI),
    ];

    private static IEnumerable<LockstepRequest> Multis() =>
    [
        Of("multi of nothing", OpCode.Multi, EndOfMulti),
        Multi(
            "multi", Part(OpCode.Check, "/x", -1), CreatePart("/m1"), Part(OpCode.SetData, "/m1", null, 0), Part(OpCode.Delete, "/m1", 1)),
        Multi("multi that fails", CreatePart("/m2"), Part(OpCode.Check, "/x", 77), Part(OpCode.Delete, "/m2", -1)),
        Multi(
            "multi with two numbers", CreatePart("/x/q", CreateMode.PersistentSequential), CreatePart("/x/q", CreateMode.PersistentSequential)),
        Multi("multi that sets twice", Part(OpCode.SetData, "/x", null, -1), Part(OpCode.SetData, "/x", null, -1)),
        Multi("multi with a container", CreatePart("/mk", CreateMode.Container, OpCode.CreateContainer), Part(OpCode.Delete, "/mk", -1)),
        Multi("multi with a read", Part(OpCode.GetData, "/x", false)), Multi("multi with an unknown operation", Part((OpCode)99)),
        Of("multi without an end", OpCode.Multi, CreatePart("/m3")),
        Of(
            "multiRead",
            OpCode.MultiRead,
            Part(OpCode.GetData, "/x", false),
            Part(OpCode.GetChildren, "/k", false), Part(OpCode.GetData, "/none", false), EndOfMulti),
    ];

    private static IEnumerable<LockstepRequest> Watches() =>
    [
        Of("checkWatches without any", OpCode.CheckWatches, "/x", 3), Of("removeWatches without any", OpCode.RemoveWatches, "/x", 1),
        Of("checkWatches of type 9", OpCode.CheckWatches, "/x", 9), Of("addWatch of mode 7", OpCode.AddWatch, "/x", 7),
        Of("addWatch", OpCode.AddWatch, "/x", 0), Of("checkWatches", OpCode.CheckWatches, "/x", 3),
        Of("removeWatches", OpCode.RemoveWatches, "/x", 3),
        Of("addWatch on no path", OpCode.AddWatch, "nope", 1), Of("setWatches of nothing", OpCode.SetWatches, 0L, 0, 0, 0),
        Of("setWatches with null", OpCode.SetWatches, 0L, null, 0, 0), Of("setWatches2 of nothing", OpCode.SetWatches2, 0L, 0, 0, 0, 0, 0),
    ];

    private static IEnumerable<LockstepRequest> Rights() =>
    [
        Of("auth digest", OpCode.Auth, 0, "digest", "u:p"u8.ToArray()), Create("create with auth", "/au", acl: Access("auth", "")),
        Of("getACL of digest", OpCode.GetAcl, "/au"), Create("create a digest of three parts", "/dg", acl: Access("digest", "u:p:q")),
        Create("create read-only", "/ro", acl: Access("world", "anyone", 1)), Of("set without the right", OpCode.SetData, "/ro", null, -1),
        Create("create without the right", "/ro/c"), Of("delete without children's right", OpCode.Delete, "/ro", -1),
        Create("create write-only", "/wo", acl: Access("world", "anyone", 2)), Of("get without the right", OpCode.GetData, "/wo", false),
        Of("getACL without the right", OpCode.GetAcl, "/wo"), Of("children without the right", OpCode.GetChildren, "/wo", false),
        Of("number without the right", OpCode.GetAllChildrenNumber, "/wo"),
        Of("setACL without the right", OpCode.SetAcl, "/wo", Access("world", "anyone"), -1),
    ];

    /// <summary>Last, because they leave the two trees different.</summary>
    private static IEnumerable<LockstepRequest> Differing() =>
    [
        Create("exists without the right: a znode", "/hidden", acl: Access("world", "anyone", 2)),
        Of("exists without the right", OpCode.Exists, "/hidden", false),
        Of("exists of null", OpCode.Exists, null, false), Of("sync of null", OpCode.Sync, [null]),
        Multi("create2 in a multi", CreatePart("/c2", operation: OpCode.Create2)),
        Multi("flags 9 in a multi", CreatePart("/f", (CreateMode)9)), Of("checkWatches of type 5", OpCode.CheckWatches, "/x", 5),
        Create("addWatch without the right: a znode", "/hidden2", acl: Access("world", "anyone", 2)),
        Of("addWatch without the right", OpCode.AddWatch, "/hidden2", 0),
        Of("addWatch without the right, recursive", OpCode.AddWatch, "/hidden2", 1), Of("addWatch without the right, mode 7", OpCode.AddWatch, "/hidden2", 7),
        Multi("null access list in a multi", Part(OpCode.Create, "/na", null, null, 0)),
    ];

    private static LockstepRequest Multi(string name, params byte[][][] parts) => Of(name, OpCode.Multi, [.. parts, EndOfMulti]);

    private static byte[][] Part(OpCode operation, params object?[] record) => [Bytes((int)operation, false, -1), Bytes(record)];

    private static byte[][] CreatePart(string path, CreateMode mode = CreateMode.Persistent, OpCode operation = OpCode.Create) =>
        Part(operation, path, null, Access("world", "anyone"), (int)mode);
}
