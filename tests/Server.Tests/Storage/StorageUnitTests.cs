using System.IO.Compression;
using Coordination.Protocol;
using Coordination.Server.Storage;

namespace Coordination.Server.Tests.Storage;

public sealed class StorageUnitTests
{
    [Fact]
    public void The_checksum_is_that_of_RFC_1950()
    {
        Assert.Equal(1u, Adler32.Compute([]));
        Assert.Equal(0x11E60398u, Adler32.Compute("Wikipedia"u8));
        Random random = new(5);
        foreach (int length in (int[])[1, 15, 16, 17, 5551, 5552, 5553, 100_003])
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);
            bytes.AsSpan(0, length / 2).Fill(0xFF);
            Adler32 pieces = new();
            for (int from = 0; from < length; from += 777)
                pieces.Append(bytes.AsSpan(from, Math.Min(777, length - from)));
            Assert.Equal(Naive(bytes), Adler32.Compute(bytes));
            Assert.Equal(Naive(bytes), pieces.Value);
        }
    }

    [Theory]
    [InlineData("log.1f", 0x1f)]
    [InlineData("log.0", 0)]
    [InlineData("log.7fffffffffffffff", long.MaxValue)]
    [InlineData("log.5.fixed", -1)]
    [InlineData("log.", -1)]
    [InlineData("log.-1", -1)]
    [InlineData("log.ffffffffffffffff", -1)]
    [InlineData("log.1g", -1)]
    [InlineData("tmp-log.5", -1)]
    [InlineData("snapshot.5", -1)]
    public void Only_exact_names_are_logs(string name, long expected) =>
        Assert.Equal(expected, DataFileName.TryParseLog(name, out Zxid first) ? first.Value : -1);

    [Theory]
    [InlineData("snapshot.12", "")]
    [InlineData("snapshot.12.gz", "gz")]
    [InlineData("snapshot.12.snappy", "snappy")]
    [InlineData("snapshot.12.tmp", null)]
    [InlineData("snapshot.12.gz.bak", null)]
    [InlineData("tmp-snapshot.12", null)]
    public void Leftovers_are_no_snapshots(string name, string? expected) =>
        Assert.Equal(expected, DataFileName.TryParseSnapshot(name, out _, out string suffix) ? suffix : null);

    [Fact]
    public void Purging_keeps_the_newest_snapshots_and_the_logs_they_need()
    {
        List<SnapshotFile> snapshots = [.. new long[] { 50, 40, 30, 20, 10 }.Select(zxid => new SnapshotFile(new Zxid(zxid), $"s{zxid}", "", 1))];
        List<(Zxid, string)> logs = [.. new long[] { 1, 11, 21, 28, 31, 45 }.Select(zxid => (new Zxid(zxid), $"l{zxid}"))];

        Assert.Equal(["s10", "s20", "l1", "l11", "l21"], Retention.Plan(snapshots, snapshots, logs, 3));
        Assert.Equal(["s10", "s20", "s30", "l1", "l11", "l21", "l28"], Retention.Plan(snapshots, snapshots, logs, 2));
        Assert.Equal(["s10", "l1"], Retention.Plan([snapshots[0], snapshots[2], snapshots[3]], snapshots, logs, 3));
        Assert.Empty(Retention.Plan(snapshots, snapshots, logs, 6));
        Assert.Empty(Retention.Plan(snapshots, snapshots, logs, 0));
    }

    [Fact]
    public void A_gzipped_snapshot_is_read_and_a_snappy_one_refused()
    {
        SimulatedDisk disk = Golden.Load("restarted");
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(disk.Get(Golden.File("snapshot.25")));
        disk.Delete(Golden.File("snapshot.25"));
        disk.Put(Golden.File("snapshot.25.gz"), compressed.ToArray());
        Assert.Equal((0x25L, 0x3bL), (Outcome.Of(disk).Snapshot.Value, Outcome.Of(disk).Last));

        byte[] damaged = compressed.ToArray();
        damaged[damaged.Length / 2] ^= 0x40;
        disk.Put(Golden.File("snapshot.25.gz"), damaged);
        Assert.Equal((0xfL, 0x3bL), (Outcome.Of(disk).Snapshot.Value, Outcome.Of(disk).Last));

        disk.Put(Golden.File("snapshot.26.snappy"), [0x82]);
        Assert.Contains("snappy", Outcome.Of(disk).Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Separate_directories_with_mixed_up_files_are_refused()
    {
        SimulatedDisk disk = Golden.Load("plain");
        StorageOptions options = new() { DataDirectory = Golden.Directory, DataLogDirectory = "/logs" };
        string message = Assert.Throws<DataDirectoryException>(() => StorageEngine.Open(disk, options)).Message;
        Assert.Contains(Golden.File("log.1"), message, StringComparison.Ordinal);

        disk.Put("/logs/version-2/log.1", disk.Get(Golden.File("log.1")));
        disk.Delete(Golden.File("log.1"));
        using (StorageEngine engine = StorageEngine.Open(disk, options))
            Assert.Equal(new Zxid(0xf), engine.Last);

        disk.Put("/logs/version-2/snapshot.3", []);
        Assert.Throws<DataDirectoryException>(() => StorageEngine.Open(disk, options));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(15)]
    [InlineData(64)]
    public void A_log_that_was_created_and_never_written_is_removed(int length)
    {
        SimulatedDisk disk = Golden.Load("plain");
        disk.Put(Golden.File("log.10"), new byte[length]);
        Outcome outcome = Outcome.Of(disk);
        Assert.Equal(0xf, outcome.Last);
        Assert.Contains("log.10", Assert.Single(outcome.Notes), StringComparison.Ordinal);
        Assert.False(disk.Exists(Golden.File("log.10")));
    }

    [Fact]
    public void A_torn_end_of_an_earlier_log_is_accepted_when_the_next_one_continues_there()
    {
        SimulatedDisk disk = Golden.Load("restarted");
        disk.Delete(Golden.File("snapshot.25"));
        byte[] log = disk.Get(Golden.File("log.1"));
        byte[] torn = log.ToArray();
        int end = Golden.Records(log)[^1];
        log.AsSpan(16, 40).CopyTo(torn.AsSpan(end));
        disk.Delete(Golden.File("snapshot.f"));
        disk.Put(Golden.File("log.1"), torn);
        Assert.Equal(0x3b, Outcome.Of(disk).Last);
    }

    [Fact]
    public void A_snapshot_is_due_between_half_of_the_count_and_all_of_it()
    {
        SimulatedDisk disk = new();
        StorageOptions options = new() { DataDirectory = "/data", SnapCount = 40, PreAllocSizeKiB = 64, Random = new Random(4) };
        using StorageEngine engine = StorageEngine.Open(disk, options);
        Entries.WriteSnapshot(engine, 0);
        HashSet<int> distances = [];
        long zxid = 0;
        for (int round = 0; round < 20; round++)
        {
            int count = 0;
            while (!engine.IsSnapshotDue)
            {
                engine.AppendAndFlush(Entries.Batch(++zxid, 1));
                count++;
            }

            Assert.InRange(count, 21, 40);
            distances.Add(count);
            engine.Roll();
        }

        Assert.True(distances.Count > 5);
    }

    private static uint Naive(byte[] bytes)
    {
        uint sum = 1;
        uint sumOfSums = 0;
        foreach (byte value in bytes)
        {
            sum = (sum + value) % 65521;
            sumOfSums = (sumOfSums + sum) % 65521;
        }

        return (sumOfSums << 16) | sum;
    }
}
