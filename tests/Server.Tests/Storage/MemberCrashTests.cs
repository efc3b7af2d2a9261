using Coordination.Protocol;
using Coordination.Server.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Storage;

/// <summary>
/// The power fails during each operation of a truncation and of an installation, in many ways each. What is left opens, is one of the two
/// histories and never a mixture, and the change can be made again.
/// </summary>
public sealed class MemberCrashTests
{
    private static readonly double[] Survivals = [0, 1, 0.5, 0.9, 0.1, 0.5, 0.5, 0.8];

    private static StorageOptions Options => new()
    {
        DataDirectory = "/data",
        PreAllocSizeKiB = 64,
        SnapRetainCount = 3,
        Random = new Random(1),
    };

    [Theory]
    [InlineData(5, 25)]
    [InlineData(5, 20)]
    [InlineData(3, 11)]
    [InlineData(2, 12)]
    [InlineData(1, 0)]
    [InlineData(5, 30)]
    public void Every_crash_of_a_truncation_leaves_the_old_history_up_to_somewhere_not_before_the_cut(int kept, int cut)
    {
        SimulatedDisk whole = Member(kept);
        long old = Last(whole);
        int first = whole.Operations;
        Truncate(whole, cut);
        Assert.Equal(cut, Last(whole));
        for (int crashAt = first + 1; crashAt <= whole.Operations; crashAt++)
        {
            SimulatedDisk disk = Member(kept);
            disk.CrashAt = crashAt;
            Assert.Throws<SimulatedCrashException>(() => Truncate(disk, cut));
            for (int round = 0; round < ProofScale.Of(40, 100, 400); round++)
            {
                SimulatedDisk after = disk.AfterCrash(new Random((crashAt * 1000) + round), Survivals[round % Survivals.Length]);
                long last = Check(after, Old, $"crash at {crashAt}, round {round}");
                Assert.InRange(last, cut, old);
                Truncate(after, cut);
                Assert.Equal(cut, Check(after.AfterCrash(new Random(round), 0), Old, "again"));
            }
        }
    }

    /// <summary>Below, inside, at the end of and beyond what is there. At the end there is no gap, and the old files may stay.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(17)]
    [InlineData(30)]
    [InlineData(33)]
    [InlineData(77)]
    public void Every_crash_of_an_installation_leaves_the_old_history_or_the_new_one(int installed)
    {
        SimulatedDisk whole = Member(5);
        int first = whole.Operations;
        Install(whole, installed);
        for (int crashAt = first + 1; crashAt <= whole.Operations; crashAt++)
        {
            SimulatedDisk disk = Member(5);
            disk.CrashAt = crashAt;
            Assert.Throws<SimulatedCrashException>(() => Install(disk, installed));
            for (int round = 0; round < ProofScale.Of(60, 100, 400); round++)
            {
                string where = $"crash at {crashAt}, round {round}";
                SimulatedDisk after = disk.AfterCrash(new Random((crashAt * 1000) + round), Survivals[round % Survivals.Length]);

                // The power fails again while the start makes order.
                if (round % 3 == 1)
                {
                    after.CrashAt = 1 + (round % 7);
                    if (Record.Exception(() => OpenMember(after).Dispose()) is { } crash)
                        Assert.IsType<SimulatedCrashException>(crash);
                    after = after.AfterCrash(new Random(round), Survivals[(round + 1) % Survivals.Length]);
                }

                OpenMember(after).Dispose();
                if (!IsNew(after, installed))
                    Assert.Equal(33, Check(after, Old, where));
                else if (installed != 33)
                    AssertNothingOlder(after, installed, where);
            }
        }

        AssertNothingOlder(whole, installed, "whole");
        using StorageEngine engine = StorageEngine.Open(whole, Options);
        engine.AppendAndFlush(Entries.Batch(installed + 1, 3, New));
        engine.Dispose();
        Assert.Equal(installed + 3, Check(whole.AfterCrash(new Random(1), 0), New, "continued"));
    }

    [Fact]
    public void A_gap_before_the_newest_snapshot_is_fenced_at_the_start_of_a_member()
    {
        // As Apache leaves it: logs up to 33, a snapshot of 77 from the leader, and the log behind that.
        SimulatedDisk disk = Member(5);
        using (StorageEngine other = StorageEngine.Open(disk, Options))
        {
            using SnapshotFileWriter writer = other.BeginSnapshot(new Zxid(77));
            writer.Append(Entries.EmptyTree());
            writer.Complete(Zxid.Zero, 0);
        }

        using (StorageEngine engine = StorageEngine.Open(disk, Options))
        {
            engine.AppendAndFlush(Entries.Batch(78, 2, New));
            Assert.Null(engine.LocateHistory(new Zxid(20), new Zxid(79)));
            Assert.Equal(new Zxid(77), engine.LocateHistory(new Zxid(77), new Zxid(79)));
        }

        List<string> notes = [];
        using (StorageEngine engine = StorageEngine.Open(disk, Options))
            engine.Fence(notes);
        Assert.Contains("0x4d", Assert.Single(notes), StringComparison.Ordinal);
        AssertNothingOlder(disk, 77, "fenced");
        Assert.Equal(79, Check(disk, New, "fenced"));
    }

    [Fact]
    public void A_start_without_a_gap_removes_nothing()
    {
        SimulatedDisk disk = Member(5);
        string[] before = Names(disk);
        OpenMember(disk).Dispose();
        Assert.Equal(before, Names(disk));
    }

    private static byte[] Old(long zxid) => zxid % 5 == 0 ? Entries.Data(zxid, 900) : Entries.Session(zxid);

    private static byte[] New(long zxid) => Entries.Error(zxid);

    /// <summary>Logs from 1, 9, 17 and 25 on, up to 33, and the newest few of the snapshots 0, 6, 14, 22 and 28.</summary>
    private static SimulatedDisk Member(int snapshots)
    {
        SimulatedDisk disk = new();
        using (StorageEngine engine = StorageEngine.Open(disk, Options))
        {
            Entries.WriteSnapshot(engine, 0);
            for (long first = 1; first < 33; first += 8)
            {
                engine.AppendAndFlush(Entries.Batch(first, 8, Old));
                if (first < 25)
                    engine.Roll();
                if (snapshots > 1)
                    Entries.WriteSnapshot(engine, first + 5 - (first == 25 ? 2 : 0));
            }

            engine.AppendAndFlush(Entries.Batch(33, 1, Old));
        }

        return snapshots switch
        {
            1 or 5 => disk.Copy(),
            _ => Without(disk.Copy(), snapshots),
        };
    }

    private static SimulatedDisk Without(SimulatedDisk disk, int snapshots)
    {
        string[] all = [.. Names(disk).Where(name => DataFileName.LooksLikeSnapshot(name)).OrderBy(name => Convert.ToInt64(name.Split('.')[1], 16))];
        foreach (string name in all.Skip(snapshots))
            disk.Delete(Path.Combine(Options.SnapshotFiles, name));
        disk.SyncDirectory(Options.SnapshotFiles);
        return disk.Copy();
    }

    private static StorageEngine OpenMember(SimulatedDisk disk)
    {
        StorageEngine engine = StorageEngine.Open(disk, Options);
        engine.Fence([]);
        return engine;
    }

    private static void Truncate(SimulatedDisk disk, long cut)
    {
        using StorageEngine engine = OpenMember(disk);
        StorageRecovery? found = engine.Truncate(new Zxid(cut));
        Assert.Equal(new Zxid(cut), found!.Last);
        Assert.Equal(new Zxid(cut), engine.Last);
    }

    private static void Install(SimulatedDisk disk, long last)
    {
        using StorageEngine engine = OpenMember(disk);
        engine.Install(new Zxid(last), new EmptySnapshot());
        Assert.Equal(new Zxid(last), engine.Last);
    }

    private static bool IsNew(SimulatedDisk disk, long installed)
    {
        using StorageEngine engine = StorageEngine.Open(disk, Options);
        using SnapshotFileReader reader = engine.Recovery.OpenSnapshot();
        bool isNew = reader.ReadInt32() == 1;
        if (isNew)
            Assert.Equal(new Zxid(installed), engine.Recovery.Last);
        return isNew;
    }

    private static void AssertNothingOlder(SimulatedDisk disk, long installed, string where)
    {
        foreach (string name in Names(disk))
        {
            bool isOlder = DataFileName.LooksLikeLog(name) ? Convert.ToInt64(name.Split('.')[1], 16) <= installed
                : DataFileName.LooksLikeSnapshot(name) && name != DataFileName.Snapshot(new Zxid(installed));
            Assert.False(isOlder, $"{where}: {name} is there");
        }

        Assert.DoesNotContain(Names(disk), name => name.StartsWith("install-", StringComparison.Ordinal));
    }

    private static string[] Names(SimulatedDisk disk) => [.. disk.List(Options.SnapshotFiles).Select(entry => entry.Name).Order(StringComparer.Ordinal)];

    private static long Last(SimulatedDisk disk) => Check(disk, Old, "before");

    private static long Check(SimulatedDisk disk, Func<long, byte[]> history, string where)
    {
        using StorageEngine engine = StorageEngine.Open(disk, Options);
        long expected = engine.Recovery.Snapshot!.Value.Last.Value;
        engine.Recovery.Replay((zxid, entry) =>
        {
            Assert.Equal(++expected, zxid.Value);
            Assert.True(entry.SequenceEqual(history(zxid.Value)), $"{where}: the entry of {zxid} differs");
        });
        Assert.Equal(engine.Recovery.Last.Value, expected);
        return expected;
    }

    /// <summary>Recognised by a session in it.</summary>
    private sealed class EmptySnapshot : IReceivedSnapshot
    {
        public void Apply(ReadOnlySpan<byte> entry)
        {
        }

        public void WriteTo(SnapshotFileWriter file)
        {
            file.Append([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 1, 0]);
            file.Append(Entries.EmptyTree().AsSpan(4));
            file.Complete(file.Last, 1);
        }
    }
}
