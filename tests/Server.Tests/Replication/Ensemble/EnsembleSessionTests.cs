using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;
using Coordination.Server.Tree;

namespace Coordination.Server.Tests.Replication.Ensemble;

/// <summary>Sessions that belong to the ensemble: they move, are kept alive through any member, and end everywhere at one zxid.</summary>
public sealed class EnsembleSessionTests
{
    [Fact]
    public void A_session_moves_and_its_old_connection_may_read_but_not_write()
    {
        EnsembleWorld world = new();
        TestClient old = world.Followers[0].Connect();
        old.Made("/a");
        world.Settle();
        TestClient moved = world.Followers[1].Reattach(old);
        Assert.Equal(old.SessionId, moved.SessionId);
        Assert.Equal(ErrorCode.Ok, old.Exists("/a").Error);
        Assert.Equal("/b", moved.Made("/b"));

        old.Send(OpCode.SetData, new SetDataRequest("/a", [1], -1));
        world.Pass(100);
        Assert.Equal(0, old.Waiting);
        Assert.Equal(CloseReason.SessionMovedAway, old.Closed);
        Assert.Equal(0, moved.Stat("/a").Version);
        world.Settle();
    }

    [Fact]
    public void A_session_moves_to_the_leader_and_away_from_it()
    {
        EnsembleWorld world = new();
        TestClient atLeader = world.Leader.Connect();
        atLeader.Made("/a");
        world.Settle();
        TestClient atFollower = world.Followers[0].Reattach(atLeader);
        atLeader.Send(OpCode.SetData, new SetDataRequest("/a", [1], -1));
        world.Pass(100);
        Assert.Equal(CloseReason.SessionMovedAway, atLeader.Closed);

        TestClient again = world.Leader.Reattach(atFollower);
        Assert.Equal(ErrorCode.Ok, again.SetData("/a", [1]).Error);
        atFollower.Send(OpCode.SetData, new SetDataRequest("/a", [2], -1), xid: 1000);
        world.Pass(100);
        Assert.Equal(CloseReason.SessionMovedAway, atFollower.Closed);
        Assert.Equal(1, again.Stat("/a").Version);
    }

    [Fact]
    public void The_end_of_a_session_on_its_old_connection_cuts_the_new_one()
    {
        EnsembleWorld world = new();
        TestClient old = world.Followers[0].Connect();
        old.Made("/mine", CreateMode.Ephemeral);
        TestClient moved = world.Followers[1].Reattach(old);
        Assert.Equal(ErrorCode.Ok, old.Call(OpCode.CloseSession, default(EmptyRecord)).Error);
        world.Settle();
        Assert.Equal(CloseReason.SessionClosed, old.Closed);
        Assert.Equal(CloseReason.SessionExpired, moved.Closed);
        Assert.Equal(ErrorCode.NoNode, world.Leader.Connect().Exists("/mine").Error);
    }

    [Fact]
    public void Unknown_sessions_and_wrong_passwords_are_refused_at_a_follower()
    {
        EnsembleWorld world = new();
        TestClient client = world.Followers[0].Connect();
        TestClient stranger = world.Followers[1].Accept();
        stranger.SendConnect(new ConnectRequest(0, 0, 10_000, client.SessionId, new byte[16], false));
        Assert.Equal(0, stranger.ReadConnectResponse().SessionId);

        Assert.Equal(ErrorCode.Ok, client.Call(OpCode.CloseSession, default(EmptyRecord)).Error);
        TestClient late = world.Followers[1].Reattach(client);
        Assert.Equal(0, late.SessionId);
        Assert.Equal(0, late.Handshake.TimeoutMilliseconds);
        Assert.Equal(CloseReason.HandshakeRefused, late.Closed);
    }

    [Fact]
    public void A_session_lives_by_pings_to_a_follower_and_ends_everywhere_at_one_zxid()
    {
        EnsembleWorld world = new();
        TestClient client = world.Followers[0].Connect(timeout: 1000);
        client.Made("/mine", CreateMode.Ephemeral);
        for (int i = 0; i < 20; i++)
        {
            world.Pass(400);
            client.Send(OpCode.Ping, default(EmptyRecord));
            Assert.Equal(WellKnownXid.Ping, client.Next().Header.Xid);
        }

        world.Pass(2500);
        Assert.Equal(CloseReason.SessionExpired, client.Closed);
        world.Settle();
        Assert.Single(world.Members, static member => member.Facts.Exists(static fact => fact.Kind == TraceKind.SessionExpired));
        foreach (Member member in world.Members)
        {
            Assert.Null(member.Replica!.State.Tree.Find("/mine"));
            Transaction end = member.Disk.Log.Select(static entry => TransactionCodec.Read(entry.Bytes)).Last();
            Assert.Equal(["/mine"], Assert.IsType<CloseSessionTransaction>(end.Record).Paths!);
        }
    }

    [Fact]
    public void A_client_that_has_seen_more_than_a_server_is_refused_there()
    {
        EnsembleWorld world = new();
        Member slow = world.Followers[0];
        slow.IsDiskHeld = true;
        TestClient client = world.Leader.Connect();
        long seen = client.Create("/a").Zxid;
        TestClient refused = slow.Accept();
        refused.SendConnect(new ConnectRequest(0, seen, 10_000, client.SessionId, client.Handshake.Password, false));
        Assert.Equal(CloseReason.ClientAhead, refused.Closed);
        slow.IsDiskHeld = false;
        world.Settle();
        Assert.Equal(client.SessionId, slow.Reattach(client, seen).SessionId);
    }

    [Fact]
    public void Whoever_may_have_seen_the_beginning_of_an_epoch_is_let_in()
    {
        EnsembleWorld world = new();
        int epoch = world.Leader.Replica!.Status.Epoch;
        foreach (Member member in world.Members)
            Assert.NotEqual(0, member.Connect(seen: Zxid.Create(epoch, 0).Value).SessionId);
    }

    [Fact]
    public void Ephemerals_of_nobody_go_by_a_transaction_when_a_leader_is_established()
    {
        var header = new TransactionHeader(0x77, 1, Zxid.Create(1, 1), 1);
        var create = new CreateTransaction(OpCode.Create, "/orphan", [], [.. Acl.Open], true, 1);
        using FrameBuffer bytes = new();
        var writer = new JuteWriter(bytes);
        TransactionCodec.Write(new Transaction(header, create, null), ref writer);
        writer.Flush();
        byte[] entry = bytes.WrittenSpan.ToArray();

        EnsembleWorld world = new(prepare: disk => disk.Log.Add((header.Zxid, entry)));
        world.Settle();
        foreach (Member member in world.Members)
        {
            Assert.Null(member.Replica!.State.Tree.Find("/orphan"));
            Assert.Single(member.Disk.Log, static logged => TransactionCodec.Read(logged.Bytes).Record is CloseSessionTransaction);
        }
    }
}
