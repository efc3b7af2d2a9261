using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Tests.Consensus.World;

namespace Coordination.Server.Tests.Consensus;

/// <summary>What a leader says, packet by packet; the sequences are those recorded from Apache's servers.</summary>
public sealed class LeaderScriptTests
{
    private static Zxid Z(int epoch, uint counter) => Zxid.Create(epoch, counter);

    /// <summary>Leads epoch 1 with one follower, server 1 of two or more.</summary>
    private static (CoreScript Leader, ScriptLink Follower) Established(
        bool isOwn = true, int voters = 2, int observers = 0, Func<ZabOptions, ZabOptions>? options = null)
    {
        var script = new CoreScript(sid: voters, voters, observers, options: options);
        for (long sid = 1; sid < voters; sid++)
            script.Vote(from: sid, leader: voters);
        List<ScriptLink> links = [];
        for (long sid = 1; sid < voters; sid++)
            links.Add(script.Comes(isOwn, sid, accepted: 0));
        foreach (ScriptLink link in links)
            link.Hears("AckEpoch 0x0 00000000");
        foreach (ScriptLink link in links)
        {
            link.Hears("Ack 0x100000000");
            link.Says();
        }

        Assert.True(script.Core.MayPropose);
        return (script, links[0]);
    }

    [Fact]
    public void A_fresh_start_of_two()
    {
        var script = new CoreScript(sid: 2);
        script.Vote(from: 1, leader: 2);
        ScriptLink follower = script.Comes(isOwn: false, sid: 1, accepted: 0);
        Assert.Equal(["LeaderInfo 0x100000000 00010000"], follower.Says());
        follower.Hears("AckEpoch 0x0 00000000");
        Assert.Equal(["Diff 0x0", "NewLeader 0x100000000 config"], follower.Says());
        Assert.False(script.Core.MayPropose);
        follower.Hears("Ack 0x100000000");
        Assert.Equal(["UpToDate -1"], follower.Says());
        follower.Hears("Ack 0x100000000");
        Assert.True(script.Core.MayPropose);
        script.Advance(500);
        Assert.Equal(["Ping 0x100000000"], follower.Says());
        Assert.Equal(["Leading begins", "Leading established in 1"], script.Told);
    }

    [Fact]
    public void A_follower_that_was_away_gets_what_it_missed_and_makes_no_second_promise()
    {
        (CoreScript script, ScriptLink follower) = Established();
        for (uint i = 1; i <= 3; i++)
        {
            script.Propose();
            follower.Hears($"Ack {Z(1, i)}");
        }

        follower.Says();
        ScriptLink again = script.Comes(isOwn: false, sid: 1, accepted: 1);
        Assert.True(follower.IsClosed);
        Assert.Equal(["LeaderInfo 0x100000000 00010000"], again.Says());
        again.Hears("AckEpoch 0x100000001 FFFFFFFF");
        Assert.Equal(
            [
                "Diff 0x100000003",
                CoreScript.Packet("Proposal", Z(1, 2)), "Commit 0x100000002",
                CoreScript.Packet("Proposal", Z(1, 3)), "Commit 0x100000003",
                "NewLeader 0x100000000 config",
            ],
            again.Says());
        again.Hears("Ack 0x100000000");
        Assert.Equal(["UpToDate -1"], again.Says());
    }

    [Fact]
    public void Outstanding_proposals_come_behind_NEWLEADER_and_their_commits_behind_them()
    {
        (CoreScript script, ScriptLink follower) = Established(voters: 3);
        Zxid first = script.Propose();
        follower.Hears($"Ack {first}");
        Zxid open = script.Propose();
        ScriptLink again = script.Comes(isOwn: false, sid: 2, accepted: 1);
        again.Says();
        again.Hears("AckEpoch 0x0 FFFFFFFF");
        Assert.Equal(TransferKind.SendSnapshot, script.Transfers[^1].Kind);
        Assert.Empty(again.Says());
        script.Turn(core => core.SnapshotSent(again.Link, first));
        Assert.Equal(["NewLeader 0x100000000 config", CoreScript.Packet("Proposal", open)], again.Says());
        follower.Hears($"Ack {open}");
        Assert.Equal([$"Commit {open}"], again.Says());
        again.Hears("Ack 0x100000000");
        Assert.Equal(["UpToDate -1"], again.Says());
    }

    [Fact]
    public void One_of_ours_that_is_ahead_in_the_same_epoch_cuts_its_log()
    {
        (CoreScript script, ScriptLink follower) = Established();
        follower.Hears($"Ack {script.Propose()}");
        ScriptLink again = script.Comes(isOwn: true, sid: 1, accepted: 1);
        again.Says();
        again.Hears("AckEpoch 0x100000003 FFFFFFFF");
        Assert.Equal(["Truncate 0x100000001", "NewLeader 0x100000000 config"], again.Says());
    }

    [Fact]
    public void One_of_Apaches_that_must_forget_an_old_tail_waits_until_an_empty_entry_behind_it_is_committed()
    {
        var script = new CoreScript(sid: 3, voters: 3, last: Z(3, 40), accepted: 4, current: 4);
        script.Vote(from: 1, leader: 3, Z(3, 40), epoch: 4);
        script.Vote(from: 2, leader: 3, Z(3, 40), epoch: 4);
        ScriptLink follower = script.Comes(isOwn: true, sid: 1, accepted: 4);
        follower.Hears("AckEpoch 0x300000028 00000004", "Ack 0x500000000");
        Assert.True(script.Core.MayPropose);
        follower.Says();

        ScriptLink apache = script.Comes(isOwn: false, sid: 2, accepted: 4);
        apache.Says();
        apache.Hears("AckEpoch 0x30000002d 00000003");
        Assert.Empty(apache.Says());
        Assert.Empty(script.Transfers);
        Assert.Equal([CoreScript.Packet("Proposal", Z(5, 1))], follower.Says());
        follower.Hears("Ack 0x500000001");
        Assert.Equal(TransferKind.SendSnapshot, script.Transfers[^1].Kind);
        script.Turn(core => core.SnapshotSent(apache.Link, Z(5, 1)));
        Assert.Equal(["NewLeader 0x500000000 config"], apache.Says());
    }

    [Fact]
    public void A_stranger_to_the_epochs_of_the_leader_gets_a_snapshot_behind_an_empty_entry_before_anybody_is_established()
    {
        var script = new CoreScript(sid: 2, last: Z(3, 40), accepted: 4, current: 4);
        script.Vote(from: 1, leader: 2, Z(3, 40), epoch: 4);
        ScriptLink apache = script.Comes(isOwn: false, sid: 1, accepted: 4);
        apache.Says();
        apache.Hears("AckEpoch 0x30000002d 00000003");
        Assert.Equal(Z(5, 1), script.Core.History.Last);
        Assert.Equal(TransferKind.SendSnapshot, script.Transfers[^1].Kind);
        script.Turn(core => core.SnapshotSent(apache.Link, Z(3, 40)));
        Assert.Equal(
            [CoreScript.Packet("Proposal", Z(5, 1)), "Commit 0x500000001", "NewLeader 0x500000000 config"],
            apache.Says());
        apache.Hears("Ack 0x500000000");
        Assert.Equal(["UpToDate -1"], apache.Says());
        Assert.Equal(Z(5, 1), script.Core.LastCommitted);
        Assert.Equal([new Entry(Z(5, 1), 0)], script.Delivered);
    }

    [Fact]
    public void Acknowledgements_of_old_entries_may_come_before_that_of_the_history_and_behind_it()
    {
        var script = new CoreScript(sid: 2, last: Z(2, 2), accepted: 2, current: 2);
        script.Vote(from: 1, leader: 2, Z(2, 2), epoch: 2);
        ScriptLink apache = script.Comes(isOwn: false, sid: 1, accepted: 2);
        apache.Hears("AckEpoch 0x200000001 00000002");
        script.Turn(core => core.HistoryLocated(apache.Link, Z(2, 1)));
        script.Turn(core => core.HistorySent(apache.Link, Z(2, 2)));
        apache.Says();
        apache.Hears("Ack 0x200000002");
        Assert.False(script.Core.MayPropose);
        apache.Hears("Ack 0x300000000", "Ack 0x200000002", "Ack 0x300000000");
        Assert.True(script.Core.MayPropose);
        Assert.Equal(["UpToDate -1"], apache.Says());
    }

    [Fact]
    public void Commits_come_once_and_in_order_whatever_is_acknowledged_first()
    {
        (CoreScript script, ScriptLink follower) = Established();
        script.HoldsDisk = true;
        Zxid[] zxids = [script.Propose(), script.Propose(), script.Propose()];
        follower.Says();
        follower.Hears($"Ack {zxids[2]}");
        Assert.Empty(follower.Says());
        script.Release();
        Assert.Equal(["Commit 0x100000001", "Commit 0x100000002", "Commit 0x100000003"], follower.Says());
        follower.Hears($"Ack {zxids[1]}", $"Ack {zxids[2]}", "Ack 0x100000009", "Ack 0x100000000");
        Assert.Empty(follower.Says());
        Assert.Equal(zxids, script.Delivered.Select(static entry => entry.Zxid));
    }

    [Fact]
    public void A_leader_that_is_slow_to_its_disk_commits_with_the_others_and_delivers_when_it_has_caught_up()
    {
        (CoreScript script, ScriptLink follower) = Established(voters: 3);
        ScriptLink second = script.Comes(isOwn: true, sid: 2, accepted: 1);
        second.Hears("AckEpoch 0x0 FFFFFFFF", "Ack 0x100000000");
        script.HoldsDisk = true;
        Zxid zxid = script.Propose();
        follower.Hears($"Ack {zxid}");
        Assert.NotEqual(zxid, script.Core.LastCommitted);
        second.Hears($"Ack {zxid}");
        Assert.Equal(zxid, script.Core.LastCommitted);
        Assert.Empty(script.Delivered);
        script.Release();
        Assert.Single(script.Delivered);
    }

    [Fact]
    public void Observers_hear_what_is_committed_and_their_word_counts_nowhere()
    {
        (CoreScript script, ScriptLink follower) = Established(observers: 1);
        ScriptLink observer = script.Comes(isOwn: false, sid: 3, accepted: 0, isObserver: true);
        observer.Hears("AckEpoch 0x0 00000000");
        Assert.Equal(["LeaderInfo 0x100000000 00010000", "Diff 0x0", "NewLeader 0x100000000 config"], observer.Says());
        observer.Hears("Ack 0x100000000", "Ack 0x100000000");
        Assert.Equal(["UpToDate -1"], observer.Says());
        Zxid zxid = script.Propose();
        observer.Hears($"Ack {zxid}");
        Assert.Empty(observer.Says());
        follower.Hears($"Ack {zxid}");
        Assert.Equal([CoreScript.Packet("Inform", zxid)], observer.Says());
    }
}
