using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Tests.Consensus.World;

/// <summary>What may never be otherwise, looked at from outside: the predicates of ZAB, on disks, trees and wires.</summary>
internal sealed class WorldCheck(SmallWorld world)
{
    private readonly List<Entry> _committed = [];
    private readonly HashSet<Entry> _proposed = [];
    private readonly SortedDictionary<int, long> _leaders = [];
    private readonly Dictionary<(long Sid, int Epoch), int> _promises = [];
    private readonly Dictionary<long, int> _promised = [];
    private readonly Dictionary<long, (int Accepted, int Current)> _epochs = [];
    private readonly Dictionary<Wire, LinkState> _links = [];

    /// <summary>The last entry that anybody is known to have served.</summary>
    public Zxid LastCommitted => _committed.Count == 0 ? Zxid.Zero : _committed[^1].Zxid;

    public int CommittedCount => _committed.Count;

    public int Epochs => _leaders.Count;

    public HashSet<string> Probes { get; } = [];

    public void Proposed(WorldPeer leader, Entry entry)
    {
        Assert.True(_proposed.Add(entry), $"{entry} is proposed twice");
        Assert.True(leader.Core!.Status.IsEstablished || entry.Number == Entry.Empty);
    }

    /// <summary>Prefix, total order and agreement: what anybody serves continues one sequence.</summary>
    public void Delivered(WorldPeer peer, int index)
    {
        Entry entry = peer.Tree[index];
        Assert.True(_proposed.Contains(entry), $"{peer}: {entry} was never proposed");
        if (index < _committed.Count)
        {
            Assert.True(_committed[index] == entry, $"{peer}: {entry} in place of {_committed[index]}");
            return;
        }

        Assert.Equal(_committed.Count, index);
        Assert.True(IsOnQuorum(entry.Zxid), $"{peer}: {entry} is delivered and on no quorum of disks");
        _committed.Add(entry);
    }

    public void BeginsToServe(WorldPeer peer)
    {
        for (int i = 0; i < peer.Tree.Count; i++)
            Delivered(peer, i);
    }

    /// <summary>Unique leader, epochs that increase, and commits that survive.</summary>
    public void Established(WorldPeer peer, in PeerStatus status)
    {
        if (status.State != PeerState.Leading)
            return;

        Assert.True(_leaders.TryAdd(status.Epoch, peer.Sid), $"{peer}: epoch {status.Epoch} had leader {_leaders.GetValueOrDefault(status.Epoch)}");
        Assert.Equal(peer.Disk.CurrentEpoch, status.Epoch);
        for (int i = 0; i < _committed.Count; i++)
            Assert.True(i < peer.Disk.Log.Count && peer.Disk.Log[i] == _committed[i], $"{peer} lacks {_committed[i]}");
    }

    /// <summary>A sync is answered only when everything that was committed anywhere before it is here.</summary>
    public void SyncConfirmed(WorldPeer leader, Zxid committedBefore) =>
        Assert.True(leader.Core!.LastCommitted >= committedBefore, $"{leader}: a sync did not see {committedBefore}");

    /// <summary>A packet goes to the network.</summary>
    public void Sent(WorldPeer peer, Wire wire, in QuorumPacketView packet)
    {
        if (!_links.TryGetValue(wire, out LinkState? state))
            _links.Add(wire, state = new LinkState());
        switch (packet.Type)
        {
            case QuorumPacketType.AckEpoch:
                SentPromise(peer, state, packet);
                break;
            case QuorumPacketType.LeaderInfo:
                state.Epoch = packet.Zxid.Epoch;
                break;
            case QuorumPacketType.Ack:
                SentAck(peer, state, packet.Zxid);
                break;
            case QuorumPacketType.Diff:
                state.Given = state.LearnerLast;
                break;
            case QuorumPacketType.Truncate or QuorumPacketType.Snapshot:
                state.Given = packet.Zxid;
                break;
            case QuorumPacketType.Proposal:
                Assert.True(History.IsSuccessor(state.Given, packet.Zxid), $"{peer}: {packet.Zxid} follows {state.Given} on a link");
                state.Given = packet.Zxid;
                state.Open.Enqueue(packet.Zxid);
                break;
            case QuorumPacketType.Commit:
                Assert.True(state.Open.TryDequeue(out Zxid next) && next == packet.Zxid, $"{peer}: COMMIT {packet.Zxid} in place of {next}");
                if (state.IsNewLeaderSent && packet.Zxid.Epoch == state.Epoch)
                    Assert.True(IsOnQuorum(packet.Zxid), $"{peer}: {packet.Zxid} is committed and on no quorum of disks");
                break;
            case QuorumPacketType.NewLeader:
                Assert.Empty(state.Open);
                state.IsNewLeaderSent = true;
                state.History = state.Given;
                break;
        }

        Probes.Add(packet.Type.ToString());
    }

    public void AfterStep()
    {
        foreach (WorldPeer peer in world.Peers)
        {
            (int accepted, int current) = _epochs.GetValueOrDefault(peer.Sid);
            Assert.True(peer.Disk.AcceptedEpoch >= accepted && peer.Disk.CurrentEpoch >= current && peer.Disk.AcceptedEpoch >= peer.Disk.CurrentEpoch);
            _epochs[peer.Sid] = (peer.Disk.AcceptedEpoch, peer.Disk.CurrentEpoch);
        }
    }

    private void SentPromise(WorldPeer peer, LinkState state, in QuorumPacketView packet)
    {
        Assert.True(packet.Zxid == peer.Disk.Last || packet.Zxid == Zxid.Zero, $"{peer} says {packet.Zxid}");
        Assert.Equal(peer.Disk.AcceptedEpoch, state.Epoch);
        state.LearnerLast = packet.Zxid;
        _promised[peer.Sid] = state.Epoch;
        if (packet.ReadData<EpochPromise>() == EpochPromise.MadeBefore)
            return;

        Assert.True(_promises.TryAdd((peer.Sid, state.Epoch), 0), $"{peer} promises epoch {state.Epoch} twice");
    }

    private void SentAck(WorldPeer peer, LinkState state, Zxid zxid)
    {
        Assert.True(_promised[peer.Sid] <= state.Epoch, $"{peer} acknowledges {zxid} of epoch {state.Epoch} and has promised {_promised[peer.Sid]}");
        if (zxid.Counter == 0)
        {
            Assert.Equal(state.Epoch, zxid.Epoch);
            Assert.Equal(state.Epoch, peer.Disk.CurrentEpoch);

            // The history that the acknowledgement stands for, whatever has been given beyond it.
            Assert.True(state.History == Zxid.Zero || peer.Disk.Contains(state.History), $"{peer} acknowledges a history up to {state.History}");
            state.IsHistoryAcknowledged = true;
            return;
        }

        Assert.True(state.IsHistoryAcknowledged, $"{peer}: the first acknowledgement is {zxid}");
        Assert.True(peer.Disk.Contains(zxid), $"{peer} acknowledges {zxid}, which is not on its disk");
    }

    private bool IsOnQuorum(Zxid zxid)
    {
        Quorum quorum = Quorum.Of(world.Configuration);
        var tally = new QuorumTally(quorum);
        foreach (WorldPeer peer in world.Peers)
        {
            if (peer.Disk.Contains(zxid))
                tally.Add(peer.Sid);
        }

        return tally.IsDecided;
    }

    private sealed class LinkState
    {
        public int Epoch { get; set; }

        public Zxid LearnerLast { get; set; }

        public Zxid Given { get; set; }

        public Zxid History { get; set; }

        public Queue<Zxid> Open { get; } = new();

        public bool IsNewLeaderSent { get; set; }

        public bool IsHistoryAcknowledged { get; set; }
    }
}
