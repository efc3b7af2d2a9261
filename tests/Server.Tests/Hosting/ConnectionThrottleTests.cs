using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

public sealed class ConnectionThrottleTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_bucket_of_tokens_lets_a_burst_pass_and_fills_with_time()
    {
        ConnectionThrottle throttle = new(new() { Tokens = 3, FillTime = TimeSpan.FromMilliseconds(10), FillCount = 2 }, () => 0.5, now: 0);
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => throttle.Admits(isNew: true, now: 5)));
        Assert.Equal(3, throttle.Deficit);

        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => throttle.Admits(isNew: true, now: 11)));
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => throttle.Admits(isNew: true, now: long.MaxValue / 2)));
    }

    [Fact]
    public void New_sessions_may_cost_more_than_those_that_come_back()
    {
        ConnectionThrottle throttle = new(new() { Tokens = 5, Weighted = true }, () => 0.5, now: 0);
        Assert.True(throttle.Admits(isNew: true, now: 0));
        Assert.False(throttle.Admits(isNew: true, now: 0));
        Assert.True(throttle.Admits(isNew: false, now: 0));
        Assert.Equal(5, throttle.Deficit);
    }

    [Fact]
    public void While_the_bucket_is_empty_more_is_dropped_at_random_and_less_when_it_is_full_again()
    {
        ConnectionThrottleOptions options = new()
        {
            Tokens = 1,
            FillTime = TimeSpan.FromSeconds(1),
            FreezeTime = TimeSpan.Zero,
            DropIncrease = 0.3,
            DropDecrease = 0.1,
        };
        ConnectionThrottle throttle = new(options, () => 0.45, now: 0);
        Assert.True(throttle.Admits(isNew: true, now: 0));
        for (int now = 1; now <= 2; now++)
            Assert.False(throttle.Admits(isNew: true, now));
        Assert.Equal(0.6, throttle.DropProbability, precision: 6);

        // Full again, but still dropped at random, until the probability is below what is drawn.
        Assert.False(throttle.Admits(isNew: true, now: 2000));
        Assert.True(throttle.Admits(isNew: true, now: 2001));
        Assert.Equal(0.4, throttle.DropProbability, precision: 6);
    }

    [Fact]
    public async Task A_session_too_many_is_closed_without_an_answer_and_counted()
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.ConnectionThrottle.Tokens = 2;
        options.ConnectionThrottle.FillTime = TimeSpan.FromHours(1);
        await using TestServer server = await TestServer.StartAsync(options);
        using RawClient first = await server.ConnectAsync();
        using RawClient second = await server.ConnectAsync();
        using RawClient third = await RawClient.DialAsync(server.Endpoint);
        await third.SendFrameAsync(new ConnectRequest(0, 0, 10_000, 0, new byte[16], false));
        Assert.Null(await third.ReadFrameAsync());
        Assert.Equal(ErrorCode.Ok, (await second.CreateAsync("/a", [])).Header.Error);
        Assert.Contains(server.Log, static line => line.Contains("connectionMaxTokens", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_large_request_too_many_closes_its_connection()
    {
        CoordinationServerOptions options = TestServer.Options(_directory.Path);
        options.LargeRequestThreshold = 1000;
        options.LargeRequestMaxBytes = 4000;
        await using TestServer server = await TestServer.StartAsync(options);
        using RawClient client = await server.ConnectAsync();
        for (int i = 0; i < 5; i++)
            Assert.Equal(ErrorCode.Ok, (await client.CreateAsync($"/n{i}", new byte[3000])).Header.Error);

        await client.SendAsync(OpCode.SetData, new SetDataRequest("/n0", new byte[4000], -1));
        Assert.Null(await client.ReadFrameAsync());
    }
}
