using Coordination.Protocol;
using Coordination.Server.Hosting.Ensemble;
using Coordination.Server.Replication;
using Coordination.Server.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Storage;

/// <summary>Apache's server on the directory of a member whose history was cut or replaced, also where the power failed in between.</summary>
public sealed class ApacheOpensMemberFilesTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private StorageOptions Options => new() { DataDirectory = _directory.Path, PreAllocSizeKiB = 64 };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task After_a_truncation_it_ends_where_ours_ends()
    {
        Peers.Require(Peer.Apache);
        SimulatedDisk disk = Member();
        Truncate(disk);
        await AssertOpensAsync(disk, "0x100000014");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    public async Task In_the_middle_of_a_truncation_it_opens_what_ours_would(int operation)
    {
        Peers.Require(Peer.Apache);
        SimulatedDisk disk = Member();
        disk.CrashAt = disk.Operations + operation;
        Assert.Throws<SimulatedCrashException>(() => Truncate(disk));
        SimulatedDisk after = disk.AfterCrash(new Random(operation), 0.5);
        using StorageEngine engine = StorageEngine.Open(after.Copy(), Options);
        Assert.InRange(engine.Last.Value, 0x100000014, 0x10000002d);
        await AssertOpensAsync(after, engine.Last.ToString());
    }

    [Theory]
    [InlineData(0x200000007)]
    [InlineData(0x100000019)]
    public async Task After_an_installation_it_has_the_leaders_state(long installed)
    {
        Peers.Require(Peer.Apache);
        SimulatedDisk disk = Member();
        using (var store = MemberStore.Open(disk, Options))
        {
            store.SaveEpochs(2, 1);
            store.Install(new RecoveredState(new(), [], new Zxid(installed)));
            store.SaveEpochs(2, 2);
            store.AppendAndFlush(Entries.Batch(0x200000001 + (installed & 0xF), 3));
        }

        await AssertOpensAsync(disk, $"0x{0x200000001 + (installed & 0xF) + 2:x}");
    }

    /// <summary>Where the new state is beyond the old one, Apache's server too has one or the other at every moment.</summary>
    [Theory]
    [InlineData(8)]
    [InlineData(10)]
    public async Task In_the_middle_of_an_installation_it_opens_what_ours_would(int operation)
    {
        Peers.Require(Peer.Apache);
        SimulatedDisk disk = Member();
        using (var store = MemberStore.Open(disk, Options))
        {
            store.SaveEpochs(2, 1);
            disk.CrashAt = disk.Operations + operation;
            Assert.Throws<SimulatedCrashException>(() => store.Install(new RecoveredState(new(), [], Zxid.Create(2, 7))));
        }

        SimulatedDisk after = disk.AfterCrash(new Random(operation), 0.5);
        using StorageEngine engine = StorageEngine.Open(after.Copy(), Options);
        await AssertOpensAsync(after, engine.Last.ToString());
    }

    private void Truncate(SimulatedDisk disk)
    {
        using var store = MemberStore.Open(disk, Options);
        Assert.True(store.TryTruncate(Zxid.Create(1, 20), mustRebuild: true, out RecoveredState? rebuilt));
        Assert.Equal(Zxid.Create(1, 20), rebuilt!.LastZxid);
    }

    private SimulatedDisk Member()
    {
        SimulatedDisk disk = new();
        using var store = MemberStore.Open(disk, Options);
        _ = store.Recover(1 << 20);
        store.SaveEpochs(1, 0);
        for (int i = 0; i < 3; i++)
        {
            store.AppendAndFlush(Entries.Batch(Zxid.Create(1, (uint)((i * 15) + 1)).Value, 15));
            store.Roll();
            Entries.WriteSnapshot(store.Engine, Zxid.Create(1, (uint)((i * 15) + 10)).Value);
        }

        store.SaveEpochs(1, 1);
        return disk;
    }

    private async Task AssertOpensAsync(SimulatedDisk disk, string zxid)
    {
        foreach (DiskEntry entry in disk.List(Options.SnapshotFiles))
        {
            Directory.CreateDirectory(Options.SnapshotFiles);
            File.WriteAllBytes(Path.Combine(Options.SnapshotFiles, entry.Name), disk.Get(Path.Combine(Options.SnapshotFiles, entry.Name)));
        }

        await using ApacheServer server = await ApacheServer.StartAsync(
            new ApacheServerOptions { DataDirectory = _directory.Path }, TestContext.Current.CancellationToken);
        Assert.Contains($"Zxid: {zxid}\n", await server.AskAsync("srvr", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
