using System.Buffers.Binary;
using System.Text;

namespace Coordination.Fuzz.Tests.Wire;

/// <summary>What an attacker puts in the place of a value, encoded; and what honest clients put there, so that requests meet.</summary>
internal static class HostileValues
{
    private const int Long = 64 << 10;

    private static readonly string[] Paths =
    [
        "/", "/a", "/a/b", "/a/b/c", "/b", "/c", "/secret", "/secret/inner", "/vault", "/vault/x", "/zookeeper", "/zookeeper/quota",
        "/zookeeper/config", "/a/zookeeper_limits", "/zookeeper/quota/a/zookeeper_limits", "/a-", "", "//", "/.", "/..", "/../a", "/a/", "/a//b",
        "/a/./b", "a", "/\0", "/a\0b", "/\u0001", "/\u007f", "/\uffff", "/\U0001f600", "/b\u00fccher", "/a/b/c/d/e/f/g/h",
    ];

    private static readonly string[] Words =
    [
        "world", "anyone", "auth", "digest", "ip", "x509", "sasl", "super", "nonsense", "127.0.0.1", "10.0.0.0/8", "1.2.3.4/33", "::1/129",
        "user:hash", "a:b:c", "count=1,bytes=1", ":", "",
    ];

    private static readonly byte[][] Integers =
    [
        .. new[]
        {
            0, 1, -1, 2, 3, 4, 5, 6, 9, 31, 32, 100, 255, 256, 0xfffff, 0x100000, 0x7f7f7f7f, int.MaxValue, int.MaxValue - 1, int.MinValue, -2,
            -4, -8, -10, -11,
        }.Select(Encode),
    ];

    private static readonly byte[][] LongIntegers =
    [
        .. new[] { 0, 1, -1, 2, 1000, (1L << 40) - 1, 1L << 40, long.MaxValue, long.MinValue, 1L << 32, 0xffffffff, 0x7fffffff_ffffffff >> 1 }
            .Select(Encode),
    ];

    private static readonly byte[][] Booleans = [[0], [1], [2], [0xff]];

    private static readonly byte[][] Texts =
    [
        .. Paths.Select(Encode), .. Words.Select(Encode), Encode(-1),
        Prefixed([(byte)'/', 0xed, 0xa0, 0x80]), Prefixed([(byte)'/', 0xed, 0xb0, 0x80, 0xed, 0xa0, 0x80]), Prefixed([(byte)'/', 0xc0, 0x80]),
        Prefixed([(byte)'/', 0xf5, 0x80, 0x80, 0x80]), Prefixed([(byte)'/', 0xff, 0xfe]), Prefixed([(byte)'/', 0xe2, 0x82]),
    ];

    private static readonly byte[][] LongTexts =
    [
        Encode("/" + new string('p', Long)), Encode(string.Concat(Enumerable.Repeat("/a", Long / 2))), Encode(new string('/', Long)),
        Encode("/" + new string('\u00fc', Long / 2)), Prefixed([.. Enumerable.Repeat((byte)0x80, Long)]),
    ];

    private static readonly byte[][] Buffers =
    [
        Encode(-1), Encode(0), Prefixed([1]), Prefixed([.. "user:password"u8]), Prefixed([.. ":"u8]), Prefixed(new byte[16]), Prefixed(new byte[200]),
    ];

    private static readonly byte[][] LongBuffers = [Prefixed(new byte[Long])];

    private static readonly byte[][] Counts = [.. new[] { 0, 1, -1, -2, 2, 3, 1000, 65_536, 0x0fffffff, 0x10000000, int.MaxValue, int.MinValue }.Select(Encode)];

    /// <summary>Lengths that promise more than there is, or less than nothing.</summary>
    private static readonly byte[][] Lies =
    [
        .. new[] { int.MaxValue, int.MinValue, -2, 0x7fffff, 0x100000, 0x200000, 0xffff }.Select(static length => (byte[])[.. Encode(length), 1, 2, 3]),
    ];

    /// <summary>A few paths that requests of different connections have in common.</summary>
    public static byte[] CommonPath(Random random) => Texts[random.Next(12)];

    /// <summary>Another value of a kind.</summary>
    public static byte[] Of(TokenKind kind, Random random) => kind switch
    {
        TokenKind.Int => Any(Integers, random),
        TokenKind.Long => Any(LongIntegers, random),
        TokenKind.Bool => Any(Booleans, random),
        TokenKind.Count => Any(Counts, random),
        TokenKind.Text => random.Next(400) switch
        {
            0 => Any(LongTexts, random),
            < 40 => Any(Lies, random),
            _ => Any(Texts, random),
        },
        TokenKind.Bytes => random.Next(400) switch
        {
            0 => Any(LongBuffers, random),
            < 40 => Any(Lies, random),
            _ => Any(Buffers, random),
        },
        _ => Any(Integers, random),
    };

    public static byte[] Encode(int value)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Encode(string text) => Prefixed(Encoding.UTF8.GetBytes(text));

    private static byte[] Encode(long value)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Prefixed(byte[] content) => [.. Encode(content.Length), .. content];

    private static byte[] Any(byte[][] values, Random random) => values[random.Next(values.Length)];
}
