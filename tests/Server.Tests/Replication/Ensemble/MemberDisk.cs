using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Replication;

namespace Coordination.Server.Tests.Replication.Ensemble;

/// <summary>What survives a crash of a member, and the queue of what is on its way there.</summary>
internal sealed class MemberDisk
{
    private readonly Queue<Work> _queue = new();

    /// <summary>The whole history, also of what a received snapshot stands for.</summary>
    public List<(Zxid Zxid, byte[] Bytes)> Log { get; private set; } = [];

    public int AcceptedEpoch { get; private set; }

    public int CurrentEpoch { get; private set; }

    public Zxid Last => Log.Count > 0 ? Log[^1].Zxid : Zxid.Zero;

    public bool HasWork => _queue.Count > 0;

    /// <summary>What a server would recover.</summary>
    public RecoveredState Recover()
    {
        var state = new RecoveredState();
        foreach ((Zxid _, byte[] bytes) in Log)
            state.Replay(bytes);
        Assert.Equal(0, state.DigestMismatches);
        return state;
    }

    public void Submit(ZabOutbox outbox, List<(Zxid, byte[])>? snapshot)
    {
        int taken = 0;
        foreach (DiskOrder order in outbox.Disk)
        {
            SubmitEntries(outbox.Log, ref taken, order.AfterEntries);
            List<(Zxid, byte[])>? image = null;
            if (order.Kind == DiskOrderKind.InstallSnapshot)
            {
                image = [.. snapshot!];
                for (int i = 0; i < order.Entries!.Entries.Count; i++)
                    image.Add((order.Entries.Entries[i].Zxid, order.Entries[i].ToArray()));
            }

            _queue.Enqueue(new Work(order, null, image));
        }

        SubmitEntries(outbox.Log, ref taken, outbox.Log.Entries.Count);
    }

    /// <summary>Completes the oldest work; the member takes the answer in a turn.</summary>
    public void Complete(Member member)
    {
        Work work = _queue.Dequeue();
        if (work.Entries is { } entries)
        {
            Log.AddRange(entries);
            Zxid last = Last;
            member.Turn(replica => replica.LogPersisted(last));
            return;
        }

        DiskOrder order = work.Order;
        switch (order.Kind)
        {
            case DiskOrderKind.SaveEpochs:
                (AcceptedEpoch, CurrentEpoch) = (order.AcceptedEpoch, order.CurrentEpoch);
                member.Turn(replica => replica.Ensemble!.EpochsSaved(order.AcceptedEpoch, order.CurrentEpoch));
                break;
            case DiskOrderKind.Truncate:
                Log.RemoveAll(entry => entry.Zxid > order.Zxid);
                Assert.Equal(order.Zxid, Last);
                member.Turn(replica =>
                {
                    if (replica.LastProcessed > order.Zxid)
                        replica.ReplaceState(Recover());
                    replica.Ensemble!.Truncated(order.Zxid);
                });
                break;
            default:
                Log = work.Image!;
                Assert.Equal(order.Zxid, Last);
                member.Turn(replica =>
                {
                    replica.ReplaceState(Recover());
                    replica.Ensemble!.SnapshotInstalled(order.Zxid);
                });
                break;
        }
    }

    public void Crash() => _queue.Clear();

    private void SubmitEntries(LogBatch batch, ref int taken, int upTo)
    {
        if (taken == upTo)
            return;

        List<(Zxid, byte[])> entries = [];
        for (; taken < upTo; taken++)
            entries.Add((batch.Entries[taken].Zxid, batch[taken].ToArray()));
        _queue.Enqueue(new Work(default, entries, null));
    }

    private readonly record struct Work(DiskOrder Order, List<(Zxid, byte[])>? Entries, List<(Zxid, byte[])>? Image);
}
