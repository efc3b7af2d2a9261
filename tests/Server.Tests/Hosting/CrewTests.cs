using Coordination.Server.Hosting;

namespace Coordination.Server.Tests.Hosting;

/// <summary>Pieces of work shared among threads: each done once, none of them in another run than its own.</summary>
public sealed class CrewTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Every_piece_is_done_once_and_within_its_run(int helpers)
    {
        using Crew crew = new(helpers);
        int[] done = new int[40];
        int run = 0;
        var random = new Random(7);
        for (run = 1; run <= 20_000; run++)
        {
            int count = random.Next(1, done.Length + 1);
            Array.Clear(done);
            int ofRun = run;
            crew.Run(count, index =>
            {
                Assert.Equal(ofRun, run);
                Interlocked.Increment(ref done[index]);
            });
            Assert.All(done[..count], times => Assert.Equal(1, times));
            Assert.All(done[count..], times => Assert.Equal(0, times));

            // Now and then the helpers fall asleep.
            if (run % 1000 == 0)
                Thread.Sleep(2);
        }
    }

    [Fact]
    public void The_failure_of_a_piece_reaches_the_owner_after_all_pieces()
    {
        using Crew crew = new(2);
        int done = 0;
        var failure = Assert.Throws<InvalidDataException>(() => crew.Run(10, index =>
        {
            Interlocked.Increment(ref done);
            if (index == 3)
                throw new InvalidDataException("piece 3");
        }));
        Assert.Equal("piece 3", failure.Message);
        Assert.Equal(10, done);
    }
}
