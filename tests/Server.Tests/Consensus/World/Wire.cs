using Coordination.Protocol;
using Coordination.Server.Consensus;

namespace Coordination.Server.Tests.Consensus.World;

/// <summary>One direction of a connection: what was sent and has not arrived, in order.</summary>
internal sealed class Pipe(WorldPeer from, WorldPeer to)
{
    public WorldPeer From { get; } = from;

    public WorldPeer To { get; } = to;

    /// <summary>Packets as bytes, and snapshots as lists of entries.</summary>
    public Queue<object> InFlight { get; } = new();
}

/// <summary>A connection between a learner and its leader.</summary>
internal sealed class Wire
{
    public Wire(WorldPeer learner, WorldPeer leader, long id)
    {
        AtLearner = new PeerLink(id, isIncoming: false) { Owner = this };
        AtLeader = new PeerLink(id, isIncoming: true) { Owner = this };
        Up = new Pipe(learner, leader);
        Down = new Pipe(leader, learner);
    }

    public PeerLink AtLearner { get; }

    public PeerLink AtLeader { get; }

    /// <summary>Learner to leader.</summary>
    public Pipe Up { get; }

    /// <summary>Leader to learner.</summary>
    public Pipe Down { get; }

    /// <summary>Ends that know that it is over.</summary>
    public bool LearnerKnows { get; set; }

    public bool LeaderKnows { get; set; }

    /// <summary>Nothing gets through any more, in either direction.</summary>
    public bool IsCut { get; set; }

    public bool IsOver => LearnerKnows && LeaderKnows;

    public PeerLink LinkOf(WorldPeer peer) => peer == Up.From ? AtLearner : AtLeader;

    public Pipe OutOf(WorldPeer peer) => peer == Up.From ? Up : Down;

    public Pipe Into(WorldPeer peer) => peer == Up.From ? Down : Up;

    public bool Knows(WorldPeer peer) => peer == Up.From ? LearnerKnows : LeaderKnows;

    public void Learn(WorldPeer peer)
    {
        if (peer == Up.From)
            LearnerKnows = true;
        else
            LeaderKnows = true;
    }

    /// <summary>Cuts what a peer has written into packets.</summary>
    public static List<byte[]> Split(FrameBuffer output)
    {
        List<byte[]> packets = [];
        ReadOnlySpan<byte> rest = output.WrittenSpan;
        while (QuorumPacketReader.TryRead(rest, int.MaxValue / 4, out QuorumPacketView view))
        {
            packets.Add(rest[..view.Length].ToArray());
            rest = rest[view.Length..];
        }

        Assert.True(rest.IsEmpty);
        output.Clear();
        return packets;
    }

    public static QuorumPacketView Parse(byte[] packet)
    {
        Assert.True(QuorumPacketReader.TryRead(packet, int.MaxValue / 4, out QuorumPacketView view));
        return view;
    }
}
