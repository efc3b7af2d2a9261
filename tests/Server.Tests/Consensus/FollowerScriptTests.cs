using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Tests.Consensus.World;

namespace Coordination.Server.Tests.Consensus;

/// <summary>What a learner says, packet by packet, and in which order things become durable; the sequences are those recorded from Apache's servers.</summary>
public sealed class FollowerScriptTests
{
    private static readonly string FirstPromise = "AckEpoch 0x0 00000000";

    private static Zxid Z(int epoch, uint counter) => Zxid.Create(epoch, counter);

    private static (CoreScript Script, ScriptLink Link) Reached(Zxid last = default, int accepted = 0, int current = 0, long sid = 1, int observers = 0)
    {
        var script = new CoreScript(sid, voters: 2, observers, last, accepted, current);
        if (sid == 1)
        {
            script.Vote(from: 2, leader: 2, new Zxid(Math.Max(last.Value, 0)), current);
        }
        else
        {
            foreach ((long from, PeerState state) in ((long, PeerState)[])[(1, PeerState.Following), (2, PeerState.Leading)])
            {
                script.Turn(core => core.Receive(
                    from, new ElectionNotification(state, 2, last, 1, current, ElectionNotification.CurrentVersion, "version=0")));
            }
        }

        Assert.True(script.IsConnecting);
        return (script, script.Reaches());
    }

    private static (CoreScript Script, ScriptLink Link) Serving()
    {
        (CoreScript script, ScriptLink link) = Reached();
        link.Hears("LeaderInfo 0x100000000 00010000", "Diff 0x0", "NewLeader 0x100000000", "UpToDate -1");
        link.Says();
        Assert.True(script.Core.Status.IsEstablished);
        return (script, link);
    }

    [Fact]
    public void A_fresh_start_of_two()
    {
        (CoreScript script, ScriptLink link) = Reached();
        Assert.Equal(["FollowerInfo 0x0 0000000000000001000100010000000000000000"], link.Says());
        link.Hears("LeaderInfo 0x100000000 00010000");
        Assert.Equal([FirstPromise], link.Says());
        link.Hears("Diff 0x0", "NewLeader 0x100000000");
        Assert.Equal(["Ack 0x100000000"], link.Says());
        link.Hears("Ping 0x100000000");
        Assert.Empty(link.Says());
        link.Hears("UpToDate -1");
        Assert.Equal(["Ack 0x100000000"], link.Says());
        link.Hears("Ping 0x100000000");
        Assert.Equal(["Ping 0x100000000"], link.Says());
        Assert.Equal(["Following begins", "Following established in 1"], script.Told);
    }

    [Fact]
    public void A_promise_is_on_the_disk_before_it_is_given_and_is_given_once()
    {
        (CoreScript script, ScriptLink link) = Reached(Z(1, 29), accepted: 1, current: 1);
        link.Says();
        script.HoldsDisk = true;
        link.Hears("LeaderInfo 0x200000000 00010000");
        Assert.Empty(link.Says());
        script.Release();
        Assert.Equal(["AckEpoch 0x10000001d 00000001"], link.Says());

        (_, ScriptLink again) = Reached(Z(1, 29), accepted: 2, current: 1);
        again.Says();
        again.Hears("LeaderInfo 0x200000000 00010000");
        Assert.Equal(["AckEpoch 0x10000001d FFFFFFFF"], again.Says());

        (_, ScriptLink old) = Reached(Z(1, 29), accepted: 3, current: 1);
        old.Says();
        old.Hears("LeaderInfo 0x200000000 00010000");
        Assert.Empty(old.Says());
        Assert.True(old.IsClosed);
    }

    [Fact]
    public void History_then_epoch_then_the_first_acknowledgement()
    {
        (CoreScript script, ScriptLink link) = Reached(Z(1, 1), accepted: 1, current: 1);
        link.Hears("LeaderInfo 0x200000000 00010000", "Diff 0x100000003");
        link.Says();
        script.HoldsDisk = true;
        for (uint i = 2; i <= 3; i++)
            link.Hears(CoreScript.Packet("Proposal", Z(1, i)), $"Commit {Z(1, i)}");
        link.Hears(CoreScript.Packet("Proposal", Z(2, 1)), "NewLeader 0x200000000");
        Assert.Equal(Z(1, 3), script.Core.History.Last);
        Assert.Empty(link.Says());
        script.Turn(core => core.Persisted(Z(1, 3)));
        Assert.Empty(link.Says());
        script.Release();
        Assert.Equal((2, 2), (script.Core.Epochs.Accepted, script.Core.Epochs.Current));
        Assert.Equal(["Ack 0x200000000"], link.Says());

        // What is in the leader's history is in the log, but in no tree before the leader is established.
        Assert.Empty(script.Delivered);
        script.HoldsDisk = false;
        link.Hears("UpToDate -1");
        Assert.Equal(["Ack 0x200000000", "Ack 0x200000001"], link.Says());
        Assert.Equal([Z(1, 2), Z(1, 3)], script.Delivered.Select(static entry => entry.Zxid));
        link.Hears("Commit 0x200000001");
        Assert.Equal(3, script.Delivered.Count);
    }

    [Fact]
    public void Commits_may_come_on_either_side_of_NEWLEADER_and_before_UPTODATE()
    {
        (CoreScript script, ScriptLink link) = Reached(Z(1, 1), accepted: 1, current: 1);
        link.Hears(
            "LeaderInfo 0x200000000 00010000", "Diff 0x100000001", CoreScript.Packet("Proposal", Z(2, 1)), CoreScript.Packet("Proposal", Z(2, 2)),
            "Commit 0x200000001", "NewLeader 0x200000000");
        link.Says();
        link.Hears("Commit 0x200000002", CoreScript.Packet("Proposal", Z(2, 3)), CoreScript.Packet("Proposal", Z(2, 4)), "Commit 0x200000003", "UpToDate -1");
        Assert.Equal(["Ack 0x200000000", "Ack 0x200000002", "Ack 0x200000003", "Ack 0x200000004"], link.Says());
        Assert.Equal([Z(2, 1), Z(2, 2), Z(2, 3)], script.Delivered.Select(static entry => entry.Zxid));
    }

    [Fact]
    public void Every_proposal_is_acknowledged_by_itself_in_order_when_it_is_on_the_disk()
    {
        (CoreScript script, ScriptLink link) = Serving();
        script.HoldsDisk = true;
        link.Hears(CoreScript.Packet("Proposal", Z(1, 1)), CoreScript.Packet("Proposal", Z(1, 2)), CoreScript.Packet("Proposal", Z(1, 3)));
        Assert.Empty(link.Says());
        script.Turn(core => core.Persisted(Z(1, 2)));
        Assert.Equal(["Ack 0x100000001", "Ack 0x100000002"], link.Says());
        script.Release();
        Assert.Equal(["Ack 0x100000003"], link.Says());
    }

    [Fact]
    public void A_commit_waits_for_this_disk_and_one_out_of_order_ends_the_link()
    {
        (CoreScript script, ScriptLink link) = Serving();
        script.HoldsDisk = true;
        link.Hears(CoreScript.Packet("Proposal", Z(1, 1)), CoreScript.Packet("Proposal", Z(1, 2)), "Commit 0x100000001");
        Assert.Empty(script.Delivered);
        script.Turn(core => core.Persisted(Z(1, 2)));
        Assert.Single(script.Delivered);
        link.Hears("Commit 0x100000003");
        Assert.True(link.IsClosed);
        Assert.Equal(PeerState.Looking, script.Core.Status.State);
    }

    [Theory]
    [InlineData("Proposal 0x100000002 0102")]
    [InlineData("Commit 0x100000001")]
    [InlineData("Revalidate -1 0102")]
    public void What_a_leader_may_not_say_ends_the_link(string packet)
    {
        (CoreScript script, ScriptLink link) = Serving();
        link.Hears(packet);
        Assert.True(link.IsClosed);
        Assert.Equal("Looking begins", script.Told[^1]);
    }

    [Fact]
    public void A_role_is_left_when_all_is_on_the_disk_and_only_then_is_there_a_vote()
    {
        (CoreScript script, ScriptLink link) = Serving();
        script.HoldsDisk = true;
        link.Hears(CoreScript.Packet("Proposal", Z(1, 1)));
        script.Network.Clear();
        script.Turn(core => core.Lost(link.Link));
        Assert.Equal(PeerState.Looking, script.Core.Status.State);
        Assert.Empty(script.Network);
        script.Release();
        ElectionNotification vote = Assert.Single(script.Network).Notification;
        Assert.Equal((Z(1, 1), 1L), (vote.Zxid, vote.PeerEpoch));
    }

    [Fact]
    public void An_entry_of_a_later_epoch_raises_the_current_one_before_there_is_a_vote()
    {
        var script = new CoreScript(sid: 1, last: Z(4, 2), accepted: 3, current: 3);
        Assert.Equal((4, 4), (script.Core.Epochs.Accepted, script.Core.Epochs.Current));
        Assert.Equal(DiskOrderKind.SaveEpochs, Assert.Single(script.DiskOrders).Kind);
        Assert.Equal(4, Assert.Single(script.Network).Notification.PeerEpoch);
    }

    [Fact]
    public void A_log_that_is_cut_is_cut_before_anything_is_logged_behind_it()
    {
        (CoreScript script, ScriptLink link) = Reached(Z(1, 5), accepted: 1, current: 1);
        link.Hears("LeaderInfo 0x200000000 00010000");
        link.Says();
        script.HoldsDisk = true;
        link.Hears("Truncate 0x100000003", CoreScript.Packet("Proposal", Z(1, 4)), "Commit 0x100000004", "NewLeader 0x200000000");
        Assert.Equal((DiskOrderKind.Truncate, Z(1, 3)), (script.DiskOrders[^1].Kind, script.DiskOrders[^1].Zxid));
        Assert.Equal(Z(1, 5), script.Core.History.Last);
        Assert.Empty(link.Says());
        script.Release();
        script.Release();
        Assert.Equal(Z(1, 4), script.Core.History.Last);
        Assert.Equal(["Ack 0x200000000"], link.Says());
    }

    [Fact]
    public void A_log_that_cannot_be_cut_is_replaced_at_the_next_attempt_with_the_same_leader()
    {
        (CoreScript script, ScriptLink link) = Reached(Z(1, 5), accepted: 1, current: 1);
        link.Hears("LeaderInfo 0x200000000 00010000");
        script.HoldsDisk = true;
        link.Hears("Truncate 0x100000003");
        script.Turn(static core => core.TruncationFailed());
        Assert.True(link.IsClosed);
        Assert.Equal(Z(1, 5), script.Core.History.Last);
        script.HoldsDisk = false;
        script.Vote(from: 2, leader: 2, Z(1, 5), epoch: 1);
        ScriptLink again = script.Reaches();
        again.Hears("LeaderInfo 0x200000000 00010000");
        Assert.Equal("AckEpoch 0x0 FFFFFFFF", again.Says()[^1]);
    }

    [Fact]
    public void A_snapshot_takes_the_place_of_everything_in_one_step_when_the_history_is_complete()
    {
        (CoreScript script, ScriptLink link) = Reached(Z(1, 5), accepted: 1, current: 1);
        link.Hears("LeaderInfo 0x300000000 00010000");
        link.Says();
        link.Hears("Snapshot 0x200000007");
        TransferOrder load = Assert.Single(script.Transfers);
        Assert.Equal((TransferKind.LoadSnapshot, Z(2, 7)), (load.Kind, load.UpTo));
        script.DiskOrders.Clear();
        script.Turn(core => core.SnapshotLoaded(link.Link));

        // Apache's image may hold some of what follows already; those come again, and are passed over.
        link.Hears(CoreScript.Packet("Proposal", Z(2, 7)), "Commit 0x200000007", CoreScript.Packet("Proposal", Z(2, 8)), "Commit 0x200000008");
        Assert.Empty(script.DiskOrders);
        Assert.Equal(Z(1, 5), script.Core.History.Last);
        link.Hears("NewLeader 0x300000000");
        Assert.Equal([DiskOrderKind.InstallSnapshot, DiskOrderKind.SaveEpochs], script.DiskOrders.Select(static order => order.Kind));
        Assert.Equal([Z(2, 8)], script.DiskOrders[0].Entries!.Entries.Select(static span => span.Zxid));
        Assert.Equal((Z(2, 8), Z(2, 8)), (script.DiskOrders[0].Zxid, script.Core.History.Last));
        Assert.Equal(["Ack 0x300000000"], link.Says());
    }

    [Fact]
    public void A_snapshot_whose_link_is_lost_is_thrown_away()
    {
        (CoreScript script, ScriptLink link) = Reached(Z(1, 5), accepted: 1, current: 1);
        link.Hears("LeaderInfo 0x300000000 00010000", "Snapshot 0x200000007");
        script.Turn(core => core.Lost(link.Link));
        Assert.Equal(TransferKind.DiscardSnapshot, script.Transfers[^1].Kind);
        Assert.Equal(Z(1, 5), script.Core.History.Last);
        Assert.DoesNotContain(script.DiskOrders, static order => order.Kind == DiskOrderKind.InstallSnapshot);
    }

    [Fact]
    public void An_observer_says_so_logs_what_is_committed_and_acknowledges_no_entry()
    {
        (CoreScript script, ScriptLink link) = Reached(sid: 3, observers: 1);
        Assert.Equal(["ObserverInfo 0x0 0000000000000003000100010000000000000000"], link.Says());
        link.Hears(
            "LeaderInfo 0x100000000 00010000", "Diff 0x100000001", CoreScript.Packet("Proposal", Z(1, 1)), "Commit 0x100000001",
            "NewLeader 0x100000000", CoreScript.Packet("Inform", Z(1, 2)), "UpToDate -1");
        Assert.Equal([FirstPromise, "Ack 0x100000000", "Ack 0x100000000"], link.Says());
        link.Hears(CoreScript.Packet("Inform", Z(1, 3)));
        Assert.Empty(link.Says());
        Assert.Equal([Z(1, 1), Z(1, 2), Z(1, 3)], script.Delivered.Select(static entry => entry.Zxid));
        link.Hears(CoreScript.Packet("Inform", Z(1, 5)));
        Assert.True(link.IsClosed);
    }

    [Fact]
    public void A_silent_leader_is_left_after_the_limit_of_its_time()
    {
        (CoreScript script, ScriptLink link) = Serving();
        script.Advance(4000);
        link.Hears("Ping 0x100000000");
        script.Advance(4900);
        Assert.Equal(PeerState.Following, script.Core.Status.State);
        script.Advance(200);
        Assert.Equal(PeerState.Looking, script.Core.Status.State);
        Assert.True(link.IsClosed);
    }

    [Fact]
    public void A_leader_that_cannot_be_reached_is_looked_for_anew()
    {
        var script = new CoreScript(sid: 1);
        script.Vote(from: 2, leader: 2);
        script.Turn(static core => core.LeaderUnreachable(2));
        Assert.Equal(["Following begins", "Looking begins"], script.Told);
    }
}
