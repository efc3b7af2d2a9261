using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Hosting.Ensemble;
using Coordination.Server.Replication;
using Coordination.Server.Storage;
using Coordination.Server.Tests.Storage;

namespace Coordination.Server.Tests.Hosting;

public sealed class MemberStoreTests
{
    private static StorageOptions Options => new() { DataDirectory = "/data", PreAllocSizeKiB = 64, Random = new Random(1) };

    [Fact]
    public void A_new_member_has_an_empty_tree_a_snapshot_of_it_and_no_epoch()
    {
        SimulatedDisk disk = new();
        using (var store = MemberStore.Open(disk, Options))
        {
            RecoveredMember member = store.Recover(1 << 20);
            Assert.Equal((Zxid.Zero, 0, 0), (member.State.LastZxid, member.AcceptedEpoch, member.CurrentEpoch));
            Assert.Equal(Zxid.Zero, member.Recent.Last);
        }

        Assert.True(disk.Exists("/data/version-2/snapshot.0"));
        Assert.True(disk.Exists("/data/version-2/currentEpoch"));
    }

    [Fact]
    public void A_member_starts_with_its_whole_log_in_the_tree_and_the_end_of_it_in_memory()
    {
        SimulatedDisk disk = Member(epoch: 3, count: 400);
        using var store = MemberStore.Open(disk, Options);
        RecoveredMember member = store.Recover(4000);
        Assert.Equal(400, member.State.Sessions.Count);
        Assert.Equal((3, 3), (member.AcceptedEpoch, member.CurrentEpoch));

        History history = new(member.State.LastZxid, 1 << 20);
        history.Recover(member.Recent.Before, member.Recent.Batches);
        Assert.InRange(history.Bytes, 2000, 4000);
        Assert.Equal(history.Base.Next, history.ZxidAt(history.FindAfter(history.Base)));
        Assert.Equal(Zxid.Create(3, 400), history.Last);
        Assert.False(history.TryDeliver(out _, out _));
        history.Append(Zxid.Create(3, 401), Entries.Session(Zxid.Create(3, 401).Value));
        history.Persist(Zxid.Create(3, 401));
        history.Commit(Zxid.Create(3, 401));
        Assert.True(history.TryDeliver(out Zxid delivered, out _));
        Assert.Equal(Zxid.Create(3, 401), delivered);

        member.Recent.Release();
        Assert.All(member.Recent.Batches, batch => Assert.Empty(batch.Entries));
        History small = new(Zxid.Create(3, 400), 200);
        RecentEntries again = store.Recover(100_000).Recent;
        small.Recover(again.Before, again.Batches);
        Assert.InRange(small.Bytes, 1, 200);
    }

    [Fact]
    public void Cut_below_the_tree_it_builds_the_tree_anew_and_elsewhere_it_does_not()
    {
        SimulatedDisk disk = Member(epoch: 3, count: 40);
        using var store = MemberStore.Open(disk, Options);
        Assert.True(store.TryTruncate(Zxid.Create(3, 30), mustRebuild: false, out RecoveredState? rebuilt));
        Assert.Null(rebuilt);
        Assert.False(store.TryTruncate(Zxid.Create(3, 31), mustRebuild: true, out rebuilt));
        Assert.Null(rebuilt);
        Assert.True(store.TryTruncate(Zxid.Create(3, 20), mustRebuild: true, out rebuilt));
        Assert.Equal((20, Zxid.Create(3, 20)), (rebuilt!.Sessions.Count, rebuilt.LastZxid));
    }

    [Fact]
    public void What_was_installed_is_what_the_next_start_finds()
    {
        SimulatedDisk disk = Member(epoch: 3, count: 40);
        ulong digest;
        using (var store = MemberStore.Open(disk, Options))
        {
            RecoveredState state = new();
            for (int i = 1; i <= 9; i++)
                state.Replay(Entries.Session(Zxid.Create(3, (uint)i).Value));
            state.Replay(Entries.Error(Zxid.Create(5, 1).Value));
            digest = (ulong)state.Tree.Digest;
            store.SaveEpochs(5, 3);
            store.Install(state);
            store.SaveEpochs(5, 5);
            store.AppendAndFlush(Entries.Batch(Zxid.Create(5, 2).Value, 3));
        }

        using var again = MemberStore.Open(disk.AfterCrash(new Random(1), 0), Options);
        RecoveredMember member = again.Recover(1 << 20);
        Assert.Equal((12, Zxid.Create(5, 4)), (member.State.Sessions.Count, member.State.LastZxid));
        Assert.Equal(digest, (ulong)member.State.Tree.Digest);
        Assert.Equal((Zxid.Create(5, 1), Zxid.Create(5, 4)), (member.Recent.Before, member.Recent.Last));
        Assert.Empty(again.Notes);
    }

    [Fact]
    public void A_power_loss_between_the_entries_of_an_epoch_and_the_epoch_needs_no_hand()
    {
        SimulatedDisk disk = Member(epoch: 3, count: 5);
        using (var store = MemberStore.Open(disk, Options))
        {
            store.SaveEpochs(4, 3);
            store.AppendAndFlush(Entries.Batch(Zxid.Create(4, 1).Value, 2));
        }

        using var again = MemberStore.Open(disk.AfterCrash(new Random(1), 0), Options);
        Assert.Equal((4, 4, Zxid.Create(4, 2)), (again.AcceptedEpoch, again.CurrentEpoch, again.Engine.Last));
    }

    [Fact]
    public void History_is_read_entry_by_entry_until_nobody_wants_more()
    {
        SimulatedDisk disk = Member(epoch: 3, count: 40);
        using var store = MemberStore.Open(disk, Options);
        Assert.Equal(Zxid.Create(3, 12), store.Locate(Zxid.Create(3, 12), Zxid.Create(3, 40)));
        List<uint> read = [];
        store.ReadHistory(Zxid.Create(3, 12), Zxid.Create(3, 40), (zxid, entry) =>
        {
            Assert.True(entry.SequenceEqual(Entries.Session(zxid.Value)));
            read.Add(zxid.Counter);
            return read.Count < 20;
        });
        Assert.Equal(Enumerable.Range(13, 20).Select(counter => (uint)counter), read);
    }

    private static SimulatedDisk Member(int epoch, int count)
    {
        SimulatedDisk disk = new();
        using var store = MemberStore.Open(disk, Options);
        _ = store.Recover(1 << 20);
        store.SaveEpochs(epoch, 0);
        store.AppendAndFlush(Entries.Batch(Zxid.Create(epoch, 1).Value, count));
        store.SaveEpochs(epoch, epoch);
        return disk;
    }
}
