using Coordination.Protocol;
using Coordination.Server.Hosting;
using Coordination.Server.Replication;
using Coordination.Server.Storage;
using Coordination.Server.Tests.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Hosting;

/// <summary>A second thread reads ahead of the one that rebuilds the state; nobody can tell from what comes out.</summary>
public sealed class ReadAheadTests
{
    private sealed class Part
    {
        public int Number { get; set; }
    }

    [Fact]
    public void Parts_arrive_in_order_and_few_are_made()
    {
        int made = 0;
        using ReadAhead<Part> ahead = new(() => new Part { Number = ++made }, reader =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                Part part = reader.Rent();
                part.Number = i;
                reader.Hand(part);
            }
        });
        int expected = 0;
        while (ahead.Take() is { } part)
            Assert.Equal(expected++, part.Number);
        Assert.Equal(10_000, expected);
        Assert.InRange(made, 1, 8);
        Assert.Null(ahead.Take());
    }

    [Fact]
    public void What_the_reader_throws_comes_behind_the_parts_that_were_whole()
    {
        using ReadAhead<Part> ahead = new(() => new Part(), reader =>
        {
            reader.Hand(reader.Rent());
            throw new JuteFormatException(JuteError.InvalidValue, 0, "damaged");
        });
        Assert.NotNull(ahead.Take());
        Assert.Equal("damaged", Assert.Throws<JuteFormatException>(ahead.Take).Message);
    }

    [Fact]
    public void A_reader_whose_parts_nobody_takes_is_sent_home()
    {
        bool cancelled = false;
        ReadAhead<Part> ahead = new(() => new Part(), reader =>
        {
            try
            {
                while (true)
                    reader.Hand(reader.Rent());
            }
            catch (OperationCanceledException)
            {
                cancelled = true;
                throw;
            }
        });
        Assert.NotNull(ahead.Take());
        ahead.Dispose();
        Assert.True(cancelled);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void One_thread_or_two_rebuild_the_same(bool loadAhead, bool replayAhead)
    {
        using TempDirectory directory = new();
        StorageOptions options = new() { DataDirectory = directory.Path, PreAllocSizeKiB = 64 };
        using (StorageEngine engine = StorageEngine.Open(PhysicalDisk.Instance, options))
        {
            Entries.WriteSnapshot(engine, 0);
            engine.AppendAndFlush(Entries.Batch(1, 1000));
            engine.AppendAndFlush(Entries.Batch(
                1001, 200, static zxid => zxid % 3 == 0 ? Entries.Data(zxid, 20_000) : Entries.Error(zxid)));
        }

        using StorageEngine reopened = StorageEngine.Open(PhysicalDisk.Instance, options);
        RecoveredState state = StateRebuild.Run(reopened.Recovery, loadAhead, replayAhead, out _);
        Assert.Equal((new Zxid(1200), 1200, 1000), (state.LastZxid, state.Replayed, state.Sessions.Ordered().Length));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_entry_that_is_no_transaction_is_refused_with_its_place(bool ahead)
    {
        using TempDirectory directory = new();
        StorageOptions options = new() { DataDirectory = directory.Path, PreAllocSizeKiB = 64 };
        using (StorageEngine engine = StorageEngine.Open(PhysicalDisk.Instance, options))
        {
            Entries.WriteSnapshot(engine, 0);
            byte[] nothing = Entries.Error(700);
            nothing[28] = 0x55;
            engine.AppendAndFlush(Entries.Batch(1, 999, zxid => zxid == 700 ? nothing : Entries.Session(zxid)));
        }

        using StorageEngine reopened = StorageEngine.Open(PhysicalDisk.Instance, options);
        CorruptLogException refusal = Assert.Throws<CorruptLogException>(
            () => StateRebuild.Run(reopened.Recovery, loadAhead: ahead, replayAhead: ahead, out _));
        Assert.Contains("transaction 0x2bc cannot be understood", refusal.Message, StringComparison.Ordinal);
    }
}
