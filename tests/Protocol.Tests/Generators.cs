using FsCheck;
using FsCheck.Fluent;

namespace Coordination.Protocol.Tests;

/// <summary>Generators of everything that can stand in a record, with the corners of each type over-represented.</summary>
internal static class Generators
{
    public static readonly Gen<int> Integers = Gen.OneOf(
        Gen.Elements(0, 1, -1, int.MaxValue, int.MinValue, 255, 256, 65_536, 0x7f7f7f7f),
        Gen.Choose(-1_000_000, 1_000_000));

    public static readonly Gen<long> Longs = Gen.OneOf(
        Gen.Elements(0, 1, -1, long.MaxValue, long.MinValue, 0x1_0000_0000, 0xffff_ffff),
        from high in Integers
        from low in Integers
        select ((long)high << 32) | (uint)low);

    public static readonly Gen<bool> Booleans = Gen.Elements(true, false);

    public static readonly Gen<bool?> OptionalBoolean = Gen.Elements<bool?>(true, false, null);

    /// <summary>Text with one to four bytes a character, and lone surrogates, which every writer must replace.</summary>
    public static readonly Gen<string> Text = Gen.OneOf(
        Gen.Elements("", "/", "/a", "/zookeeper/config", "world", "anyone", "bücher", "\u20ac", "\U0001f600", "\ud800", "a\0b"),
        Gen.Choose(0, 40).SelectMany(length => Gen.Choose(0, 0xffff).ArrayOf(length)).Select(units => new string([.. units.Select(u => (char)u)])));

    public static readonly Gen<string?> OptionalText = Gen.Frequency((1, Gen.Constant<string?>(null)), (6, Text.Select(text => (string?)text)));

    public static readonly Gen<byte[]?> Buffers = Gen.Frequency(
        (1, Gen.Constant<byte[]?>(null)),
        (1, Gen.Constant<byte[]?>([])),
        (6, Gen.Choose(0, 200).SelectMany(length => Gen.Choose(0, 255).ArrayOf(length)).Select(bytes => (byte[]?)[.. bytes.Select(b => (byte)b)])));

    public static readonly Gen<Acl> Acl =
        from permissions in Integers
        from scheme in OptionalText
        from id in OptionalText
        select new Acl((Permissions)permissions, scheme, id);

    public static readonly Gen<IReadOnlyList<Acl>?> Acls = ListOf(Acl);

    public static readonly Gen<IReadOnlyList<string>?> Strings = ListOf(Text);

    public static readonly Gen<ZnodeStat> Stat =
        from longs in Longs.ArrayOf(6)
        from ints in Integers.ArrayOf(5)
        select new ZnodeStat(longs[0], longs[1], longs[2], longs[3], ints[0], ints[1], ints[2], longs[4], ints[3], ints[4], longs[5]);

    private static readonly Gen<MultiOperation> WriteOperation = Gen.OneOf(
        from type in Gen.Elements(OpCode.Create, OpCode.Create2, OpCode.CreateContainer)
        from path in Text
        from data in Buffers
        from acl in Acls
        from mode in Integers
        select new MultiOperation(type, path, data, acl, (CreateMode)mode),
        from path in Text
        from data in Buffers
        from acl in Acls
        from mode in Integers
        from ttl in Longs
        select new MultiOperation(OpCode.CreateTtl, path, data, acl, (CreateMode)mode, TimeToLive: ttl),
        from type in Gen.Elements(OpCode.Delete, OpCode.Check)
        from path in Text
        from version in Integers
        select new MultiOperation(type, path, Version: version),
        from path in Text
        from data in Buffers
        from version in Integers
        select new MultiOperation(OpCode.SetData, path, data, Version: version));

    private static readonly Gen<MultiOperation> ReadOperation =
        from type in Gen.Elements(OpCode.GetData, OpCode.GetChildren)
        from path in Text
        select new MultiOperation(type, path);

    public static readonly Gen<MultiRequest> MultiRequest = Gen.OneOf(Few(WriteOperation), Few(ReadOperation))
        .Select(operations => new MultiRequest(operations));

    public static readonly Gen<MultiResponse> MultiResponse = Few(Gen.OneOf(
        Text.Select(path => new MultiResult(OpCode.Create, Path: path)),
        from type in Gen.Elements(OpCode.Create2, OpCode.CreateContainer, OpCode.CreateTtl)
        from path in Text
        from stat in Stat
        select new MultiResult(type, Path: path, Stat: stat),
        Stat.Select(stat => new MultiResult(OpCode.SetData, Stat: stat)),
        Gen.Elements(new MultiResult(OpCode.Delete), new MultiResult(OpCode.Check)),
        from data in Buffers
        from stat in Stat
        select new MultiResult(OpCode.GetData, Data: data, Stat: stat),
        Strings.Select(children => new MultiResult(OpCode.GetChildren, Children: children)),
        Integers.Select(error => new MultiResult(OpCode.Error, (ErrorCode)error)))).Select(results => new MultiResponse(results));

    public static readonly Gen<AuthId> AuthId = from scheme in OptionalText from id in OptionalText select new AuthId(scheme, id);

    public static readonly Gen<QuorumPacket> QuorumPacket =
        from type in Gen.OneOf(Gen.Choose(1, 19), Integers)
        from zxid in Longs
        from data in Buffers
        from ids in ListOf(AuthId)
        select new QuorumPacket((QuorumPacketType)type, new Zxid(zxid), data, ids);

    public static readonly Gen<LearnerInfo> LearnerInfo =
        from id in Longs
        from version in Integers
        from configuration in Longs
        from fields in Gen.Choose(1, 3)
        select new LearnerInfo(id, fields > 1 ? version : null, fields > 2 ? configuration : null);

    public static Gen<IReadOnlyList<T>?> ListOf<T>(Gen<T> element) =>
        Gen.Frequency((1, Gen.Constant<IReadOnlyList<T>?>(null)), (6, Few(element).Select(list => (IReadOnlyList<T>?)list)));

    public static Gen<byte[]> Bytes(int most) =>
        Gen.Choose(0, most).SelectMany(length => Gen.Choose(0, 255).ArrayOf(length)).Select(bytes => bytes.Select(b => (byte)b).ToArray());

    private static Gen<IReadOnlyList<T>> Few<T>(Gen<T> element) =>
        Gen.Choose(0, 6).SelectMany(length => element.ArrayOf(length)).Select(array => (IReadOnlyList<T>)array);
}
