using Coordination.Protocol;
using Coordination.Server.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Storage;

/// <summary>Apache's own programs on files of ours.</summary>
public sealed class ApacheReadsOurFilesTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Files => _directory.Combine("version-2");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_toolkits_read_logs_and_snapshots_without_complaint()
    {
        Peers.Require(Peer.Apache);
        Write(PhysicalDisk.Instance, close: false);

        string log = await RunAsync("org.apache.zookeeper.server.persistence.TxnLogToolkit", "log.1");
        Assert.DoesNotContain("CRC ERROR", log, StringComparison.Ordinal);
        Assert.Contains("EOF reached after 30 txns", log, StringComparison.Ordinal);
        Assert.Equal(20, log.Split("createSession").Length - 1);

        string next = await RunAsync("org.apache.zookeeper.server.persistence.TxnLogToolkit", "log.1f");
        Assert.Contains("EOF reached after 5 txns", next, StringComparison.Ordinal);

        string snapshot = await RunAsync("org.apache.zookeeper.server.SnapshotFormatter", "snapshot.1e");
        Assert.Contains("/zookeeper/quota", snapshot, StringComparison.Ordinal);
        Assert.Contains("0x1e", snapshot, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Apaches_server_opens_our_directory(bool close)
    {
        Write(PhysicalDisk.Instance, close);
        await using ApacheServer server = await StartAsync();
        Assert.Contains("Zxid: 0x23", await server.AskAsync("srvr", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apaches_server_opens_what_we_made_of_a_torn_write()
    {
        SimulatedDisk disk = new();
        Write(disk, close: false);
        using (StorageEngine engine = StorageEngine.Open(disk, Options))
        {
            engine.AppendAndFlush(Entries.Batch(0x24, 1));

            // The first operation of the next batch is its write: the power goes in the middle of it.
            disk.CrashAt = disk.Operations + 1;
            Assert.Throws<SimulatedCrashException>(() => engine.AppendAndFlush(Entries.Batch(0x25, 30, zxid => Entries.Data(zxid, 300))));
        }

        SimulatedDisk crashed = disk.AfterCrash(new Random(3), 0.5);
        using (StorageEngine repaired = StorageEngine.Open(crashed, Options))
        {
            Assert.InRange(repaired.Recovery.Last.Value, 0x24, 0x25 + 29);
            Assert.Contains("where a write was interrupted", Assert.Single(repaired.Recovery.Notes), StringComparison.Ordinal);
            Export(crashed);
            await using ApacheServer server = await StartAsync();
            string expected = $"Zxid: {repaired.Recovery.Last}";
            Assert.Contains(expected, await server.AskAsync("srvr", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    private StorageOptions Options => new() { DataDirectory = _directory.Path, PreAllocSizeKiB = 64 };

    private Task<ApacheServer> StartAsync() =>
        ApacheServer.StartAsync(new ApacheServerOptions { DataDirectory = _directory.Path }, TestContext.Current.CancellationToken);

    private void Write(IDisk disk, bool close)
    {
        using StorageEngine engine = StorageEngine.Open(disk, Options);
        Entries.WriteSnapshot(engine, 0);
        engine.AppendAndFlush(Entries.Batch(1, 20));
        engine.AppendAndFlush(Entries.Batch(21, 10, Entries.Error));
        engine.Roll();
        Entries.WriteSnapshot(engine, 30);
        engine.AppendAndFlush(Entries.Batch(31, 5));
        if (close)
            engine.Close();
    }

    private void Export(SimulatedDisk disk)
    {
        Directory.CreateDirectory(Files);
        foreach (DiskEntry entry in disk.List(Files))
            File.WriteAllBytes(Path.Combine(Files, entry.Name), disk.Get(Path.Combine(Files, entry.Name)));
    }

    private Task<string> RunAsync(string program, string file) => ProcessRunner.CheckAsync(
        Peers.Java, ["-cp", Peers.ZooKeeperClassPath, program, Path.Combine(Files, file)], cancellationToken: TestContext.Current.CancellationToken);
}
