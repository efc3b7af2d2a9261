using System.Globalization;

namespace Coordination.Protocol.Tests;

/// <summary>Frames recorded between stock clients and Apache's server; Golden/README.md says how.</summary>
public sealed class GoldenTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Golden");

    public static TheoryData<string> Sessions =>
        [.. Directory.EnumerateFiles(Folder, "*.bin").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Sessions))]
    public void Every_recorded_frame_decodes_into_its_record_and_encodes_to_the_same_bytes(string session)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder, session + ".bin"));
        int end = 0;
        foreach (Frame frame in Index(session))
        {
            Assert.Equal(end, frame.Offset);
            var reader = new JuteReader(bytes.AsSpan(frame.Offset), JuteReader.DefaultMaxBuffer);
            ReadOnlySpan<byte> body = reader.ReadBufferSpan(out _);
            Assert.Equal(frame.Length, body.Length);
            Assert.Equal($"{frame} {Convert.ToHexStringLower(body)}", $"{frame} {Convert.ToHexStringLower(Recode(frame, body))}");
            end += sizeof(int) + body.Length;
        }

        Assert.Equal(bytes.Length, end);
    }

    [Fact]
    public void The_recordings_hold_every_operation_that_a_client_can_send()
    {
        OpCode[] internals = [OpCode.Notification, OpCode.Check, OpCode.DeleteContainer, OpCode.CreateSession, OpCode.Error];
        IEnumerable<OpCode> sent = Sessions.SelectMany(row => Index(row.Data)).Where(frame => frame.ToServer && frame.Type is not null)
            .Select(frame => frame.Type!.Value).Distinct();
        Assert.Equal(Enum.GetValues<OpCode>().Except(internals).Order(), sent.Order());
    }

    [Fact]
    public void The_recordings_hold_replies_with_a_body_for_every_operation_that_has_one()
    {
        IEnumerable<OpCode> replied = Sessions.SelectMany(row => Index(row.Data))
            .Where(frame => !frame.ToServer && frame.Type is not null && frame.Error == 0 && frame.Length > ReplyHeader.Size)
            .Select(frame => frame.Type!.Value).Distinct();
        OpCode[] bodiless =
        [
            OpCode.Delete, OpCode.Ping, OpCode.Auth, OpCode.SetWatches, OpCode.SetWatches2, OpCode.CheckWatches, OpCode.RemoveWatches,
            OpCode.CloseSession, OpCode.Check, OpCode.DeleteContainer, OpCode.CreateSession, OpCode.Error,
        ];
        Assert.Equal(Enum.GetValues<OpCode>().Except(bodiless).Order(), replied.Order());
    }

    private static byte[] Recode(Frame frame, ReadOnlySpan<byte> body)
    {
        if (frame.Type is not { } type)
            return frame.ToServer ? Recode<ConnectRequest>(body) : Recode<ConnectResponse>(body);
        if (frame.ToServer)
            return [.. Recode<RequestHeader>(body[..RequestHeader.Size]), .. RecodeRequest(type, body[RequestHeader.Size..])];

        ReplyHeader header = Codec.Decode<ReplyHeader>(body);
        Assert.Equal((frame.Xid, frame.Error), (header.Xid, (int)header.Error));
        ReadOnlySpan<byte> record = body[ReplyHeader.Size..];
        return [.. Codec.Encode(header), .. header.Error == ErrorCode.Ok ? RecodeReply(type, record) : Recode<EmptyRecord>(record)];
    }

    private static byte[] RecodeRequest(OpCode type, ReadOnlySpan<byte> record) => type switch
    {
        OpCode.Create or OpCode.Create2 or OpCode.CreateContainer => Recode<CreateRequest>(record),
        OpCode.CreateTtl => Recode<CreateTtlRequest>(record),
        OpCode.Delete => Recode<DeleteRequest>(record),
        OpCode.Exists => Recode<ExistsRequest>(record),
        OpCode.GetData => Recode<GetDataRequest>(record),
        OpCode.SetData => Recode<SetDataRequest>(record),
        OpCode.GetAcl => Recode<GetAclRequest>(record),
        OpCode.SetAcl => Recode<SetAclRequest>(record),
        OpCode.GetChildren => Recode<GetChildrenRequest>(record),
        OpCode.GetChildren2 => Recode<GetChildren2Request>(record),
        OpCode.Sync => Recode<SyncRequest>(record),
        OpCode.Multi or OpCode.MultiRead => Recode<MultiRequest>(record),
        OpCode.Reconfig => Recode<ReconfigRequest>(record),
        OpCode.CheckWatches => Recode<CheckWatchesRequest>(record),
        OpCode.RemoveWatches => Recode<RemoveWatchesRequest>(record),
        OpCode.Auth => Recode<AuthPacket>(record),
        OpCode.Sasl => Recode<SaslToken>(record),
        OpCode.SetWatches => Recode<SetWatches>(record),
        OpCode.SetWatches2 => Recode<SetWatches2>(record),
        OpCode.AddWatch => Recode<AddWatchRequest>(record),
        OpCode.GetEphemerals => Recode<GetEphemeralsRequest>(record),
        OpCode.GetAllChildrenNumber => Recode<GetAllChildrenNumberRequest>(record),
        OpCode.Ping or OpCode.WhoAmI or OpCode.CloseSession => Recode<EmptyRecord>(record),
        _ => throw new InvalidDataException($"{type} is no request"),
    };

    private static byte[] RecodeReply(OpCode type, ReadOnlySpan<byte> record) => type switch
    {
        OpCode.Notification => Recode<WatcherEvent>(record),
        OpCode.Create => Recode<CreateResponse>(record),
        OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl => Recode<Create2Response>(record),
        OpCode.Exists => Recode<ExistsResponse>(record),
        OpCode.GetData or OpCode.Reconfig => Recode<GetDataResponse>(record),
        OpCode.SetData => Recode<SetDataResponse>(record),
        OpCode.GetAcl => Recode<GetAclResponse>(record),
        OpCode.SetAcl => Recode<SetAclResponse>(record),
        OpCode.GetChildren => Recode<GetChildrenResponse>(record),
        OpCode.GetChildren2 => Recode<GetChildren2Response>(record),
        OpCode.Sync => Recode<SyncResponse>(record),
        OpCode.Multi or OpCode.MultiRead => Recode<MultiResponse>(record),
        OpCode.Sasl => Recode<SaslToken>(record),
        OpCode.AddWatch => Recode<ErrorResponse>(record),
        OpCode.GetEphemerals => Recode<GetEphemeralsResponse>(record),
        OpCode.GetAllChildrenNumber => Recode<GetAllChildrenNumberResponse>(record),
        OpCode.WhoAmI => Recode<WhoAmIResponse>(record),
        OpCode.Delete or OpCode.Ping or OpCode.Auth or OpCode.SetWatches or OpCode.SetWatches2 or OpCode.CheckWatches
            or OpCode.RemoveWatches or OpCode.CloseSession => Recode<EmptyRecord>(record),
        _ => throw new InvalidDataException($"{type} has no reply"),
    };

    private static byte[] Recode<T>(ReadOnlySpan<byte> bytes)
        where T : IJuteRecord<T>
    {
        var reader = new JuteReader(bytes, JuteReader.DefaultMaxBuffer);
        T value = T.Read(ref reader);
        Assert.Equal(0, reader.Remaining);
        Assert.False(reader.SawOddBoolean);
        return Codec.Encode(value);
    }

    private static IEnumerable<Frame> Index(string session) =>
        from line in File.ReadLines(Path.Combine(Folder, session + ".txt"))
        where !line.StartsWith('#')
        let fields = line.Split(' ')
        let numbers = fields[3..].Select(field => int.Parse(field, CultureInfo.InvariantCulture)).ToArray()
        select new Frame(fields[0] == ">", Operation(fields[2]), numbers[0], numbers[1], numbers[2], numbers[3]);

    private static OpCode? Operation(string name) => name == "connect" ? null : Enum.Parse<OpCode>(name, ignoreCase: true);

    private sealed record Frame(bool ToServer, OpCode? Type, int Xid, int Error, int Offset, int Length);
}
