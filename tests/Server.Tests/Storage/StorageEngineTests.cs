using Coordination.Protocol;
using Coordination.Server.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Storage;

public sealed class StorageEngineTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private StorageOptions Options => new() { DataDirectory = _directory.Path, PreAllocSizeKiB = 64 };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_new_directory_has_no_snapshot_and_refuses_transactions_until_it_has_one()
    {
        using StorageEngine engine = Open();
        Assert.Null(engine.Recovery.Snapshot);
        Assert.Throws<InvalidOperationException>(() => engine.AppendAndFlush(Entries.Batch(1, 1)));

        Entries.WriteSnapshot(engine, 0);
        engine.AppendAndFlush(Entries.Batch(1, 1));
        Assert.Equal(new Zxid(1), engine.Last);
        Assert.Equal(["log.1", "snapshot.0"], Names());
    }

    [Fact]
    public void What_was_flushed_is_replayed_behind_the_newest_snapshot()
    {
        using (StorageEngine engine = Open())
        {
            Entries.WriteSnapshot(engine, 0);
            engine.AppendAndFlush(Entries.Batch(1, 3));
            engine.Roll();
            Entries.WriteSnapshot(engine, 2);
            engine.AppendAndFlush(Entries.Batch(4, 2, zxid => Entries.Data(zxid, 100_000)));
        }

        using StorageEngine reopened = Open();
        Assert.Equal(new Zxid(2), reopened.Recovery.Snapshot!.Value.Last);
        Assert.Equal(new Zxid(5), reopened.Recovery.Last);
        List<(Zxid, byte[])> replayed = [];
        reopened.Recovery.Replay((zxid, entry) => replayed.Add((zxid, entry.ToArray())));
        Assert.Equal([new(3), new(4), new(5)], replayed.Select(record => record.Item1));
        Assert.Equal(Entries.Data(5, 100_000), replayed[2].Item2);
        Assert.Empty(reopened.Recovery.Notes);
    }

    [Fact]
    public void A_snapshot_is_read_back_with_its_trailer()
    {
        using StorageEngine engine = Open();
        using (SnapshotFileWriter writer = engine.BeginSnapshot(new Zxid(7)))
        {
            writer.Append(Entries.EmptyTree());
            writer.Complete(new Zxid(7), 1371985504);
        }

        engine.Dispose();
        using StorageEngine reopened = Open();
        using SnapshotFileReader reader = reopened.Recovery.OpenSnapshot();
        Assert.Equal(0, reader.ReadInt32());
        Assert.Equal(0, reader.ReadInt32());
        List<string?> paths = [];
        while (reader.ReadString() is var path && path != "/")
        {
            paths.Add(path);
            Assert.Empty(reader.ReadBuffer()!);
            Assert.Equal(-1, reader.ReadInt64());
            for (int i = 0; i < 15; i++)
                Assert.Equal(0, reader.ReadInt32());
        }

        Assert.Equal(["", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"], paths);
        Assert.Equal(new SnapshotTrailer(true, new Zxid(7), 1371985504, null), reader.Complete());
    }

    [Fact]
    public void The_second_server_on_a_directory_is_told_who_holds_it()
    {
        using StorageEngine engine = Open();
        DataDirectoryLockedException error = Assert.Throws<DataDirectoryLockedException>(() => Open());
        Assert.Contains($"pid {Environment.ProcessId}", error.Message, StringComparison.Ordinal);

        engine.Dispose();
        Open().Dispose();
    }

    /// <summary>It would be passed over as older than the snapshot, its transactions be lost, and the next log be written over it.</summary>
    [Fact]
    public void A_log_under_the_name_of_another_is_refused()
    {
        using (StorageEngine engine = Open())
        {
            Entries.WriteSnapshot(engine, 0);
            engine.AppendAndFlush(Entries.Batch(1, 3));
            engine.Roll();
            engine.AppendAndFlush(Entries.Batch(4, 2));
            Entries.WriteSnapshot(engine, 3);
        }

        string directory = Path.Combine(_directory.Path, DataFileName.FormatDirectory);
        File.Move(Path.Combine(directory, "log.4"), Path.Combine(directory, "log.4x"));
        File.Move(Path.Combine(directory, "log.1"), Path.Combine(directory, "log.4"));
        File.Move(Path.Combine(directory, "log.4x"), Path.Combine(directory, "log.1"));
        CorruptLogException error = Assert.Throws<CorruptLogException>(Open);
        Assert.Contains("log.4", error.Message, StringComparison.Ordinal);
        Assert.Contains("its name", error.Message, StringComparison.Ordinal);

        File.Move(Path.Combine(directory, "log.4"), Path.Combine(directory, "log.9"));
        Assert.Throws<CorruptLogException>(Open);
    }

    [Fact]
    public void An_orderly_end_leaves_no_padding()
    {
        StorageEngine engine = Open();
        Entries.WriteSnapshot(engine, 0);
        engine.AppendAndFlush(Entries.Batch(1, 1));
        Assert.Equal(FileHeader.Length + (64 * 1024), LogLength());

        engine.Close();
        Assert.Equal(FileHeader.Length + Entries.Session(1).Length + LogRecord.Overhead, LogLength());
    }

    private StorageEngine Open() => StorageEngine.Open(PhysicalDisk.Instance, Options);

    private long LogLength() => new FileInfo(Path.Combine(Options.LogFiles, "log.1")).Length;

    private string[] Names() => [.. Directory.GetFiles(Options.LogFiles).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
}
