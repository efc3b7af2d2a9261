using Coordination.Fuzz.Tests.Wire;
using Coordination.Protocol;

namespace Coordination.Fuzz.Tests.Decoding;

/// <summary>Decodes bytes as a record, and writes the record into a buffer.</summary>
/// <param name="bytes">What arrived.</param>
/// <param name="output">Takes what is written back.</param>
internal delegate void Recode(ReadOnlySpan<byte> bytes, FrameBuffer output);

/// <summary>The codec of each recorded record.</summary>
internal static class Codecs
{
    /// <summary>The longest text or buffer, as the server reads requests.</summary>
    public const int MaxLength = 2 * 0xfffff;

    public static Recode Of(Seed seed) => (seed.ToServer, seed.Type) switch
    {
        (true, null) => Record<ConnectRequest>,
        (false, null) => Record<ConnectResponse>,
        (true, { } type) => OfRequest(type),
        (false, { } type) => seed.Fields.Length == 0 ? Record<EmptyRecord> : OfReply(type),
    };

    private static Recode OfRequest(OpCode type) => type switch
    {
        OpCode.Create or OpCode.Create2 or OpCode.CreateContainer => Record<CreateRequest>,
        OpCode.CreateTtl => Record<CreateTtlRequest>,
        OpCode.Delete => Record<DeleteRequest>,
        OpCode.Check => Record<CheckVersionRequest>,
        OpCode.Exists => Record<ExistsRequest>,
        OpCode.GetData => Record<GetDataRequest>,
        OpCode.SetData => Record<SetDataRequest>,
        OpCode.GetAcl => Record<GetAclRequest>,
        OpCode.SetAcl => Record<SetAclRequest>,
        OpCode.GetChildren => Record<GetChildrenRequest>,
        OpCode.GetChildren2 => Record<GetChildren2Request>,
        OpCode.Sync or OpCode.DeleteContainer => Record<SyncRequest>,
        OpCode.Multi or OpCode.MultiRead => Record<MultiRequest>,
        OpCode.Reconfig => Record<ReconfigRequest>,
        OpCode.CheckWatches => Record<CheckWatchesRequest>,
        OpCode.RemoveWatches => Record<RemoveWatchesRequest>,
        OpCode.Auth => Record<AuthPacket>,
        OpCode.Sasl => Record<SaslToken>,
        OpCode.SetWatches => Record<SetWatches>,
        OpCode.SetWatches2 => Record<SetWatches2>,
        OpCode.AddWatch => Record<AddWatchRequest>,
        OpCode.GetEphemerals => Record<GetEphemeralsRequest>,
        OpCode.GetAllChildrenNumber => Record<GetAllChildrenNumberRequest>,
        OpCode.CreateSession or OpCode.Error => Record<ErrorResponse>,
        OpCode.Ping or OpCode.WhoAmI or OpCode.CloseSession => Record<EmptyRecord>,
        _ => throw new InvalidDataException($"{type} is no request"),
    };

    private static Recode OfReply(OpCode type) => type switch
    {
        OpCode.Notification => Record<WatcherEvent>,
        OpCode.Create => Record<CreateResponse>,
        OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl => Record<Create2Response>,
        OpCode.Exists or OpCode.SetData or OpCode.SetAcl => Record<SetDataResponse>,
        OpCode.GetData or OpCode.Reconfig => Record<GetDataResponse>,
        OpCode.GetAcl => Record<GetAclResponse>,
        OpCode.GetChildren or OpCode.GetEphemerals => Record<GetChildrenResponse>,
        OpCode.GetChildren2 => Record<GetChildren2Response>,
        OpCode.Sync => Record<SyncResponse>,
        OpCode.Multi or OpCode.MultiRead => Record<MultiResponse>,
        OpCode.Sasl => Record<SaslToken>,
        OpCode.AddWatch or OpCode.GetAllChildrenNumber => Record<ErrorResponse>,
        OpCode.WhoAmI => Record<WhoAmIResponse>,
        _ => throw new InvalidDataException($"{type} has no reply with a body"),
    };

    private static void Record<T>(ReadOnlySpan<byte> bytes, FrameBuffer output)
        where T : IJuteRecord<T>
    {
        var reader = new JuteReader(bytes, MaxLength);
        T record = T.Read(ref reader);
        var writer = new JuteWriter(output);
        record.Write(ref writer);
        writer.Flush();
    }
}
