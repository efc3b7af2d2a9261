using Coordination.Server.Sessions;

namespace Coordination.Server.Tests.Sessions;

public sealed class SessionPartsTests
{
    [Theory]
    [InlineData(0x0100000000000001L, "054cc74a37327db215e702e20c73f005")]
    [InlineData(0x100000000000000aL, "64f1a94a57acd90ae03507bb2e1f5707")]
    public void The_password_is_the_one_that_Apache_computes(long id, string expected)
    {
        byte[] password = SessionPassword.For(id);
        Assert.Equal(expected, Convert.ToHexStringLower(password));
        Assert.True(SessionPassword.Matches(id, password));
        Assert.False(SessionPassword.Matches(id, password.AsSpan(0, 15)));
        Assert.False(SessionPassword.Matches(id + 1, password));
    }

    [Fact]
    public void Session_zero_has_no_password() => Assert.False(SessionPassword.Matches(0, SessionPassword.For(0)));

    [Fact]
    public void Ids_hold_the_server_and_a_clock_and_count_on()
    {
        var ids = new SessionIds(1, 0x12_3456_789A);
        Assert.Equal(0x0112_3456_789A_0000, ids.Next());
        Assert.Equal(0x0112_3456_789A_0001, ids.Next());
    }

    [Fact]
    public void Only_forty_bits_of_the_clock_count() => Assert.Equal(0x05FF_FFFF_FFFF_0000, new SessionIds(5, -1).Next());

    [Fact]
    public void The_mark_of_containers_is_no_session() => Assert.Equal(long.MinValue + 1, new SessionIds(0x80, 0).Next());

    [Theory]
    [InlineData(0, 4000, 6000)]
    [InlineData(1999, 4000, 6000)]
    [InlineData(2000, 4000, 8000)]
    [InlineData(2001, 4001, 8000)]
    public void A_deadline_is_the_timeout_rounded_up_to_a_tick(long now, int timeout, long expected) =>
        Assert.Equal(expected, new SessionExpiry(2000).DeadlineOf(now, timeout));

    [Fact]
    public void Sessions_expire_in_order_of_deadlines_then_of_touches()
    {
        var expiry = new SessionExpiry(1000);
        Session[] sessions = [new(1, 5000), new(2, 2000), new(3, 5000), new(4, 2000)];
        foreach (Session session in sessions)
            expiry.Touch(session, 0);
        expiry.Touch(sessions[1], 10);
        Assert.Equal(3000, expiry.NextDeadline);
        Assert.Null(expiry.TakeExpired(2999));
        Assert.Equal([2, 4], Take(3000));
        Assert.Equal(6000, expiry.NextDeadline);
        Assert.Equal([1, 3], Take(100_000));
        Assert.Equal(long.MaxValue, expiry.NextDeadline);

        List<long> Take(long now)
        {
            var ids = new List<long>();
            while (expiry.TakeExpired(now) is { } session)
                ids.Add(session.Id);
            return ids;
        }
    }

    [Fact]
    public void A_touch_moves_the_deadline_either_way()
    {
        var expiry = new SessionExpiry(1000);
        var session = new Session(1, 5000);
        expiry.Touch(session, 0);
        expiry.Touch(session, 4000);
        Assert.Equal(10_000, expiry.NextDeadline);
        session.NegotiatedMilliseconds = 2000;
        expiry.Touch(session, 4000);
        Assert.Equal(7000, expiry.NextDeadline);
        expiry.Remove(session);
        expiry.Remove(session);
        Assert.Equal(long.MaxValue, expiry.NextDeadline);
    }
}
