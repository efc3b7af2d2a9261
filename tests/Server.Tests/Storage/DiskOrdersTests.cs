using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Storage;
using Coordination.Testing;

namespace Coordination.Server.Tests.Storage;

/// <summary>
/// Random lives of a member under changing leaders against a model, with crashes: what the disk confirmed is there afterwards, and what is
/// there was ordered, in order. Between two orders nothing is half done.
/// </summary>
public sealed class DiskOrdersTests
{
    private static readonly double[] Survivals = [0, 1, 0.5, 0.9, 0.1];

    private static StorageOptions Options => new()
    {
        DataDirectory = "/data",
        PreAllocSizeKiB = 64,
        SnapRetainCount = 3,
        SnapCount = 20,
        Random = new Random(1),
    };

    [Fact]
    public void Entries_of_several_turns_become_durable_with_one_sync_and_orders_keep_their_place()
    {
        SimulatedDisk disk = new();
        using StorageEngine engine = Open(disk);
        var epochs = EpochFiles.Open(disk, Options.SnapshotFiles, Zxid.Zero);
        DiskOrders orders = new(engine, epochs);
        List<DiskCompletion> done = [];
        DiskWork work = new();
        work.Add(new LogBatch(), [new DiskOrder(DiskOrderKind.SaveEpochs, 0, AcceptedEpoch: 1, CurrentEpoch: 1)]);
        work.Add(Batch(1, 1, 2), []);
        orders.Execute(work, done);
        Assert.Equal([DiskCompletionKind.EpochsSaved, DiskCompletionKind.Persisted], done.Select(completion => completion.Kind));

        work.Clear();
        done.Clear();
        Assert.True(work.IsEmpty);
        work.Add(Batch(1, 3, 1), []);
        work.Add(Batch(1, 4, 3), []);
        work.Add(Batch(1, 7, 1), []);
        int syncs = disk.Syncs;
        orders.Execute(work, done);
        Assert.Equal(syncs + 1, disk.Syncs);
        Assert.Equal(new DiskCompletion(DiskCompletionKind.Persisted, Zxid.Create(1, 7)), Assert.Single(done));

        work.Clear();
        done.Clear();
        work.Add(Batch(1, 8, 2), [new DiskOrder(DiskOrderKind.SaveEpochs, 1, AcceptedEpoch: 2, CurrentEpoch: 1)]);
        work.Add(Batch(1, 10, 1), [new DiskOrder(DiskOrderKind.Truncate, 1, Zxid.Create(1, 9))]);
        work.Add(new LogBatch(), [new DiskOrder(DiskOrderKind.Truncate, 0, Zxid.Create(1, 44))]);
        orders.Execute(work, done);
        Assert.Equal(
            [
                (DiskCompletionKind.Persisted, Zxid.Create(1, 8)), (DiskCompletionKind.EpochsSaved, Zxid.Zero),
                (DiskCompletionKind.Persisted, Zxid.Create(1, 10)), (DiskCompletionKind.Truncated, Zxid.Create(1, 9)),
                (DiskCompletionKind.TruncationFailed, Zxid.Create(1, 44)),
            ],
            done.Select(completion => (completion.Kind, completion.Zxid)));
        Assert.Equal(Zxid.Create(1, 9), done[3].Found!.Last);
    }

    [Fact]
    public void Entries_of_an_epoch_that_was_not_promised_are_never_written()
    {
        SimulatedDisk disk = new();
        using StorageEngine engine = Open(disk);
        DiskOrders orders = new(engine, EpochFiles.Open(disk, Options.SnapshotFiles, Zxid.Zero));
        DiskWork work = new();
        work.Add(Batch(1, 1, 1), []);
        Assert.Throws<InvalidOperationException>(() => orders.Execute(work, []));
        Assert.Equal(Zxid.Zero, engine.Last);
    }

    [Fact]
    public void Random_lives_with_crashes_lose_nothing_that_was_confirmed()
    {
        int seeds = ProofScale.Of(150, 600, 5000);
        int crashes = 0;
        HashSet<DiskCompletionKind> seen = [];
        for (int seed = 1; seed <= seeds; seed++)
            crashes += new Member(seed, seen).Live();
        Assert.InRange(crashes, seeds / 2, seeds * 20);
        Assert.Equal(Enum.GetValues<DiskCompletionKind>().Length, seen.Count);
    }

    private static StorageEngine Open(SimulatedDisk disk)
    {
        StorageEngine engine = StorageEngine.Open(disk, Options);
        engine.Fence([]);
        if (engine.Recovery.Snapshot is null)
            Entries.WriteSnapshot(engine, 0);
        return engine;
    }

    private static LogBatch Batch(int epoch, uint first, int count)
    {
        LogBatch batch = new();
        for (uint counter = first; counter < first + count; counter++)
            batch.Add(Zxid.Create(epoch, counter), Entries.Session(Zxid.Create(epoch, counter).Value));
        return batch;
    }

    /// <summary>
    /// The model: a history of zxids, of which a beginning is in the snapshot that was last installed. Leaders come and go; each cuts the
    /// history, or replaces it, or continues it.
    /// </summary>
    private sealed class Member(int seed, HashSet<DiskCompletionKind> seen)
    {
        private readonly Random _random = new(seed);
        private SimulatedDisk _disk = new();
        private List<Zxid> _confirmed = [Zxid.Zero];
        private List<List<Zxid>> _possible = [];
        private Zxid _oldest;
        private (int Accepted, int Current) _epochs;

        public int Live()
        {
            int crashes = 0;
            for (int start = 0; start < 12; start++)
            {
                _disk.CrashAt = _random.Next(3) == 0 ? 0 : _disk.Operations + 1 + _random.Next(60);
                try
                {
                    Run();
                }
                catch (SimulatedCrashException)
                {
                    crashes++;
                }

                _disk = _disk.AfterCrash(_random, Survivals[_random.Next(Survivals.Length)]);
            }

            return crashes;
        }

        private void Run()
        {
            using StorageEngine engine = Open(_disk);
            var epochs = EpochFiles.Open(_disk, Options.SnapshotFiles, engine.Last);
            Check(engine, epochs);
            DiskOrders orders = new(engine, epochs);
            for (int turn = 0; turn < 12; turn++)
            {
                DiskWork work = new();
                List<Zxid> history = [.. _confirmed];
                _possible = [[.. history]];
                _oldest = Oldest();
                int accepted = epochs.Accepted;
                int current = epochs.Current;
                for (int step = 0; step < 3; step++)
                    Order(work, history, ref accepted, ref current);
                List<DiskCompletion> done = [];
                orders.Execute(work, done);
                seen.UnionWith(done.Select(completion => completion.Kind));
                _confirmed = history;
                _possible = [];
                _epochs = (epochs.Accepted, epochs.Current);
                Assert.Equal((accepted, current), _epochs);
                Assert.True(engine.Last == history[^1], $"seed {seed}: the log ends at {engine.Last}, not at {history[^1]}");
                if (_random.Next(4) == 0 && engine.Last == history[^1])
                    Entries.WriteSnapshot(engine, history[_random.Next(1, Math.Max(2, history.Count)) % history.Count].Value);
                if (_random.Next(8) == 0)
                    engine.Purge();
            }
        }

        private Zxid Oldest() => _disk.List(Options.SnapshotFiles)
            .Where(entry => DataFileName.LooksLikeSnapshot(entry.Name))
            .Min(entry => new Zxid(Convert.ToInt64(entry.Name.Split('.')[1], 16)));

        private void Order(DiskWork work, List<Zxid> history, ref int accepted, ref int current)
        {
            switch (_random.Next(8))
            {
                case 0:
                    accepted += 1 + _random.Next(2);
                    current = _random.Next(2) == 0 ? current : accepted;
                    work.Add(new LogBatch(), [new DiskOrder(DiskOrderKind.SaveEpochs, 0, AcceptedEpoch: accepted, CurrentEpoch: current)]);
                    break;
                case 1:
                    Truncate(work, history);
                    break;
                case 2 when accepted > 0:
                    Install(work, history, accepted);
                    break;
                default:
                    Append(work, history, accepted);
                    break;
            }
        }

        private void Append(DiskWork work, List<Zxid> history, int accepted)
        {
            if (accepted == 0)
                return;
            LogBatch batch = new();
            for (int count = _random.Next(1, 9); count > 0; count--)
            {
                bool isNewEpoch = history[^1].Epoch < accepted && (history[^1].Epoch == 0 || _random.Next(3) == 0);
                Zxid zxid = isNewEpoch ? Zxid.Create(accepted, 1) : history[^1].Next;
                batch.Add(zxid, Entries.Session(zxid.Value));
                history.Add(zxid);
                _possible.Add([.. history]);
            }

            work.Add(batch, []);
        }

        // Sometimes where there is nothing; otherwise where a snapshot precedes the cut.
        private void Truncate(DiskWork work, List<Zxid> history)
        {
            if (_random.Next(3) == 0)
            {
                work.Add(new LogBatch(), [new DiskOrder(DiskOrderKind.Truncate, 0, new Zxid(history[^1].Value + 7))]);
                return;
            }

            Zxid cut = history[_random.Next(history.Count)];
            int index = history.IndexOf(cut);
            if (cut < _oldest)
                return;
            for (int i = history.Count - 1; i >= index; i--)
                _possible.Add(history.GetRange(0, i + 1));
            history.RemoveRange(index + 1, history.Count - index - 1);
            work.Add(new LogBatch(), [new DiskOrder(DiskOrderKind.Truncate, 0, cut)]);
        }

        private void Install(DiskWork work, List<Zxid> history, int accepted)
        {
            var last = Zxid.Create(_random.Next(1, accepted + 1), (uint)_random.Next(200));
            history.Clear();
            history.Add(last);
            _oldest = last;
            _possible.Add([last]);
            work.Add(new LogBatch(), [new DiskOrder(DiskOrderKind.InstallSnapshot, 0, last)], new EmptySnapshot());
        }

        private void Check(StorageEngine engine, EpochFiles epochs)
        {
            Assert.True(epochs.Accepted >= epochs.Current && epochs.Current >= engine.Last.Epoch);
            Assert.True(epochs.Accepted >= _epochs.Accepted && epochs.Current >= _epochs.Current, $"seed {seed}: an epoch fell");
            List<Zxid> behind = [];
            engine.Recovery.Replay((zxid, _) => behind.Add(zxid));
            Zxid start = engine.Recovery.Snapshot?.Last ?? Zxid.Zero;
            List<List<Zxid>> possible = _possible.Count > 0 ? _possible : [_confirmed];
            List<Zxid>? found = possible.FindLast(history => Matches(history, start, behind));
            Assert.True(found is not null, $"seed {seed}: {start} and {string.Join(' ', behind)} are not among {possible.Count} histories");
            _confirmed = found;
            _possible = [];
            _epochs = (epochs.Accepted, epochs.Current);
        }

        private static bool Matches(List<Zxid> history, Zxid start, List<Zxid> behind)
        {
            int index = history.IndexOf(start);
            return index >= 0 && history.Skip(index + 1).SequenceEqual(behind);
        }
    }

    private sealed class EmptySnapshot : IReceivedSnapshot
    {
        public void Apply(ReadOnlySpan<byte> entry)
        {
        }

        public void WriteTo(SnapshotFileWriter file)
        {
            file.Append(Entries.EmptyTree());
            file.Complete(file.Last, 1);
        }
    }
}
