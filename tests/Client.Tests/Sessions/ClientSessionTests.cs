using Coordination.Protocol;

namespace Coordination.Client.Tests;

/// <summary>The session machine by itself: time is a number that the test sets.</summary>
public sealed class ClientSessionTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    private readonly ClientSession _session = new(Timeout, TimeSpan.FromSeconds(1));

    private TimeSpan SafeUntil => _session.Deadline.SafeUntil;

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(4, 1)]
    [InlineData(20, 5)]
    public void The_margin_is_a_second_or_a_quarter_of_the_timeout(int timeout, int margin) => Assert.Equal(
        TimeSpan.FromSeconds(margin),
        new SessionDeadline(TimeSpan.Zero).MarginFor(TimeSpan.FromSeconds(timeout)));

    [Fact]
    public void A_timeout_too_short_for_the_margin_keeps_half_of_it() => Assert.Equal(
        TimeSpan.FromMilliseconds(500),
        new SessionDeadline(TimeSpan.FromSeconds(1)).MarginFor(TimeSpan.FromSeconds(1)));

    [Fact]
    public void A_new_session_is_safe_from_the_sending_of_its_handshake()
    {
        Connect(sentAt: At(10), answeredAt: At(12));

        Assert.Equal(At(10) + Timeout - Margin, SafeUntil);
    }

    [Fact]
    public void A_ping_a_read_and_a_sync_never_move_the_deadline()
    {
        Connect(At(0), At(0));
        TimeSpan before = SafeUntil;

        _session.PingAnswered(At(1), At(1.1));
        Answer(OpCode.GetData, ErrorCode.Ok, zxid: 5, sentAt: At(2));
        Answer(OpCode.Sync, ErrorCode.Ok, zxid: 5, sentAt: At(3));

        Assert.Equal(before, SafeUntil);
    }

    [Theory]
    [InlineData(OpCode.Multi, ErrorCode.Ok)]
    [InlineData(OpCode.SetData, ErrorCode.BadVersion)]
    [InlineData(OpCode.Create2, ErrorCode.NodeExists)]
    [InlineData(OpCode.Delete, ErrorCode.NoNode)]
    public void An_answer_that_needed_a_quorum_moves_the_deadline_to_its_sending(OpCode type, ErrorCode error)
    {
        Connect(At(0), At(0));

        Answer(type, error, zxid: 7, sentAt: At(3));

        Assert.Equal(At(3) + Timeout - Margin, SafeUntil);
    }

    [Theory]
    [InlineData(ErrorCode.MarshallingError, 7)]
    [InlineData(ErrorCode.Unimplemented, -1)]
    [InlineData(ErrorCode.NotReadOnly, 7)]
    [InlineData(ErrorCode.ThrottledOp, 7)]
    [InlineData(ErrorCode.NoAuth, 0)]
    public void A_write_refused_by_the_connected_server_alone_proves_nothing(ErrorCode error, long zxid)
    {
        Connect(At(0), At(0));
        TimeSpan before = SafeUntil;

        Answer(OpCode.Create2, error, zxid, sentAt: At(3));

        Assert.Equal(before, SafeUntil);
    }

    [Fact]
    public void A_late_answer_to_an_early_request_does_not_move_the_deadline_back()
    {
        Connect(At(0), At(0));
        Answer(OpCode.SetData, ErrorCode.Ok, 8, sentAt: At(4));

        Answer(OpCode.SetData, ErrorCode.Ok, 9, sentAt: At(2));

        Assert.Equal(At(4) + Timeout - Margin, SafeUntil);
    }

    [Fact]
    public void Resuming_on_another_server_does_not_move_the_deadline_of_a_hold()
    {
        Connect(At(0), At(0));
        _session.Hold(true, At(0));
        TimeSpan before = SafeUntil;

        _session.Disconnected();
        _session.BeginHandshake(At(3));
        HandshakeResult result = _session.EndHandshake(Response(1, Timeout), At(3.1));

        Assert.Equal(HandshakeResult.Resumed, result);
        Assert.Equal(before, SafeUntil);
        Assert.Equal(Heartbeat.Quorum, _session.DueHeartbeat(At(3.1)));
    }

    [Fact]
    public void A_shorter_timeout_negotiated_anew_shortens_the_deadline()
    {
        Connect(At(0), At(0));

        _session.BeginHandshake(At(1));
        _session.EndHandshake(Response(1, TimeSpan.FromSeconds(4)), At(1));

        Assert.Equal(At(0) + TimeSpan.FromSeconds(3), SafeUntil);
    }

    [Fact]
    public void While_held_the_heartbeat_needs_a_quorum_and_comes_at_least_every_quarter()
    {
        Connect(At(0), At(0));
        _session.Hold(true, At(0));
        Assert.Equal(Heartbeat.Quorum, _session.DueHeartbeat(At(0)));
        _session.Sent(needsQuorum: true, At(0));

        for (double at = 0; at < 1.5; at += 0.1)
            _session.Sent(needsQuorum: false, At(at));

        Assert.Equal(Heartbeat.None, _session.DueHeartbeat(At(1.5)));
        Assert.Equal(Heartbeat.Quorum, _session.DueHeartbeat(At(2)));
        Assert.True(_session.NextWhileConnected() <= At(2));
    }

    [Fact]
    public void Without_a_hold_the_heartbeat_is_a_ping_and_contact_is_enough()
    {
        Connect(At(0), At(0));

        Assert.Equal(Heartbeat.Ping, _session.DueHeartbeat(At(2)));
        for (int at = 0; at < 100; at += 2)
            _session.PingAnswered(At(at), At(at));

        Assert.False(_session.DeadlinePassed(At(99)));
        Assert.True(_session.DeadlinePassed(At(98 + 6)));
    }

    [Fact]
    public void A_hold_on_an_idle_session_gets_the_time_of_one_confirmation_and_no_more()
    {
        Connect(At(0), At(0));
        for (int at = 0; at <= 100; at += 2)
            _session.PingAnswered(At(at), At(at));

        _session.Hold(true, At(100));
        Assert.False(_session.DeadlinePassed(At(101)));
        _session.PingAnswered(At(104), At(104));
        Assert.True(_session.DeadlinePassed(At(107)));

        Answer(OpCode.Multi, ErrorCode.Ok, 9, sentAt: At(101));
        Assert.Equal(At(101) + Timeout - Margin, _session.Deadline.LostAt);
    }

    [Fact]
    public void A_session_presumed_lost_is_attached_to_only_to_be_closed()
    {
        Connect(At(0), At(0));
        Answer(OpCode.SetData, ErrorCode.Ok, zxid: 42, sentAt: At(0));
        _session.Disconnected();
        Assert.True(_session.DeadlinePassed(At(6)));
        _session.PresumeLost();

        ConnectRequest attach = _session.BeginHandshake(At(7));
        HandshakeResult attached = _session.EndHandshake(Response(1, Timeout), At(7));
        Assert.Equal(1, attach.SessionId);
        Assert.Equal(HandshakeResult.AttachedToClose, attached);
        Assert.Equal(SessionState.Lost, _session.State);

        _session.Ended();
        ConnectRequest anew = _session.BeginHandshake(At(8));
        Assert.Equal(0, anew.SessionId);
        Assert.Equal(42, anew.LastZxidSeen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_holder_keeps_the_margin_to_stop_in_before_its_old_session_is_closed(bool held)
    {
        Connect(At(0), At(0));
        _session.Hold(held, At(0));
        Answer(OpCode.SetData, ErrorCode.Ok, zxid: 42, sentAt: At(0));
        TimeSpan lostAt = _session.Deadline.LostAt;
        _session.Disconnected();

        _session.PresumeLost();
        Assert.Equal(held ? lostAt + Margin : default, _session.MayCloseOldAt);
        _session.Ended();
        Assert.Equal(default, _session.MayCloseOldAt);
    }

    [Fact]
    public void Zero_is_offered_only_after_a_whole_timeout_of_refusals_and_only_every_other_time()
    {
        Connect(At(0), At(0));
        Answer(OpCode.SetData, ErrorCode.Ok, zxid: 42, sentAt: At(0));

        _session.HandshakeCutOff(At(1));
        _session.HandshakeCutOff(At(8.9));
        Assert.Equal(42, _session.BeginHandshake(At(8.9)).LastZxidSeen);
        _session.HandshakeCutOff(At(9));
        Assert.Equal(0, _session.BeginHandshake(At(9)).LastZxidSeen);
        _session.HandshakeCutOff(At(9.1));
        Assert.Equal(42, _session.BeginHandshake(At(9.1)).LastZxidSeen);
        _session.HandshakeCutOff(At(9.2));
        _session.BeginHandshake(At(9.2));
        _session.EndHandshake(Response(1, Timeout), At(9.2));

        Assert.True(_session.HistoryWasReset);
        Assert.Equal(0, _session.LastZxidSeen);
    }

    [Fact]
    public void A_server_that_only_reads_is_not_used()
    {
        _session.BeginHandshake(At(0));

        Assert.Equal(HandshakeResult.ReadOnly, _session.EndHandshake(Response(1, Timeout) with { ReadOnly = true }, At(0)));
        Assert.Equal(0, _session.Id);
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(1000 + seconds);

    private static ConnectResponse Response(long id, TimeSpan timeout) => new(0, (int)timeout.TotalMilliseconds, id, new byte[16], false);

    private void Connect(TimeSpan sentAt, TimeSpan answeredAt)
    {
        _session.BeginHandshake(sentAt);
        Assert.Equal(HandshakeResult.Created, _session.EndHandshake(Response(1, Timeout), answeredAt));
    }

    private void Answer(OpCode type, ErrorCode error, long zxid, TimeSpan sentAt) => _session.Answered(
        new InternalRequest<EmptyRecord>(type, default) { SentAt = sentAt },
        new(1, zxid, error),
        sentAt + TimeSpan.FromMilliseconds(5));
}
