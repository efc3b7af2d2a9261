using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Storage;

namespace Coordination.Server.Tests.Storage;

public sealed class HistoryFilesTests
{
    private static StorageOptions Options => new()
    {
        DataDirectory = "/data",
        PreAllocSizeKiB = 64,
        SnapRetainCount = 3,
        Random = new Random(1),
    };

    [Fact]
    public void The_history_of_an_epoch_is_found_over_several_files_and_read_in_slices()
    {
        using StorageEngine engine = Reopened(Logged(Epoch(1, 60), rollEvery: 7));
        for (int after = 0; after < 60; after++)
        {
            // At the start of the epoch there is no entry, but the empty state of the first snapshot.
            Zxid start = after == 0 ? Zxid.Zero : Zxid.Create(1, (uint)after);
            Assert.Equal(start, engine.LocateHistory(Zxid.Create(1, (uint)after), Zxid.Create(1, 60)));
            Assert.Equal(Epoch(1, 60).Skip(after), ReadAll(engine, start, Zxid.Create(1, 60), bytes: 100));
            Assert.Equal(Epoch(1, 50).Skip(after), ReadAll(engine, start, Zxid.Create(1, 50), bytes: 1 << 20));
        }
    }

    [Fact]
    public void An_entry_that_is_not_ours_is_answered_with_the_one_before_it()
    {
        using StorageEngine engine = Reopened(Logged([.. Epoch(2, 9), .. Epoch(5, 9)], rollEvery: 4));

        // The files have one start of an epoch behind the trusted state: the one at which this process began to write.
        engine.AppendAndFlush(Batch(Epoch(7, 5)));
        var last = Zxid.Create(7, 5);
        Assert.Equal(Zxid.Create(5, 9), engine.LocateHistory(Zxid.Create(5, 40), last));
        Assert.Equal(Zxid.Create(5, 9), engine.LocateHistory(Zxid.Create(6, 3), last));
        Assert.Equal(Zxid.Create(7, 5), engine.LocateHistory(Zxid.Create(7, 9), last));
        Assert.Equal(Zxid.Create(5, 8), engine.LocateHistory(Zxid.Create(5, 8), last));
    }

    /// <summary>Apache's servers leave gaps where a snapshot came from a leader; between epochs the numbers do not show them.</summary>
    [Fact]
    public void Across_epochs_nothing_is_believed_that_is_older_than_the_snapshot_of_the_start()
    {
        SimulatedDisk disk = Logged([.. Epoch(1, 20), .. Epoch(2, 20)], rollEvery: 8, snapshotAt: Zxid.Create(2, 10));
        using StorageEngine engine = StorageEngine.Open(disk, Options);
        Assert.Equal(Zxid.Create(2, 10), engine.Trusted);
        Assert.Null(engine.LocateHistory(Zxid.Create(1, 15), Zxid.Create(2, 20)));
        Assert.Null(engine.LocateHistory(Zxid.Create(1, 20), Zxid.Create(2, 20)));
        Assert.Equal(Zxid.Create(2, 1), engine.LocateHistory(Zxid.Create(2, 1), Zxid.Create(2, 20)));

        // What this process wrote it knows.
        engine.AppendAndFlush(Batch(Epoch(3, 4)));
        Assert.Equal(Zxid.Create(2, 5), engine.LocateHistory(Zxid.Create(2, 5), Zxid.Create(3, 4)));
    }

    [Fact]
    public void More_than_a_part_of_the_snapshot_is_dearer_than_the_snapshot()
    {
        SimulatedDisk disk = Logged([], rollEvery: 100);
        using StorageEngine engine = StorageEngine.Open(disk, Options);
        engine.AppendAndFlush(Entries.Batch(1, 40, zxid => Entries.Data(zxid, 10_000)));
        Assert.Null(engine.LocateHistory(new Zxid(1), new Zxid(40)));
        Assert.Equal(new Zxid(20), engine.LocateHistory(new Zxid(20), new Zxid(40)));

        using (SnapshotFileWriter writer = engine.BeginSnapshot(new Zxid(40)))
        {
            for (int i = 0; i < 20; i++)
                writer.Append(new byte[100_000]);
            writer.Complete(Zxid.Zero, 0);
        }

        Assert.Equal(new Zxid(1), engine.LocateHistory(new Zxid(1), new Zxid(40)));
        engine.Dispose();
        using StorageEngine never = StorageEngine.Open(Logged(Epoch(1, 5), rollEvery: 9), Options with { SnapshotSizeFactor = -1 });
        Assert.Null(never.LocateHistory(Zxid.Create(1, 1), Zxid.Create(1, 5)));
    }

    [Fact]
    public void A_reader_goes_on_while_the_log_grows_is_rolled_and_purged()
    {
        using StorageEngine engine = StorageEngine.Open(Logged([], rollEvery: 100), Options);
        engine.AppendAndFlush(Entries.Batch(1, 20));
        engine.Roll();
        engine.AppendAndFlush(Entries.Batch(21, 20));
        using HistoryReader reader = engine.OpenHistory(new Zxid(5), new Zxid(40));
        LogBatch batch = new();
        Assert.True(reader.Read(batch, 1));
        for (int zxid = 41; zxid < 241; zxid += 20)
        {
            engine.Roll();
            engine.AppendAndFlush(Entries.Batch(zxid, 20));
            Entries.WriteSnapshot(engine, zxid);
            Assert.DoesNotContain(engine.Purge(), path => DataFileName.LooksLikeLog(Path.GetFileName(path)));
            _ = reader.Read(batch, 1);
        }

        while (reader.Read(batch, 300))
        {
        }

        Assert.Equal(Enumerable.Range(6, 35), batch.Entries.Select(entry => (int)entry.Zxid.Value));
        reader.Dispose();
        Assert.Contains(engine.Purge(), path => Path.GetFileName(path) == "log.1");
    }

    [Fact]
    public void Beyond_the_budget_the_one_that_lags_most_gives_way_and_what_the_snapshots_need_stays()
    {
        long file = new LogLengths().OfOne();
        using StorageEngine engine = StorageEngine.Open(Logged([], rollEvery: 100), Options with { MaxPinnedLogBytes = 3 * file });
        using LogPin last = engine.Pin(new Zxid(1));
        using LogPin middle = engine.Pin(new Zxid(105));
        using HistoryReader reader = engine.OpenHistory(new Zxid(1), new Zxid(20));
        for (int zxid = 1; zxid < 201; zxid += 20)
        {
            engine.AppendAndFlush(Entries.Batch(zxid, 20));
            engine.Roll();
            Entries.WriteSnapshot(engine, zxid + 19);
        }

        // The third snapshot from the end is that of 160, in the log from 141 on; three logs before it may be kept: from 81 on.
        engine.Purge();
        Assert.True(last.IsBroken);
        Assert.False(middle.IsBroken);
        Assert.Throws<HistoryGoneException>(() => reader.Read(new LogBatch(), 100));
        Assert.Equal(new Zxid(120), engine.LocateHistory(new Zxid(120), new Zxid(200)));
        Assert.Null(engine.LocateHistory(new Zxid(50), new Zxid(200)));
        using (HistoryReader behind = engine.OpenHistory(new Zxid(105), new Zxid(200)))
        {
            LogBatch batch = new();
            while (behind.Read(batch, 100))
            {
            }

            Assert.Equal(95, batch.Entries.Count);
        }

        middle.Dispose();
        engine.Purge();
        Assert.Null(engine.LocateHistory(new Zxid(120), new Zxid(200)));
        Assert.Equal(new Zxid(150), engine.LocateHistory(new Zxid(150), new Zxid(200)));
    }

    [Fact]
    public void Nobody_goes_on_reading_a_history_that_was_cut()
    {
        using StorageEngine engine = StorageEngine.Open(Logged([], rollEvery: 100), Options);
        engine.AppendAndFlush(Entries.Batch(1, 40));
        using HistoryReader reader = engine.OpenHistory(new Zxid(5), new Zxid(40));
        Assert.True(reader.Read(new LogBatch(), 1));
        Assert.NotNull(engine.Truncate(new Zxid(20)));
        Assert.Throws<HistoryGoneException>(() => reader.Read(new LogBatch(), 1));

        engine.AppendAndFlush(Batch(Epoch(4, 3)));
        Assert.Equal(new Zxid(20), engine.LocateHistory(new Zxid(33), Zxid.Create(4, 3)));
    }

    [Fact]
    public void Damage_in_the_files_means_a_snapshot()
    {
        SimulatedDisk disk = Logged(Epoch(1, 30), rollEvery: 10);
        using StorageEngine engine = StorageEngine.Open(disk, Options);
        string path = Path.Combine(Options.LogFiles, DataFileName.Log(Zxid.Create(1, 11)));
        byte[] bytes = disk.Get(path);
        bytes[200] ^= 1;
        disk.Put(path, bytes);
        Assert.Null(engine.LocateHistory(Zxid.Create(1, 5), Zxid.Create(1, 30)));
        using HistoryReader reader = engine.OpenHistory(Zxid.Create(1, 5), Zxid.Create(1, 30));
        Assert.Throws<HistoryGoneException>(() => reader.Read(new LogBatch(), 1 << 20));
        Assert.Equal(Zxid.Create(1, 21), engine.LocateHistory(Zxid.Create(1, 21), Zxid.Create(1, 30)));
    }

    private static Zxid[] Epoch(int epoch, int count) => [.. Enumerable.Range(1, count).Select(counter => Zxid.Create(epoch, (uint)counter))];

    private static LogBatch Batch(IEnumerable<Zxid> zxids)
    {
        LogBatch batch = new();
        foreach (Zxid zxid in zxids)
            batch.Add(zxid, Entries.Session(zxid.Value));
        return batch;
    }

    private static SimulatedDisk Logged(Zxid[] zxids, int rollEvery, Zxid snapshotAt = default)
    {
        SimulatedDisk disk = new();
        using StorageEngine engine = StorageEngine.Open(disk, Options);
        Entries.WriteSnapshot(engine, 0);
        foreach (Zxid[] chunk in zxids.Chunk(rollEvery))
        {
            engine.AppendAndFlush(Batch(chunk));
            engine.Roll();
        }

        if (snapshotAt != Zxid.Zero)
            Entries.WriteSnapshot(engine, snapshotAt.Value);
        return disk;
    }

    private static StorageEngine Reopened(SimulatedDisk disk)
    {
        StorageEngine engine = StorageEngine.Open(disk, Options);
        Assert.Equal(Zxid.Zero, engine.Trusted);
        return engine;
    }

    private static List<Zxid> ReadAll(StorageEngine engine, Zxid after, Zxid upTo, int bytes)
    {
        using HistoryReader reader = engine.OpenHistory(after, upTo);
        List<Zxid> zxids = [];
        LogBatch batch = new();
        bool more = after < upTo;
        while (more)
        {
            batch.Clear();
            more = reader.Read(batch, bytes);
            Assert.NotEmpty(batch.Entries);
            for (int i = 0; i < batch.Entries.Count; i++)
            {
                Assert.True(batch[i].SequenceEqual(Entries.Session(batch.Entries[i].Zxid.Value)));
                zxids.Add(batch.Entries[i].Zxid);
            }
        }

        return zxids;
    }

    private sealed class LogLengths
    {
        public long OfOne()
        {
            using StorageEngine engine = StorageEngine.Open(Logged([], rollEvery: 100), Options);
            engine.AppendAndFlush(Entries.Batch(1, 20));
            engine.Roll();
            return engine.LogBytes();
        }
    }
}
