using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Tests.Consensus.World;

/// <summary>
/// What survives a crash, and the queue of what is on its way there. Everything is done in the order of the orders; a crash loses the queue,
/// except that some entries at its beginning may have made it.
/// </summary>
internal sealed class PeerDisk
{
    private readonly Queue<Work> _queue = new();

    /// <summary>The whole history, also of what only the snapshot holds.</summary>
    public List<Entry> Log { get; private set; } = [];

    /// <summary>How many entries of the history are in the snapshot only: the files cannot be cut, or read, before them.</summary>
    public int Fence { get; private set; }

    public int AcceptedEpoch { get; private set; }

    public int CurrentEpoch { get; private set; }

    public Zxid Last => Log.Count > 0 ? Log[^1].Zxid : Zxid.Zero;

    public bool HasWork => _queue.Count > 0;

    public bool Contains(Zxid zxid) => IndexOf(zxid) >= 0;

    /// <summary>The place of an entry in the history, or -1.</summary>
    public int IndexOf(Zxid zxid)
    {
        int low = 0;
        int high = Log.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = Log[middle].Zxid.CompareTo(zxid);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }

    /// <summary>Takes what a turn wants done.</summary>
    /// <param name="outbox">The turn's effects.</param>
    /// <param name="snapshot">The snapshot that was received, for <see cref="DiskOrderKind.InstallSnapshot"/>.</param>
    public void Submit(ZabOutbox outbox, List<Entry>? snapshot)
    {
        int taken = 0;
        foreach (DiskOrder order in outbox.Disk)
        {
            SubmitEntries(outbox.Log, ref taken, order.AfterEntries);
            List<Entry>? image = null;
            if (order.Kind == DiskOrderKind.InstallSnapshot)
            {
                image = [.. snapshot!];
                for (int i = 0; i < order.Entries!.Entries.Count; i++)
                    image.Add(Entry.Read(order.Entries[i]));
                Assert.Equal(order.Zxid, image.Count == 0 ? Zxid.Zero : image[^1].Zxid);
            }

            _queue.Enqueue(new Work(order, null, image));
        }

        SubmitEntries(outbox.Log, ref taken, outbox.Log.Entries.Count);
    }

    /// <summary>Completes the oldest work.</summary>
    /// <param name="treeCount">How many entries are in the tree.</param>
    /// <param name="tell">Takes the answer as an input; with the history if that has to take the place of the tree.</param>
    public void Complete(int treeCount, Action<Action<ZabPeer>, List<Entry>?> tell)
    {
        Work work = _queue.Dequeue();
        if (work.Entries is { } entries)
        {
            Append(entries);
            Zxid last = Last;
            tell(peer => peer.Persisted(last), null);
            return;
        }

        DiskOrder order = work.Order;
        switch (order.Kind)
        {
            case DiskOrderKind.SaveEpochs:
                Assert.True(order.AcceptedEpoch >= AcceptedEpoch && order.CurrentEpoch >= CurrentEpoch && order.CurrentEpoch <= order.AcceptedEpoch);
                (AcceptedEpoch, CurrentEpoch) = (order.AcceptedEpoch, order.CurrentEpoch);
                tell(peer => peer.EpochsSaved(order.AcceptedEpoch, order.CurrentEpoch), null);
                break;
            case DiskOrderKind.Truncate:
                int index = order.Zxid == Zxid.Zero ? -1 : IndexOf(order.Zxid);
                if (index + 1 < Fence || (index < 0 && order.Zxid != Zxid.Zero))
                {
                    tell(peer => peer.TruncationFailed(), null);
                    break;
                }

                Log.RemoveRange(index + 1, Log.Count - index - 1);
                tell(peer => peer.Truncated(order.Zxid), treeCount > Log.Count ? Log : null);
                break;
            default:
                Log = work.Image!;
                Fence = Log.Count;
                tell(peer => peer.SnapshotInstalled(order.Zxid), Log);
                break;
        }
    }

    /// <summary>The power goes: the queue is lost, but for some entries that stood at its beginning.</summary>
    public void Crash(Random chance)
    {
        while (_queue.TryDequeue(out Work work) && work.Entries is { } entries)
        {
            int survivors = chance.Next(entries.Count + 1);
            Append(entries.GetRange(0, survivors));
            if (survivors < entries.Count)
                break;
        }

        _queue.Clear();
    }

    private void Append(List<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            Assert.True(Coordination.Server.Consensus.History.IsSuccessor(Last, entry.Zxid), $"{entry.Zxid} follows {Last} on disk");
            Log.Add(entry);
        }
    }

    private void SubmitEntries(LogBatch batch, ref int taken, int upTo)
    {
        if (taken == upTo)
            return;

        List<Entry> entries = [];
        for (; taken < upTo; taken++)
        {
            var entry = Entry.Read(batch[taken]);
            Assert.Equal(batch.Entries[taken].Zxid, entry.Zxid);
            entries.Add(entry);
        }

        _queue.Enqueue(new Work(default, entries, null));
    }

    private readonly record struct Work(DiskOrder Order, List<Entry>? Entries, List<Entry>? Image);
}
