using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Network;
using Coordination.Server.Replication;
using Coordination.Server.Storage;

namespace Coordination.Server.Hosting.Ensemble;

/// <summary>
/// Carries out what a turn of consensus wants done beside the log, and gives it the inputs that come of it. Everything happens in the order
/// of <see cref="ZabOutbox"/>, and links are sent to before this server's own sync begins: network and disk work at the same time. While
/// the outbox is carried out the core is not called: what is found out then becomes an input of the next turn. Runs in turns only.
/// </summary>
/// <param name="parts">What it works with.</param>
internal sealed class MemberDuties(MemberParts parts)
{
    private readonly List<LogOrder> _orders = [];
    private (long Attempt, long Sid) _connecting;

    /// <summary>The connections to other servers.</summary>
    public PeerTraffic Traffic { get; } = new(parts);

    /// <summary>When something here is due next, monotonic milliseconds.</summary>
    public long NextDueAt => Traffic.NextDueAt;

    /// <summary>Takes an input that concerns other servers.</summary>
    /// <returns>False if it concerns somebody else.</returns>
    public bool TryHandle(in LoopInput input)
    {
        switch (input.Kind)
        {
            case LoopInputKind.PeerAccepted:
                Traffic.Accept((PolledConnection)input.Target!);
                return true;
            case LoopInputKind.PeerReadable:
                Traffic.Readable((PolledConnection)input.Target!);
                return true;
            case LoopInputKind.PeerWritable:
                Traffic.Writable((PolledConnection)input.Target!);
                return true;
            case LoopInputKind.PeerTransfer:
                Traffic.Continue((ConnectedPeer)input.Target!);
                return true;
            case LoopInputKind.LeaderReached:
                Reach((PolledConnection)input.Target!, input.Number);
                return true;
            case LoopInputKind.LeaderUnreachable:
                GiveUp((string)input.Target!, input.Number);
                return true;
            case LoopInputKind.Member:
                ((Action)input.Target!)();
                return true;
            default:
                return false;
        }
    }

    /// <summary>What the log's thread has to do between the entries of this turn; valid until the next call.</summary>
    public List<LogOrder> OrdersFor(List<DiskOrder> disk)
    {
        _orders.Clear();
        foreach (DiskOrder order in disk)
            _orders.Add(new LogOrder(order.AfterEntries, WorkOf(order)));
        return _orders;
    }

    /// <summary>Sends, begins transfers, connects. What goes to the log has been handed over, or will be synced right after.</summary>
    public void Send(ZabOutbox outbox)
    {
        Traffic.SendDirty(outbox.Dirty);
        foreach (TransferOrder order in outbox.Transfers)
            Begin(order);
        foreach (NetworkOrder order in outbox.Network)
        {
            if (order.Kind == NetworkOrderKind.Connect)
                Connect(order.Sid);
            else
                parts.Notify(order.Sid, order.Notification);
        }

        if (outbox.Trace.Count > 0)
            parts.Log.Trace(outbox.Trace);
    }

    private void Begin(in TransferOrder order)
    {
        switch (order.Kind)
        {
            case TransferKind.LocateHistory:
                Locate(order);
                break;
            case TransferKind.SendHistory or TransferKind.SendSnapshot:
                Traffic.Begin(order);
                break;
            case TransferKind.DiscardSnapshot:
                Traffic.Discard(order.Link);
                break;
            case TransferKind.LoadSnapshot:
            default:
                // Begun with the packet, behind which the bytes stand.
                break;
        }
    }

    private void Locate(TransferOrder order)
    {
        Thread thread = new(() => Tell(LocateOrNull(order))) { IsBackground = true, Name = "Coordination history" };
        thread.Start();

        void Tell(Zxid? start) => Input(() => parts.Peer.HistoryLocated(order.Link, start));
    }

    /// <summary>Files that cannot be read are no reason to leave a learner without its history: it gets a snapshot.</summary>
    private Zxid? LocateOrNull(in TransferOrder order)
    {
        try
        {
            return parts.Store.Locate(order.After, order.UpTo);
        }
        catch (StorageException e)
        {
            parts.Log.HistoryUnreadable(e.Message);
            return null;
        }
    }

    private void Connect(long sid)
    {
        QuorumMember? member = parts.Peer.Membership.LastSeen.Find(sid) ?? parts.Peer.Membership.Committed.Find(sid);
        List<HostPort> addresses = [];
        foreach (QuorumAddress address in member?.Addresses ?? [])
            addresses.Add(address.Quorum);
        _connecting = (parts.Transport.Connect(addresses), sid);
    }

    private void Reach(PolledConnection connection, long attempt)
    {
        if (attempt == _connecting.Attempt)
            Traffic.ReachLeader(connection, _connecting.Sid);
        else
            connection.Abort();
    }

    private void GiveUp(string reason, long attempt)
    {
        if (attempt != _connecting.Attempt)
            return;

        parts.Log.LeaderUnreachable(_connecting.Sid, reason);
        parts.Peer.LeaderUnreachable(_connecting.Sid);
    }

    private Action WorkOf(DiskOrder order) => order.Kind switch
    {
        DiskOrderKind.SaveEpochs => EpochsOf(order),
        DiskOrderKind.Truncate => TruncationOf(order.Zxid),
        DiskOrderKind.InstallSnapshot => InstallationOf(order),
        _ => throw new InvariantException($"Nobody knows how to do {order.Kind}."),
    };

    private Action EpochsOf(DiskOrder order) => () =>
    {
        parts.Store.SaveEpochs(order.AcceptedEpoch, order.CurrentEpoch);
        Input(() => parts.Peer.EpochsSaved(order.AcceptedEpoch, order.CurrentEpoch));
    };

    private Action TruncationOf(Zxid last)
    {
        // The tree stands still until the answer has come.
        bool mustRebuild = last < parts.State.LastProcessed;
        parts.State.BarSnapshots();
        return () =>
        {
            bool isDone = parts.Store.TryTruncate(last, mustRebuild, out RecoveredState? rebuilt);
            Input(() =>
            {
                parts.State.AllowSnapshots();
                if (!isDone)
                {
                    parts.Peer.TruncationFailed();
                    return;
                }

                if (rebuilt is not null)
                    parts.State.Replace(rebuilt);
                parts.Peer.Truncated(last);
            });
        };
    }

    private Action InstallationOf(DiskOrder order)
    {
        RecoveredState state = Traffic.TakeReceived();
        parts.State.BarSnapshots();
        return () =>
        {
            LogBatch entries = order.Entries!;
            for (int i = 0; i < entries.Entries.Count; i++)
                state.Replay(entries[i]);
            InvariantException.Require(state.LastZxid == order.Zxid, "A snapshot and what came behind it do not end where the leader said.");
            parts.Store.Install(state);
            Input(() =>
            {
                parts.State.AllowSnapshots();
                parts.State.Replace(state);
                parts.Peer.SnapshotInstalled(order.Zxid);
            });
        };
    }

    private void Input(Action input) => parts.Post(new LoopInput(LoopInputKind.Member, input));
}
