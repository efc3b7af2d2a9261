using Coordination.Protocol;

namespace Coordination.Client.Tests;

/// <summary>
/// The promise of the local deadline in virtual time: whatever the network does, and whatever a server without its ensemble answers, a
/// held session is presumed lost before the ensemble can have expired it.
/// </summary>
public sealed class BlackHoleTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private enum Weather
    {
        Fine,
        Nothing,
        CutOffServer,
        Reconnect,
    }

    [Fact]
    public void A_thousand_random_schedules_never_outlive_the_earliest_expiry()
    {
        for (int seed = 0; seed < 1000; seed++)
        {
            (TimeSpan lostAt, TimeSpan expiry) = Run(new Random(seed), hostile: true);
            Assert.True(lostAt < expiry, $"Seed {seed}: presumed lost at {lostAt}, expired at {expiry}.");
        }
    }

    [Fact]
    public void In_fine_weather_a_held_session_is_never_lost()
    {
        for (int seed = 0; seed < 20; seed++)
            Assert.Equal(TimeSpan.MaxValue, Run(new Random(seed), hostile: false).LostAt);
    }

    private static (TimeSpan LostAt, TimeSpan Expiry) Run(Random random, bool hostile)
    {
        TimeSpan timeout = TimeSpan.FromSeconds(random.Next(2, 21));
        var session = new ClientSession(timeout, TimeSpan.FromSeconds(1));
        var onTheWay = new PriorityQueue<(PendingRequest? Request, TimeSpan SentAt), TimeSpan>();
        TimeSpan now = TimeSpan.FromSeconds(1000);
        session.BeginHandshake(now);
        TimeSpan touched = now + TimeSpan.FromMilliseconds(random.Next(50));
        session.EndHandshake(new(0, (int)timeout.TotalMilliseconds, 1, new byte[16], false), touched);
        session.Hold(true, touched);
        Weather weather = Weather.Fine;
        TimeSpan changesAt = now;
        TimeSpan end = now + (timeout * 30);
        for (now = touched; now < end; now += Step)
        {
            if (hostile && now >= changesAt)
            {
                weather = now > end - (timeout * 3) ? Weather.Nothing : (Weather)random.Next(4);
                changesAt = now + (timeout * random.NextDouble() * 0.8);
                if (weather == Weather.Reconnect)
                    Reconnect(session, onTheWay, now, timeout);
            }

            while (onTheWay.TryPeek(out (PendingRequest? Request, TimeSpan SentAt) reply, out TimeSpan due) && due <= now)
            {
                onTheWay.Dequeue();
                if (reply.Request is { } request)
                    session.Answered(request, new(1, 9, ErrorCode.Ok), now);
                else
                    session.PingAnswered(reply.SentAt, now);
            }

            if (session.DeadlinePassed(now))
                return (now, touched + timeout);
            Send(session, weather, random, onTheWay, now, ref touched);
        }

        return (TimeSpan.MaxValue, touched + timeout);
    }

    // A cut-off server answers pings and touches nothing that counts; requests that pass touch the session even if the answer is lost.
    private static void Send(
        ClientSession session,
        Weather weather,
        Random random,
        PriorityQueue<(PendingRequest? Request, TimeSpan SentAt), TimeSpan> onTheWay,
        TimeSpan now,
        ref TimeSpan touched)
    {
        Heartbeat due = session.DueHeartbeat(now);
        if (due == Heartbeat.None && random.Next(20) == 0)
            due = Heartbeat.Ping;
        if (due == Heartbeat.None)
            return;

        session.Sent(due == Heartbeat.Quorum, now);
        TimeSpan arrival = now + TimeSpan.FromMilliseconds(random.Next(1, 150));
        TimeSpan answer = arrival + TimeSpan.FromMilliseconds(random.Next(1, 150));
        if (due == Heartbeat.Quorum && weather is (Weather.Fine or Weather.Reconnect))
        {
            touched = arrival > touched ? arrival : touched;
            onTheWay.Enqueue((new InternalRequest<EmptyRecord>(OpCode.Multi, default) { SentAt = now }, now), answer);
        }
        else if (due == Heartbeat.Ping && weather is (Weather.Fine or Weather.CutOffServer))
        {
            onTheWay.Enqueue((null, now), answer);
        }
    }

    private static void Reconnect(
        ClientSession session, PriorityQueue<(PendingRequest? Request, TimeSpan SentAt), TimeSpan> onTheWay, TimeSpan now, TimeSpan timeout)
    {
        onTheWay.Clear();
        session.Disconnected();
        session.BeginHandshake(now);
        session.EndHandshake(new(0, (int)timeout.TotalMilliseconds, 1, new byte[16], false), now);
    }
}
