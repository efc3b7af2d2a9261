using System.Buffers.Binary;
using System.Text;
using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Replication;

/// <summary>Small requests that ask for something enormous. None may cost more than its connection.</summary>
public sealed class HostileSizeTests
{
    private const int Megabyte = 1 << 20;

    private readonly ReplicaDriver _driver = new();

    [Fact]
    public void Many_reads_of_one_large_znode_in_one_request_are_refused()
    {
        TestClient client = _driver.Connect();
        client.Made("/large", data: new byte[900_000]);
        var reads = new MultiRequest([.. Enumerable.Repeat(new MultiOperation(OpCode.GetData, "/large"), 5000)]);

        Assert.Equal(ErrorCode.BadArguments, client.Error(OpCode.MultiRead, reads));
        Assert.Equal(ErrorCode.Ok, client.Exists("/large").Error);
    }

    [Fact]
    public void Names_count_in_the_size_of_an_answer_too()
    {
        TestClient client = _driver.Connect();
        client.Made("/parent");
        for (int i = 0; i < 10; i++)
            client.Made($"/parent/{i}{new string('n', 90_000)}");
        var reads = new MultiRequest([.. Enumerable.Repeat(new MultiOperation(OpCode.GetChildren, "/parent"), 5000)]);

        Assert.Equal(ErrorCode.BadArguments, client.Error(OpCode.MultiRead, reads));
    }

    [Fact]
    public void A_reply_that_no_buffer_could_hold_is_refused_and_leaves_no_watch()
    {
        var driver = new ReplicaDriver(_driver.Options with { MaxOutputBytes = 10_000 });
        TestClient client = driver.Connect();
        client.Made("/parent");
        client.Made("/data", data: new byte[10_001]);
        for (int i = 0; i < 9; i++)
            client.Made($"/parent/{i}{new string('n', 1000)}");
        Assert.Equal(9, client.Children("/parent").Count);

        client.Made($"/parent/9{new string('n', 1000)}");
        Assert.Equal(ErrorCode.BadArguments, client.GetChildren("/parent", watch: true).Error);
        Assert.Equal(ErrorCode.BadArguments, client.Error(OpCode.GetChildren2, new GetChildren2Request("/parent", true)));
        Assert.Equal(ErrorCode.BadArguments, client.Error(OpCode.MultiRead, new MultiRequest([new(OpCode.GetChildren, "/parent")])));
        Assert.Equal(ErrorCode.BadArguments, client.GetData("/data", watch: true).Error);
        Assert.Equal(0, driver.Replica.Statistics.WatchCount);
        Assert.Equal(10, client.Stat("/parent").NumChildren);
    }

    [Fact]
    public void Large_replies_to_reads_behind_one_write_end_their_connection_alone()
    {
        TestClient other = _driver.Connect();
        TestClient client = _driver.Connect();
        client.Made("/large", data: new byte[900_000]);
        var reads = new MultiRequest([.. Enumerable.Repeat(new MultiOperation(OpCode.GetData, "/large"), 70)]);
        _driver.AutoPersist = false;
        client.Send(OpCode.SetData, new SetDataRequest("/large", new byte[900_000], -1));
        for (int i = 0; i < 20; i++)
            client.Send(OpCode.MultiRead, reads);
        Assert.Equal(20, client.Link.WaitingReads);

        _driver.Persist();
        Assert.Equal(CloseReason.RepliesPiledUp, client.Closed);
        Assert.InRange(client.Link.Output.Length, 0, 400 * Megabyte);
        Assert.Equal(0, client.Link.WaitingReads);
        client.Link.Output.Shrink(256);

        _driver.AutoPersist = true;
        Assert.Equal(ErrorCode.Ok, other.Exists("/large").Error);
    }

    [Fact]
    public void The_end_of_a_session_fits_into_a_log_entry_even_if_it_once_owned_more_than_it_may_now()
    {
        var lenient = new ReplicaDriver(_driver.Options with { MaxEphemeralBytes = long.MaxValue });
        TestClient client = lenient.Connect();
        for (int i = 0; i < 12; i++)
            client.Made($"/{i}{new string('n', 900_000)}", CreateMode.Ephemeral);
        client.Send(OpCode.CloseSession, default(EmptyRecord));

        Assert.InRange(lenient.Log[^1].Length, 0, 9 * Megabyte);
        Assert.Equal(0, lenient.Replica.Statistics.EphemeralCount);
        RecoveredState recovered = lenient.Recover();
        Assert.Equal(lenient.Replica.State.Tree.Count, recovered.Tree.Count);
        Assert.Equal(lenient.Replica.State.Tree.Digest, recovered.Tree.Digest);
        Assert.Equal(lenient.Replica.State.Tree.Digest, lenient.Transactions.Last().Digest);
    }

    [Fact]
    public void An_access_list_of_own_identities_does_not_grow_without_bound()
    {
        TestClient client = _driver.Connect();
        for (int i = 0; i < 50; i++)
            Assert.Equal(ErrorCode.Ok, client.AddDigest($"{new string('u', 1000)}{i}:p").Error);

        Acl[] hostile = [.. Enumerable.Range(32, 1000).Select(static bits => new Acl((Permissions)bits, "auth", ""))];
        Assert.Equal(ErrorCode.InvalidAcl, client.Create("/one", acl: hostile).Error);

        Acl[] own = [new(Permissions.All, "auth", "")];
        var creates = Enumerable.Range(0, 5000).Select(i => new MultiOperation(OpCode.Create, $"/many{i}", [], own));
        IReadOnlyList<MultiResult> results = client.MultiResults([.. creates]);
        Assert.Contains(results, static result => result.Error == ErrorCode.InvalidAcl);
        Assert.InRange(_driver.Log[^1].Length, 0, 20 * Megabyte);
        Assert.Equal(ErrorCode.NoNode, client.Exists("/many0").Error);
        Assert.Equal(ErrorCode.Ok, client.Create("/own", acl: own).Error);
    }

    [Theory]
    [InlineData(OpCode.GetData)]
    [InlineData(OpCode.Exists)]
    [InlineData(OpCode.GetChildren)]
    [InlineData(OpCode.GetAcl)]
    [InlineData(OpCode.SetData)]
    [InlineData(OpCode.Create)]
    [InlineData(OpCode.Auth)]
    public void Text_that_is_no_text_costs_no_more_than_any_other(OpCode code)
    {
        const int Size = 900_000;
        TestClient client = _driver.Connect();
        byte[] text = [0, 0, 0, 0, .. Enumerable.Repeat((byte)0x80, Size)];
        BinaryPrimitives.WriteInt32BigEndian(text, Size);
        byte[] body = code == OpCode.Auth ? [0, 0, 0, 0, 0, 0, 0, 6, .. "digest"u8, .. text] : [.. text, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] frame = [0, 0, 0, 9, 0, 0, 0, (byte)code, .. body];
        client.Exists("/");
        long before = GC.GetAllocatedBytesForCurrentThread();
        client.SendFrame(frame);

        // The driver's own copy and the answer are in it.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16L * Size);
    }

    [Fact]
    public void Credentials_without_end_are_refused()
    {
        TestClient client = _driver.Connect();
        int accepted = 0;
        while (client.Closed == CloseReason.None && accepted < 100)
        {
            client.Send(OpCode.Auth, new AuthPacket(0, "digest", Encoding.UTF8.GetBytes($"{accepted++}{new string('u', 10_000)}:p")), WellKnownXid.Auth);
        }

        Assert.Equal(CloseReason.AuthenticationFailed, client.Closed);
        Assert.InRange(accepted, 3, 20);
    }
}
