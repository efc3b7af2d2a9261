using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Tests.Consensus.World;

namespace Coordination.Server.Tests.Consensus;

/// <summary>What a write costs in consensus: bytes copied, nothing allocated.</summary>
public sealed class BroadcastCostTests
{
    private const int Batch = 100;

    [Fact]
    public void Proposing_acknowledging_and_committing_allocate_nothing()
    {
        var leader = new CoreScript(sid: 3, voters: 3, options: static options => options with { MaxHistoryBytes = 64 * 1024 });
        leader.Vote(from: 1, leader: 3);
        leader.Vote(from: 2, leader: 3);
        ScriptLink[] links = [leader.Comes(isOwn: true, 1, 0), leader.Comes(isOwn: true, 2, 0)];
        foreach (ScriptLink link in links)
            link.Hears("AckEpoch 0x0 00000000");
        foreach (ScriptLink link in links)
            link.Hears("Ack 0x100000000");

        byte[] entry = new byte[150];
        using var acks = new FrameBuffer(64 * 1024);
        ZabPeer core = leader.Core;
        long now = leader.Now;
        for (int round = 0; round < 200; round++)
            Round();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 200; round++)
            Round();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 200 * Batch / 10, $"{allocated} bytes for {200 * Batch} writes");
        Assert.Equal(400u * Batch, core.LastCommitted.Counter);

        void Round()
        {
            core.BeginTurn(now);
            acks.Clear();
            var writer = new JuteWriter(acks);
            for (int i = 0; i < Batch; i++)
            {
                Zxid zxid = core.LastProposed.Next;
                core.Outbox.Log.Add(zxid, entry);
                core.Propose(zxid, entry);
                QuorumPacketWriter.Write(ref writer, QuorumPacketType.Ack, zxid);
            }

            writer.Flush();
            core.CompleteTurn();
            Clear();

            core.BeginTurn(now);
            core.Persisted(core.History.Last);
            for (ReadOnlySpan<byte> rest = acks.WrittenSpan; QuorumPacketReader.TryRead(rest, 1000, out QuorumPacketView packet); rest = rest[packet.Length..])
                core.Receive(links[0].Link, packet);
            core.CompleteTurn();
            int delivered = 0;
            while (core.TryDeliver(out _, out _))
                delivered++;
            if (delivered != Batch)
                Assert.Fail($"{delivered} delivered");
            Clear();
        }

        void Clear()
        {
            core.Outbox.Clear();
            foreach (ScriptLink link in links)
                link.Link.Output.Clear();
        }
    }
}
