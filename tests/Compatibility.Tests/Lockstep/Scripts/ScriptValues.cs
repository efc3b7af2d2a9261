using System.Text;
using Coordination.Protocol;
using FsCheck;
using FsCheck.Fluent;

namespace Coordination.Compatibility.Tests.Lockstep.Scripts;

/// <summary>What stands in the requests of scripts.</summary>
internal static class ScriptValues
{
    private static readonly string[] OddPaths =
    [
        "", "/", "abc", "a/b", "~/", "~//a", "~/a/", "~/./a", "~/../a", "~/a/.", "~/..", "~/.a", "~/...", "~/a..", "~/a\0b", "~/\u0001",
        "~/\u001f", "~/\u0020", "~/\u007f", "~/\u009f", "~/\u00a0", "~/\ud7ff", "~/\ue000", "~/\uf8ff", "~/\uf900", "~/\uffef", "~/\ufff0",
        "~/\U0001f600", "~/b\u00fccher", "/zookeeper", "/zookeeper/config", "/zookeeper/quota", "/zookeeper/nope",
        "~/a/b/c/d/e", "//", "/.", "~x",
    ];

    /// <summary>Names that are created, watched and deleted: few, and those that sequential creates give.</summary>
    private static readonly Gen<string> Names = Gen.Frequency(
        (10, Gen.Elements("a", "b", "c")),
        (3, from prefix in Gen.Elements("s", "e", "") from number in Gen.Choose(0, 6) select $"{prefix}{number:d10}"));

    /// <summary>Paths of znodes of a script.</summary>
    public static readonly Gen<string> GoodPaths = Gen.Frequency(
        (1, Gen.Constant("~")),
        (6, Names.Select(static name => $"~/{name}")),
        (7, from first in Gen.Elements("a", "b") from second in Names select $"~/{first}/{second}"),
        (2, from first in Gen.Elements("a", "b")
            from second in Gen.Elements("a", "b")
            from third in Names
            select $"~/{first}/{second}/{third}"));

    /// <summary>Paths of all kinds.</summary>
    public static readonly Gen<string?> Paths = Gen.Frequency(
        (60, GoodPaths.Select(static path => (string?)path)),
        (5, Gen.Elements(OddPaths).Select(static path => (string?)path)),
        (1, Gen.Constant<string?>(null)));

    /// <summary>Data.</summary>
    public static readonly Gen<byte[]?> Data = Gen.Frequency(
        (2, Gen.Constant<byte[]?>(null)),
        (2, Gen.Constant<byte[]?>([])),
        (12, Gen.Choose(1, 40).Select(static length => (byte[]?)Encoding.ASCII.GetBytes(new string('d', length)))),
        (1, Gen.Choose(500, 5000).Select(static length => (byte[]?)new byte[length])));

    /// <summary>Versions; most are none or nearly right.</summary>
    public static readonly Gen<int> Versions = Gen.Frequency(
        (8, Gen.Constant(-1)), (8, Gen.Choose(0, 3)), (1, Gen.Elements(-2, 77, int.MaxValue, int.MinValue)));

    /// <summary>Flags of a create without a time to live.</summary>
    public static readonly Gen<int> Modes = Gen.Frequency(
        (10, Gen.Constant(0)), (5, Gen.Constant(1)), (5, Gen.Constant(2)), (3, Gen.Constant(3)), (2, Gen.Constant(4)),
        (1, Gen.Elements(-1, 7, 9, int.MaxValue, int.MinValue)));

    /// <summary>Numbers that are written over others.</summary>
    public static readonly Gen<int> Bombs = Gen.Elements(-1, -2, 0, 1, 5, 255, 1 << 20, 1 << 30, int.MaxValue, int.MinValue);

    /// <summary>Nulls stand in the first entry only: in another one Apache fails if the rights are those of one before it.</summary>
    private static Gen<object?[]> Entry(bool nulls) =>
        from permissions in Gen.Frequency((6, Gen.Constant(31)), (6, Gen.Choose(0, 31)), (1, Gen.Elements(32, -1, 64, int.MinValue)))
        from identity in Gen.Frequency(
            (8, Gen.Constant<(string?, string?)>(("world", "anyone"))),
            (3, Gen.Elements<(string?, string?)>(("auth", ""), ("auth", null), ("auth", "x"))),
            (4, Gen.Elements<(string?, string?)>(("digest", Digest("u:p")), ("digest", Digest("v:q")))),
            (3, Gen.Elements<(string?, string?)>(
                ("ip", "127.0.0.1"), ("ip", "127.0.0.0/8"), ("ip", "10.0.0.0/8"), ("ip", "0.0.0.0/0"),
                ("ip", "127.0.0.1/32"), ("ip", "128.0.0.0/1"))),
            (2, Gen.Elements<(string?, string?)>(
                ("world", "nobody"), ("world", null), ("world", ""), ("digest", "x"), ("digest", "a:b:"), ("digest", ":b"),
                ("digest", "a:"),
                ("digest", "a:b:c"), ("digest", ":"), ("digest", ""), ("digest", null), ("ip", "1.2.3"), ("ip", "127.0.0.1/33"),
                ("ip", "127.0.0.1/"),
                ("ip", "127.0.0.1/-1"), ("ip", "256.0.0.1"), ("ip", ""), ("ip", "localhost"), ("ip", "1.2.3.4/8/9"), ("ip", "01.2.3.4"),
                ("ip", "/8"), ("ip", "127.0.0.1/+8"), ("ip", "127.0.0.1/ 8"), ("ip", " 127.0.0.1"), ("ip", "127.0.0.1/0x8"),
                ("nope", "x"), (null, "x"), (null, null), ("", ""), ("super", ""), ("sasl", "u"), ("x509", "CN=u"), ("WORLD", "anyone"))))
        select nulls || identity is (not null, not null)
            ? ScriptRequests.Entry(permissions, identity.Item1, identity.Item2)
            : ScriptRequests.Entry(permissions, "world", "anyone");

    /// <summary>Access lists.</summary>
    /// <param name="world">Which world: each needs an entry of its own in every list.</param>
    /// <param name="nulls">Whether an id may be null. Inside a multi Apache fails, and never rolls back what went before.</param>
    public static Gen<object?[]> AccessLists(World world, bool nulls = true) => Gen.Frequency(
        (world == World.Guarded ? 2 : 12, Gen.Constant(ScriptRequests.Open)),
        (6, from more in Gen.Choose(0, 2)
            from entry in Entry(nulls)
            from entries in Entry(nulls: false).ArrayOf(more)
            let last = world == World.Guarded ? ScriptRequests.WalkerEntry : ScriptRequests.ReaderEntry
            select (object?[])[more + 2, entry, .. entries, last]),
        (1, Gen.Elements<object?[]>([0], [null], [-5])));

    private static string Digest(string text) => DigestIdentity.Create(Encoding.UTF8.GetBytes(text));
}
