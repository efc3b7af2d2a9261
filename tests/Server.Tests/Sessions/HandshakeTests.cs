using Coordination.Protocol;
using Coordination.Server.Operations;
using Coordination.Server.Replication;
using Coordination.Server.Sessions;

namespace Coordination.Server.Tests.Sessions;

public sealed class HandshakeTests
{
    private readonly ReplicaDriver _driver = new();

    [Theory]
    [InlineData(0, 4000)]
    [InlineData(-5, 4000)]
    [InlineData(10_000, 10_000)]
    [InlineData(int.MaxValue, 40_000)]
    public void The_timeout_is_negotiated_between_two_and_twenty_ticks(int asked, int expected)
    {
        TestClient client = _driver.Connect(asked);
        Assert.Equal(expected, client.Handshake.TimeoutMilliseconds);
        var open = Assert.IsType<CreateSessionTransaction>(_driver.Transactions.Last().Record);
        Assert.Equal(expected, open.TimeoutMilliseconds);
        Assert.Equal(client.SessionId, _driver.Transactions.Last().Header.SessionId);
    }

    [Theory]
    [InlineData(true, 37)]
    [InlineData(false, 37)]
    [InlineData(null, 36)]
    public void The_answer_has_the_last_byte_only_if_the_request_had_it(bool? readOnly, int expected)
    {
        TestClient client = _driver.Accept();
        client.SendConnect(new ConnectRequest(0, 0, 6000, 0, null, readOnly));
        byte[] frame = client.NextFrame();
        Assert.Equal(expected, frame.Length);
        if (expected == 37)
            Assert.Equal(0, frame[36]);
    }

    [Theory]
    [InlineData(true, 37)]
    [InlineData(null, 36)]
    public void A_refusal_is_all_zeros_and_then_the_end(bool? readOnly, int expected)
    {
        TestClient client = _driver.Accept();
        client.SendConnect(new ConnectRequest(0, 0, 6000, 0x4711, new byte[16], readOnly));
        byte[] frame = client.NextFrame();
        Assert.Equal(expected, frame.Length);
        Assert.Equal(new byte[16], frame[..16]);
        Assert.Equal(16, frame[19]);
        Assert.Equal(new byte[16], frame[20..36]);
        Assert.Equal(CloseReason.HandshakeRefused, client.Closed);
    }

    [Fact]
    public void The_answer_waits_for_the_disk()
    {
        _driver.AutoPersist = false;
        TestClient client = _driver.Accept();
        client.SendConnect(new ConnectRequest(0, 0, 6000, 0, new byte[16], false));
        Assert.Equal(0, client.Waiting);
        Assert.True(client.Link.AwaitsSession);
        _driver.Persist();
        Assert.False(client.Link.AwaitsSession);
        Assert.NotEqual(0, client.ReadConnectResponse().SessionId);
    }

    [Fact]
    public void A_client_that_has_seen_more_is_sent_away_without_a_word()
    {
        TestClient client = _driver.Accept();
        client.SendConnect(new ConnectRequest(0, _driver.Replica.LastProcessed.Value + 1, 6000, 0, new byte[16], false));
        Assert.Equal(0, client.Waiting);
        Assert.Equal(CloseReason.ClientAhead, client.Closed);
    }

    [Fact]
    public void A_session_is_taken_up_again_with_a_new_timeout()
    {
        TestClient first = _driver.Connect(20_000);
        first.Disconnect();
        TestClient second = Reattach(first, timeout: 5000);
        Assert.Equal(first.SessionId, second.Handshake.SessionId);
        Assert.Equal(5000, second.Handshake.TimeoutMilliseconds);
        Assert.Equal(first.Handshake.Password, second.Handshake.Password);
        _driver.Advance(8001);
        Assert.Equal(CloseReason.SessionExpired, second.Closed);
    }

    [Fact]
    public void Coming_back_closes_the_old_connection_even_with_a_wrong_password()
    {
        TestClient first = _driver.Connect();
        TestClient thief = _driver.Accept();
        thief.SendConnect(new ConnectRequest(0, 0, 6000, first.SessionId, new byte[16], false));
        Assert.Equal(CloseReason.SessionMovedHere, first.Closed);
        Assert.Equal(0, thief.ReadConnectResponse().SessionId);
        TestClient back = Reattach(first);
        Assert.Equal(first.SessionId, back.SessionId);
        Assert.Equal(ErrorCode.Ok, back.Exists("/").Error);
    }

    [Fact]
    public void Where_passwords_are_keyed_nobody_cuts_off_a_client_by_its_session_id()
    {
        ReplicaDriver driver = new(new ReplicaOptions
        {
            TickMilliseconds = 2000,
            SessionIdSeedMilliseconds = 1_000_000,
            Passwords = new SessionPasswords([1, 2, 3], keyedFrom: 1L << 56),
        });
        TestClient victim = driver.Connect();
        TestClient stranger = driver.Accept();
        stranger.SendConnect(new ConnectRequest(0, 0, 6000, victim.SessionId, SessionPassword.For(victim.SessionId), false));
        Assert.Equal(0, stranger.ReadConnectResponse().SessionId);
        Assert.Equal(CloseReason.HandshakeRefused, stranger.Closed);
        Assert.Equal(CloseReason.None, victim.Closed);
        Assert.Equal(ErrorCode.Ok, victim.Exists("/").Error);

        TestClient back = driver.Accept();
        back.SendConnect(new ConnectRequest(0, 0, 6000, victim.SessionId, victim.Handshake.Password, false));
        Assert.Equal(victim.SessionId, back.ReadConnectResponse().SessionId);
        Assert.Equal(CloseReason.SessionMovedHere, victim.Closed);
    }

    [Fact]
    public void A_moved_session_keeps_its_ephemerals_and_loses_its_watches()
    {
        TestClient first = _driver.Connect();
        first.Made("/e", CreateMode.Ephemeral);
        first.GetData("/e", watch: true);
        TestClient second = Reattach(first);
        Assert.Equal(0, _driver.Replica.Statistics.WatchCount);
        second.SetData("/e", [1]).Read<SetDataResponse>();
        Assert.Equal(0, first.Waiting);
        first.Disconnect();
        Assert.Equal(ErrorCode.Ok, second.Exists("/e").Error);
    }

    [Fact]
    public void An_ended_session_is_not_taken_up_again()
    {
        TestClient client = _driver.Connect();
        client.Call(OpCode.CloseSession, default(EmptyRecord));
        TestClient back = Reattach(client);
        Assert.Equal(0, back.SessionId);
        Assert.Equal(CloseReason.HandshakeRefused, back.Closed);
    }

    [Fact]
    public void A_session_that_is_ending_is_not_taken_up_again()
    {
        TestClient client = _driver.Connect();
        _driver.AutoPersist = false;
        _driver.Turn(() => Assert.True(_driver.Replica.ExpireSession(client.SessionId)));
        Assert.Equal(0, Reattach(client).SessionId);
    }

    [Fact]
    public void Somebody_who_leaves_before_the_answer_leaves_a_session_that_expires()
    {
        _driver.AutoPersist = false;
        TestClient client = _driver.Accept();
        client.SendConnect(new ConnectRequest(0, 0, 4000, 0, new byte[16], false));
        client.Disconnect();
        _driver.Persist();
        Assert.Equal(0, client.Waiting);
        Assert.Equal(1, _driver.Replica.State.Sessions.Count);
        _driver.AutoPersist = true;
        _driver.Advance(6001);
        Assert.Equal(0, _driver.Replica.State.Sessions.Count);
    }

    [Fact]
    public void A_handshake_that_is_none_ends_the_connection()
    {
        TestClient client = _driver.Accept();
        client.SendFrame([1, 2, 3]);
        Assert.Equal(0, client.Waiting);
        Assert.Equal(CloseReason.ProtocolViolation, client.Closed);
    }

    private TestClient Reattach(TestClient old, int timeout = 10_000)
    {
        TestClient client = _driver.Accept();
        client.SendConnect(new ConnectRequest(0, 0, timeout, old.SessionId, old.Handshake.Password, false));
        client.Handshake = client.ReadConnectResponse();
        return client;
    }
}
