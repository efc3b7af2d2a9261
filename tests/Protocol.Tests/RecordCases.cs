using FsCheck;
using FsCheck.Fluent;
using static Coordination.Protocol.Tests.Generators;

namespace Coordination.Protocol.Tests;

/// <summary>One record type with its generator, so that every rule can be stated once for all of them.</summary>
internal abstract class RecordCase
{
    public abstract Type Type { get; }

    /// <summary>Encodings of random values.</summary>
    public abstract Gen<byte[]> Encoded { get; }

    /// <summary>Decodes and encodes again; the rest and whether an odd boolean was seen come with it.</summary>
    public abstract byte[] Recode(ReadOnlySpan<byte> bytes, out int remaining, out bool oddBoolean);
}

/// <inheritdoc cref="RecordCase"/>
internal sealed class RecordCase<T>(Gen<T> values) : RecordCase
    where T : IJuteRecord<T>
{
    public override Type Type => typeof(T);

    public override Gen<byte[]> Encoded => values.Select(Codec.Encode);

    public override byte[] Recode(ReadOnlySpan<byte> bytes, out int remaining, out bool oddBoolean)
    {
        var reader = new JuteReader(bytes);
        T value = T.Read(ref reader);
        remaining = reader.Remaining;
        oddBoolean = reader.SawOddBoolean;
        return Codec.Encode(value);
    }
}

internal static class Codec
{
    public static byte[] Encode<T>(T value)
        where T : IJuteRecord<T>
    {
        using var buffer = new FrameBuffer();
        var writer = new JuteWriter(buffer);
        value.Write(ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static T Decode<T>(ReadOnlySpan<byte> bytes)
        where T : IJuteRecord<T>
    {
        var reader = new JuteReader(bytes);
        return T.Read(ref reader);
    }
}

/// <summary>All records of the protocol.</summary>
internal static class RecordCases
{
    private static readonly Gen<string> Path = Text;

    private static readonly RecordCase[] All =
    [
        new RecordCase<Acl>(Generators.Acl),
        new RecordCase<ZnodeStat>(Stat),
        new RecordCase<EmptyRecord>(Gen.Constant(default(EmptyRecord))),
        new RecordCase<RequestHeader>(from xid in Integers from type in Integers select new RequestHeader(xid, (OpCode)type)),
        new RecordCase<ReplyHeader>(
            from xid in Integers from zxid in Longs from error in Integers select new ReplyHeader(xid, zxid, (ErrorCode)error)),
        new RecordCase<ErrorResponse>(Integers.Select(error => new ErrorResponse((ErrorCode)error))),
        new RecordCase<ConnectRequest>(
            from version in Integers
            from zxid in Longs
            from timeout in Integers
            from session in Longs
            from password in Buffers
            from readOnly in OptionalBoolean
            select new ConnectRequest(version, zxid, timeout, session, password, readOnly)),
        new RecordCase<ConnectResponse>(
            from version in Integers
            from timeout in Integers
            from session in Longs
            from password in Buffers
            from readOnly in OptionalBoolean
            select new ConnectResponse(version, timeout, session, password, readOnly)),
        .. AccessRecords,
        .. TreeRecords,
        .. WatchRecords,
        .. MultiRecords,
        .. QuorumRecords,
    ];

    public static readonly IReadOnlyDictionary<string, RecordCase> ByName = All.ToDictionary(record => record.Type.Name);

    private static RecordCase[] AccessRecords =>
    [
        new RecordCase<GetAclRequest>(Path.Select(path => new GetAclRequest(path))),
        new RecordCase<GetAclResponse>(from acl in Acls from stat in Stat select new GetAclResponse(acl, stat)),
        new RecordCase<SetAclRequest>(from path in Path from acl in Acls from version in Integers select new SetAclRequest(path, acl, version)),
        new RecordCase<SetAclResponse>(Stat.Select(stat => new SetAclResponse(stat))),
        new RecordCase<AuthPacket>(
            from type in Integers from scheme in OptionalText from data in Buffers select new AuthPacket(type, scheme, data)),
        new RecordCase<SaslToken>(Buffers.Select(token => new SaslToken(token))),
        new RecordCase<ClientInfo>(from scheme in Text from user in Text select new ClientInfo(scheme, user)),
        new RecordCase<WhoAmIResponse>(
            ListOf(from scheme in Text from user in Text select new ClientInfo(scheme, user)).Select(list => new WhoAmIResponse(list))),
    ];

    private static RecordCase[] TreeRecords =>
    [
        new RecordCase<CreateRequest>(
            from path in Path
            from data in Buffers
            from acl in Acls
            from mode in Integers
            select new CreateRequest(path, data, acl, (CreateMode)mode)),
        new RecordCase<CreateTtlRequest>(
            from path in Path
            from data in Buffers
            from acl in Acls
            from mode in Integers
            from ttl in Longs
            select new CreateTtlRequest(path, data, acl, (CreateMode)mode, ttl)),
        new RecordCase<CreateResponse>(Path.Select(path => new CreateResponse(path))),
        new RecordCase<Create2Response>(from path in Path from stat in Stat select new Create2Response(path, stat)),
        new RecordCase<DeleteRequest>(from path in Path from version in Integers select new DeleteRequest(path, version)),
        new RecordCase<ExistsRequest>(from path in Path from watch in Booleans select new ExistsRequest(path, watch)),
        new RecordCase<ExistsResponse>(Stat.Select(stat => new ExistsResponse(stat))),
        new RecordCase<GetDataRequest>(from path in Path from watch in Booleans select new GetDataRequest(path, watch)),
        new RecordCase<GetDataResponse>(from data in Buffers from stat in Stat select new GetDataResponse(data, stat)),
        new RecordCase<SetDataRequest>(
            from path in Path from data in Buffers from version in Integers select new SetDataRequest(path, data, version)),
        new RecordCase<SetDataResponse>(Stat.Select(stat => new SetDataResponse(stat))),
        new RecordCase<CheckVersionRequest>(from path in Path from version in Integers select new CheckVersionRequest(path, version)),
        new RecordCase<SyncRequest>(Path.Select(path => new SyncRequest(path))),
        new RecordCase<SyncResponse>(Path.Select(path => new SyncResponse(path))),
        new RecordCase<GetChildrenRequest>(from path in Path from watch in Booleans select new GetChildrenRequest(path, watch)),
        new RecordCase<GetChildrenResponse>(Strings.Select(children => new GetChildrenResponse(children))),
        new RecordCase<GetChildren2Request>(from path in Path from watch in Booleans select new GetChildren2Request(path, watch)),
        new RecordCase<GetChildren2Response>(from children in Strings from stat in Stat select new GetChildren2Response(children, stat)),
        new RecordCase<GetAllChildrenNumberRequest>(Path.Select(path => new GetAllChildrenNumberRequest(path))),
        new RecordCase<GetAllChildrenNumberResponse>(Integers.Select(total => new GetAllChildrenNumberResponse(total))),
        new RecordCase<GetEphemeralsRequest>(OptionalText.Select(prefix => new GetEphemeralsRequest(prefix))),
        new RecordCase<GetEphemeralsResponse>(Strings.Select(paths => new GetEphemeralsResponse(paths))),
        new RecordCase<ReconfigRequest>(
            from joining in OptionalText
            from leaving in OptionalText
            from members in OptionalText
            from id in Longs
            select new ReconfigRequest(joining, leaving, members, id)),
    ];

    private static RecordCase[] WatchRecords =>
    [
        new RecordCase<WatcherEvent>(
            from type in Integers from state in Integers from path in Path select new WatcherEvent((WatchEventType)type, (EventState)state, path)),
        new RecordCase<AddWatchRequest>(from path in Path from mode in Integers select new AddWatchRequest(path, (AddWatchMode)mode)),
        new RecordCase<CheckWatchesRequest>(from path in Path from type in Integers select new CheckWatchesRequest(path, (WatcherType)type)),
        new RecordCase<RemoveWatchesRequest>(from path in Path from type in Integers select new RemoveWatchesRequest(path, (WatcherType)type)),
        new RecordCase<SetWatches>(
            from zxid in Longs from data in Strings from exist in Strings from child in Strings select new SetWatches(zxid, data, exist, child)),
        new RecordCase<SetWatches2>(
            from zxid in Longs
            from data in Strings
            from exist in Strings
            from child in Strings
            from persistent in Strings
            from recursive in Strings
            select new SetWatches2(zxid, data, exist, child, persistent, recursive)),
    ];

    private static RecordCase[] MultiRecords =>
    [
        new RecordCase<MultiHeader>(
            from type in Integers from done in Booleans from error in Integers select new MultiHeader((OpCode)type, done, error)),
        new RecordCase<MultiRequest>(Generators.MultiRequest),
        new RecordCase<MultiResponse>(Generators.MultiResponse),
    ];

    private static RecordCase[] QuorumRecords =>
    [
        new RecordCase<QuorumPacket>(Generators.QuorumPacket),
        new RecordCase<AuthId>(Generators.AuthId),
        new RecordCase<QuorumAuthPacket>(
            from magic in Longs from status in Integers from token in Buffers select new QuorumAuthPacket(magic, status, token)),
        new RecordCase<LearnerInfo>(Generators.LearnerInfo),
        new RecordCase<LeaderInfo>(Integers.Select(version => new LeaderInfo(version))),
        new RecordCase<EpochPromise>(Integers.Select(epoch => new EpochPromise(epoch))),
        new RecordCase<ActivationHeader>(Longs.Select(leader => new ActivationHeader(leader))),
        new RecordCase<ForwardedRequestHeader>(
            from session in Longs from cxid in Integers from type in Integers select new ForwardedRequestHeader(session, cxid, (OpCode)type)),
        new RecordCase<SessionTouch>(from session in Longs from timeout in Integers select new SessionTouch(session, timeout)),
        new RecordCase<RevalidateRequest>(from session in Longs from timeout in Integers select new RevalidateRequest(session, timeout)),
        new RecordCase<RevalidateResponse>(from session in Longs from valid in Booleans select new RevalidateResponse(session, valid)),
    ];
}
