using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;
using FsCheck;
using FsCheck.Fluent;

namespace Coordination.Server.Tests.Replication;

public sealed class HostileFramesTests
{
    private readonly ReplicaDriver _driver = new();

    [Fact]
    public void Random_frames_neither_throw_nor_disturb_anybody_else()
    {
        TestClient witness = _driver.Connect(40_000);
        witness.Made("/witness", data: [42]);
        int[] codes = [.. Enumerable.Range(-12, 130)];
        Gen<byte[]> frame =
            from code in Gen.Elements(codes)
            from body in Gen.Choose(0, 255).Select(value => value < 128 ? (byte)(value % 4) : (byte)value).ArrayOf()
            select (byte[])[0, 0, 0, 9, (byte)(code >> 24), (byte)(code >> 16), (byte)(code >> 8), (byte)code, .. body];
        Prop.ForAll(frame.ToArbitrary(), bytes => Survives(witness, bytes)).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
        Assert.Equal(0, _driver.Recover().DigestMismatches);
    }

    [Fact]
    public void Requests_with_one_byte_changed_neither_throw_nor_disturb_anybody_else()
    {
        TestClient witness = _driver.Connect(40_000);
        witness.Made("/witness", data: [42]);
        byte[][] requests =
        [
            Frame(OpCode.Create, new CreateRequest("/f", [1], [new(Permissions.All, "world", "anyone"), new(Permissions.All, "ip", "1.2.3.4/9")], CreateMode.EphemeralSequential)),
            Frame(OpCode.Multi, new MultiRequest([new(OpCode.Create, "/g", [1], Acl.Open), new(OpCode.SetData, "/g", [2]), new(OpCode.Check, "/g", Version: 1)])),
            Frame(OpCode.SetWatches2, new SetWatches2(0, ["/a"], ["/b"], ["/"], ["/c"], ["/d"])),
            Frame(OpCode.SetAcl, new SetAclRequest("/witness2", Acl.Open, -1)),
            Frame(OpCode.MultiRead, new MultiRequest([new(OpCode.GetData, "/"), new(OpCode.GetChildren, "/")])),
            Frame(OpCode.Auth, new AuthPacket(0, "digest", [1, 58, 2])),
        ];
        foreach (byte[] request in requests)
        {
            for (int at = 0; at < request.Length; at++)
            {
                foreach (byte value in new byte[] { 0, 1, 0x7F, 0x80, 0xFF })
                {
                    byte[] changed = [.. request];
                    changed[at] = value;
                    Survives(witness, changed);
                }

                Survives(witness, request[..at]);
            }
        }

        Assert.Equal(0, _driver.Recover().DigestMismatches);
    }

    [Fact]
    public void Random_handshakes_never_throw()
    {
        Gen<byte[]> frame = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();
        Prop.ForAll(frame.ToArbitrary(), bytes =>
        {
            TestClient client = _driver.Accept();
            client.SendFrame(bytes);
            client.Disconnect();
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_frame_without_a_header_ends_the_connection(int length)
    {
        TestClient client = _driver.Connect();
        client.SendFrame(new byte[length]);
        Assert.Equal(0, client.Waiting);
        Assert.Equal(CloseReason.ProtocolViolation, client.Closed);
        client.SendFrame(new byte[20]);
        Assert.Equal(0, client.Waiting);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(13)]
    [InlineData(-10)]
    [InlineData(-1)]
    [InlineData(108)]
    [InlineData(500)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void An_operation_that_does_not_exist_is_refused_and_ends_the_connection(int code)
    {
        TestClient client = _driver.Connect();
        Zxid last = _driver.Replica.LastProcessed;
        int xid = client.Send((OpCode)code, new CheckVersionRequest("/", -1));
        Assert.Equal(new ReplyHeader(xid, -1, ErrorCode.Unimplemented), client.Next().Header);
        Assert.Equal(CloseReason.UnknownOperation, client.Closed);
        Assert.Equal(last, _driver.Replica.LastProcessed);
    }

    [Fact]
    public void A_clients_deleteContainer_is_refused_without_a_zxid_and_the_connection_stays()
    {
        TestClient client = _driver.Connect();
        client.Made("/x");
        Zxid last = _driver.Replica.LastProcessed;
        Assert.Equal(ErrorCode.Unimplemented, client.Error(OpCode.DeleteContainer, new SyncRequest("/x")));
        Assert.Equal(CloseReason.None, client.Closed);
        Assert.Equal(ErrorCode.Ok, client.Exists("/x").Error);
        Assert.Equal(last, _driver.Replica.LastProcessed);
    }

    [Theory]
    [InlineData(false, ErrorCode.ReconfigDisabled)]
    [InlineData(true, ErrorCode.Unimplemented)]
    public void A_lone_server_is_not_reconfigured_and_the_attempt_takes_a_zxid(bool enabled, ErrorCode expected)
    {
        var driver = new ReplicaDriver(new ReplicaOptions { Rules = new WriteRules { ReconfigEnabled = enabled } });
        TestClient client = driver.Connect();
        Zxid last = driver.Replica.LastProcessed;
        Reply reply = client.Call(OpCode.Reconfig, new ReconfigRequest(null, "1", null, -1));
        Assert.Equal((expected, last.Next.Value), (reply.Error, reply.Zxid));
        Assert.Equal(expected, Assert.IsType<ErrorTransaction>(driver.Transactions.Last().Record).Code);
    }

    [Fact]
    public void Without_SASL_a_token_is_answered_at_once_with_none_and_something_else_closes()
    {
        TestClient client = _driver.Connect();
        _driver.AutoPersist = false;
        client.Send(OpCode.SetData, new SetDataRequest("/", [1], -1));
        int xid = client.Send(OpCode.Sasl, new SaslToken([1, 2]));
        Reply reply = client.Next();
        Assert.Equal(new ReplyHeader(xid, 0, ErrorCode.Ok), reply.Header);
        Assert.Null(reply.Read<SaslToken>().Token);
        Assert.Equal(CloseReason.None, client.Closed);

        client.Send(OpCode.Sasl, new SaslToken(null));
        Assert.Equal(0, client.Waiting);
        Assert.Equal(CloseReason.ProtocolViolation, client.Closed);
        _driver.Persist();
    }

    public static TheoryData<OpCode> Codes =>
    [
        OpCode.Create, OpCode.Create2, OpCode.CreateContainer, OpCode.CreateTtl, OpCode.Delete, OpCode.SetData, OpCode.SetAcl, OpCode.Exists,
        OpCode.GetData, OpCode.GetChildren, OpCode.GetChildren2, OpCode.GetAcl, OpCode.Sync, OpCode.MultiRead, OpCode.CheckWatches,
        OpCode.RemoveWatches, OpCode.AddWatch, OpCode.SetWatches, OpCode.SetWatches2, OpCode.GetEphemerals, OpCode.GetAllChildrenNumber,
    ];

    [Theory]
    [MemberData(nameof(Codes))]
    public void A_request_that_ends_early_is_refused_without_a_zxid_and_the_connection_stays(OpCode code)
    {
        TestClient client = _driver.Connect();
        Zxid last = _driver.Replica.LastProcessed;
        Assert.Equal(ErrorCode.MarshallingError, client.Error(code, default(EmptyRecord)));
        Assert.Equal(last, _driver.Replica.LastProcessed);
        Assert.Equal(ErrorCode.Ok, client.Exists("/").Error);
    }

    [Fact]
    public void Bytes_behind_a_request_are_ignored()
    {
        TestClient client = _driver.Connect();
        client.SendFrame([.. Frame(OpCode.Exists, new ExistsRequest("/", false)), 1, 2, 3]);
        Assert.Equal(ErrorCode.Ok, client.Next().Error);
    }

    private static byte[] Frame<T>(OpCode code, T record)
        where T : IJuteRecord<T>
    {
        using var buffer = new FrameBuffer();
        var writer = new JuteWriter(buffer);
        new RequestHeader(5, code).Write(ref writer);
        record.Write(ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private bool Survives(TestClient witness, byte[] bytes)
    {
        TestClient hostile = _driver.Connect();
        hostile.SendFrame(bytes);
        Assert.True(hostile.Waiting <= 8);
        hostile.Disconnect();
        Assert.Equal([42], witness.GetData("/witness").Read<GetDataResponse>().Data!);
        Assert.Equal(CloseReason.None, witness.Closed);
        return true;
    }
}
