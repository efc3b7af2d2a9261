using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Storage;

/// <summary>What the disk has done.</summary>
internal enum DiskCompletionKind
{
    /// <summary>Every entry up to a zxid is durable.</summary>
    Persisted,

    /// <summary>Both epochs are durable.</summary>
    EpochsSaved,

    /// <summary>The log ends at a zxid; <see cref="DiskCompletion.Found"/> is what the tree is built from if it is beyond it.</summary>
    Truncated,

    /// <summary>The log cannot be cut there; nothing has changed.</summary>
    TruncationFailed,

    /// <summary>The received snapshot has taken the place of log and snapshots; it takes that of the tree now.</summary>
    SnapshotInstalled,

    /// <summary>The log has grown enough for another snapshot. Not for the core.</summary>
    SnapshotDue,
}

/// <summary>Something the disk has done, to be told to the core in the order in which it came.</summary>
/// <param name="Kind">What.</param>
/// <param name="Zxid">Up to where.</param>
/// <param name="AcceptedEpoch">As saved.</param>
/// <param name="CurrentEpoch">As saved.</param>
/// <param name="Found">What a start would find.</param>
/// <param name="Installed">The snapshot.</param>
internal readonly record struct DiskCompletion(
    DiskCompletionKind Kind, Zxid Zxid = default, int AcceptedEpoch = 0, int CurrentEpoch = 0, StorageRecovery? Found = null,
    IReceivedSnapshot? Installed = null)
{
    /// <summary>Tells the core. The tree comes first: behind a cut that it is beyond, and behind an installation, it is a new one.</summary>
    public void Tell(ZabPeer peer)
    {
        switch (Kind)
        {
            case DiskCompletionKind.Persisted:
                peer.Persisted(Zxid);
                break;
            case DiskCompletionKind.EpochsSaved:
                peer.EpochsSaved(AcceptedEpoch, CurrentEpoch);
                break;
            case DiskCompletionKind.Truncated:
                peer.Truncated(Zxid);
                break;
            case DiskCompletionKind.TruncationFailed:
                peer.TruncationFailed();
                break;
            case DiskCompletionKind.SnapshotInstalled:
                peer.SnapshotInstalled(Zxid);
                break;
            default:
                break;
        }
    }
}

/// <summary>
/// Carries out what the turns of a member want done to its disk, one after the other, on whatever thread calls. A failure is fatal: the
/// caller must stop, and nothing may be carried out after it.
/// </summary>
internal sealed class DiskOrders(StorageEngine storage, EpochFiles epochs)
{
    /// <summary>Carries out.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="completions">Takes what was done.</param>
    /// <exception cref="StorageException">Fatal.</exception>
    public void Execute(DiskWork work, List<DiskCompletion> completions)
    {
        int done = 0;
        foreach ((DiskOrder order, IReceivedSnapshot? snapshot) in work.Orders)
        {
            Append(work, done, order.AfterEntries, completions);
            done = order.AfterEntries;
            completions.Add(Execute(order, snapshot));
        }

        Append(work, done, work.Count, completions);
    }

    private void Append(DiskWork work, int from, int to, List<DiskCompletion> completions)
    {
        if (from == to)
            return;

        LogBatch batch = work.Part(from, to);
        Zxid last = batch.Entries[^1].Zxid;
        epochs.Announce(last.Epoch);
        storage.AppendAndFlush(batch);
        completions.Add(new DiskCompletion(DiskCompletionKind.Persisted, last));
        if (!storage.IsSnapshotDue)
            return;

        storage.Roll();
        completions.Add(new DiskCompletion(DiskCompletionKind.SnapshotDue));
    }

    private DiskCompletion Execute(in DiskOrder order, IReceivedSnapshot? snapshot) => order.Kind switch
    {
        DiskOrderKind.SaveEpochs => SaveEpochs(order),
        DiskOrderKind.Truncate => Truncate(order.Zxid),
        DiskOrderKind.InstallSnapshot => Install(order, snapshot!),
        _ => throw new InvalidOperationException($"Nobody knows how to {order.Kind}."),
    };

    private DiskCompletion SaveEpochs(in DiskOrder order)
    {
        epochs.Save(order.AcceptedEpoch, order.CurrentEpoch);
        return new DiskCompletion(DiskCompletionKind.EpochsSaved, default, order.AcceptedEpoch, order.CurrentEpoch);
    }

    private DiskCompletion Truncate(Zxid last) => storage.Truncate(last) is { } found
        ? new DiskCompletion(DiskCompletionKind.Truncated, last, Found: found)
        : new DiskCompletion(DiskCompletionKind.TruncationFailed, last);

    private DiskCompletion Install(in DiskOrder order, IReceivedSnapshot snapshot)
    {
        if (order.Entries is { } entries)
        {
            for (int i = 0; i < entries.Entries.Count; i++)
                snapshot.Apply(entries[i]);
        }

        epochs.Announce(order.Zxid.Epoch);
        storage.Install(order.Zxid, snapshot);
        return new DiskCompletion(DiskCompletionKind.SnapshotInstalled, order.Zxid, Installed: snapshot);
    }
}
