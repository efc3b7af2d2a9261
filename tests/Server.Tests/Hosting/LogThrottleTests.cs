using Coordination.Server.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>What strangers can provoke is said, but not as often as they like.</summary>
public sealed class LogThrottleTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<(string Kind, long LeftOut)> _summaries = [];
    private readonly LogThrottle _throttle;

    public LogThrottleTests() => _throttle = new LogThrottle(_time, (kind, leftOut) => _summaries.Add((kind, leftOut)));

    [Fact]
    public void Ten_thousand_messages_are_one_and_a_count()
    {
        int said = Enumerable.Range(0, 10_000).Count(_ => _throttle.MaySay("silent"));
        Assert.Equal(1, said);
        Assert.Empty(_summaries);

        _time.Advance(LogThrottle.Interval);
        Assert.Equal([("silent", 9_999L)], _summaries);
    }

    [Fact]
    public void A_lone_message_needs_no_summary_and_the_next_interval_starts_anew()
    {
        Assert.True(_throttle.MaySay("silent"));
        _time.Advance(LogThrottle.Interval);
        Assert.Empty(_summaries);
        Assert.True(_throttle.MaySay("silent"));
    }

    [Fact]
    public void Kinds_are_counted_apart_and_may_be_worth_more_than_one_line()
    {
        Assert.True(_throttle.MaySay("silent"));
        Assert.True(_throttle.MaySay("expired", perInterval: 2));
        Assert.True(_throttle.MaySay("expired", perInterval: 2));
        Assert.False(_throttle.MaySay("expired", perInterval: 2));

        _throttle.Flush();
        Assert.Equal([("expired", 1L)], _summaries);
    }
}
