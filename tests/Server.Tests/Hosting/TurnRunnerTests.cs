using System.Threading.Channels;
using Coordination.Server.Hosting;
using Coordination.Server.Network;

namespace Coordination.Server.Tests.Hosting;

/// <summary>The ways in which a turn, or the time for one, could get lost between two threads.</summary>
public sealed class TurnRunnerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 1000)]
    [InlineData(false, 0)]
    public async Task A_post_at_the_moment_of_release_gets_its_turn(bool polling, int spin)
    {
        if (polling && !OperatingSystem.IsLinux())
            return;

        MonotonicClock clock = new(TimeProvider.System);
        TaskCompletionSource again = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int turns = 0;
        ITurnRunner runner = polling ? new PollingThread(clock, TimeSpan.FromMicroseconds(spin)) : new OwnerThreadRunner(clock);
        runner.Start(Turn, () => { });
        runner.Wake(brief: false);
        await again.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        runner.Dispose();

        bool Turn()
        {
            // Ownership is given back inside the turn; the other thread posts before the runner learns of it.
            if (++turns == 1)
            {
                Thread poster = new(() => runner.Wake(brief: false));
                poster.Start();
                poster.Join();
            }
            else
            {
                again.TrySetResult();
            }

            return false;
        }
    }

    [Fact]
    public async Task What_is_thrown_on_the_polling_thread_is_reported_and_the_thread_goes_on()
    {
        if (!OperatingSystem.IsLinux())
            return;

        using PollingThread thread = new(new MonotonicClock(TimeProvider.System));
        Channel<string> heard = Channel.CreateUnbounded<string>();
        thread.Attach((_, _) => { }, failure => heard.Writer.TryWrite(failure.Message));
        thread.Run(() => throw new IOException("command"));
        thread.Run(() => thread.RunLater(0, () => throw new IOException("timer")));
        thread.Start(() => false, () => { });
        Assert.Equal("command", await NextAsync());
        Assert.Equal("timer", await NextAsync());
        thread.Run(() => heard.Writer.TryWrite("alive"));
        Assert.Equal("alive", await NextAsync());

        Task<string> NextAsync() => heard.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit);
    }

    [Fact]
    public void A_timer_that_rings_early_is_wound_up_again()
    {
        EarlyTime time = new();
        PostingThreadRunner runner = new(new MonotonicClock(time));
        runner.Start(Turn, () => runner.Wake(brief: false));
        runner.Wake(brief: false);
        Assert.Equal(1, time.TimesSet);

        time.Milliseconds = 996;
        time.Ring();
        Assert.Equal(2, time.TimesSet);
        runner.Dispose();

        bool Turn()
        {
            runner.WakeAt(1000);
            return false;
        }
    }

    /// <summary>A clock with one timer, which rings when the test says so.</summary>
    private sealed class EarlyTime : TimeProvider, ITimer
    {
        private Action? _ring;

        public long Milliseconds { get; set; }

        public int TimesSet { get; private set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Milliseconds;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _ring = () => callback(state);
            return this;
        }

        public void Ring() => _ring!();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            TimesSet++;
            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
