using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Tests.Consensus.World;

namespace Coordination.Server.Tests.Consensus;

/// <summary>
/// The steps of Zab as numbered in the paper (Junqueira, Reed, Serafini, DSN 2011), one test for each: L is what a leader does, F what a
/// follower does; the first number is the phase (discovery, synchronisation, broadcast).
/// </summary>
public sealed class ZabPaperTests
{
    private static Zxid Z(int epoch, uint counter) => Zxid.Create(epoch, counter);

    private static CoreScript Leader(int voters = 3, Zxid last = default, int epoch = 0)
    {
        var script = new CoreScript(sid: voters, voters, last: last, accepted: epoch, current: epoch);
        for (long sid = 1; sid < voters; sid++)
            script.Vote(from: sid, leader: voters, last, epoch);
        return script;
    }

    private static (CoreScript Script, ScriptLink Link) Follower(Zxid last = default, int accepted = 0, int current = 0)
    {
        var script = new CoreScript(sid: 1, voters: 2, last: last, accepted: accepted, current: current);
        script.Vote(from: 2, leader: 2, last, current);
        return (script, script.Reaches());
    }

    [Fact]
    public void F_1_1_a_follower_tells_the_prospective_leader_its_last_promise()
    {
        (_, ScriptLink link) = Follower(Z(3, 1), accepted: 6, current: 3);
        Assert.StartsWith($"FollowerInfo {Z(6, 0)} ", Assert.Single(link.Says()), StringComparison.Ordinal);
    }

    [Fact]
    public void L_1_1_having_heard_a_quorum_a_leader_proposes_an_epoch_above_all_it_was_told()
    {
        CoreScript leader = Leader(voters: 5, Z(3, 1), epoch: 3);
        ScriptLink first = leader.Comes(isOwn: true, 1, accepted: 7);
        Assert.Empty(first.Says());
        ScriptLink second = leader.Comes(isOwn: true, 2, accepted: 4);
        Assert.All((ScriptLink[])[first, second], static link => Assert.Equal($"LeaderInfo {Z(8, 0)} 00010001", Assert.Single(link.Says())));
    }

    [Fact]
    public void F_1_2_a_follower_takes_only_an_epoch_above_its_promise_and_answers_with_its_history()
    {
        (CoreScript script, ScriptLink link) = Follower(Z(3, 9), accepted: 3, current: 3);
        link.Says();
        link.Hears($"LeaderInfo {Z(5, 0)} 00010000");
        Assert.Equal(5, script.Core.Epochs.Accepted);
        Assert.Equal([$"AckEpoch {Z(3, 9)} 00000003"], link.Says());
    }

    [Fact]
    public void L_1_2_without_promises_of_a_quorum_or_with_one_that_is_ahead_no_history_is_offered()
    {
        CoreScript leader = Leader(voters: 5, Z(3, 1), epoch: 3);
        ScriptLink[] links = [leader.Comes(isOwn: true, 1, accepted: 3), leader.Comes(isOwn: true, 2, accepted: 3), leader.Comes(isOwn: true, 3, accepted: 3)];
        links[0].Hears($"AckEpoch {Z(3, 1)} 00000003");
        links[1].Hears($"AckEpoch {Z(3, 2)} 00000003");
        Assert.True(links[1].IsClosed);
        Assert.Equal([$"LeaderInfo {Z(4, 0)} 00010001"], links[0].Says());
        links[2].Hears($"AckEpoch {Z(2, 900)} 00000002");
        Assert.Equal([$"Diff {Z(3, 1)}", $"NewLeader {Z(4, 0)} config"], links[0].Says());
    }

    [Fact]
    public void L_2_1_the_new_epochs_leader_offers_its_history_to_those_that_promised()
    {
        CoreScript leader = Leader(voters: 3, Z(3, 1), epoch: 3);
        ScriptLink link = leader.Comes(isOwn: true, 1, accepted: 3);
        link.Hears($"AckEpoch {Z(3, 1)} 00000003");
        Assert.Equal((4, 4), (leader.Core.Epochs.Accepted, leader.Core.Epochs.Current));
        Assert.Equal([$"LeaderInfo {Z(4, 0)} 00010001", $"Diff {Z(3, 1)}", $"NewLeader {Z(4, 0)} config"], link.Says());
    }

    [Fact]
    public void F_2_1_a_follower_accepts_the_history_durably_before_it_says_so_and_none_of_another_epoch()
    {
        (CoreScript script, ScriptLink link) = Follower(Z(3, 9), accepted: 3, current: 3);
        link.Hears($"LeaderInfo {Z(5, 0)} 00010000", $"Diff {Z(3, 9)}", $"NewLeader {Z(5, 0)}");
        Assert.Equal(5, script.Core.Epochs.Current);
        Assert.Equal($"Ack {Z(5, 0)}", link.Says()[^1]);

        (CoreScript other, ScriptLink wrong) = Follower(Z(3, 9), accepted: 3, current: 3);
        wrong.Hears($"LeaderInfo {Z(5, 0)} 00010000", $"Diff {Z(3, 9)}", $"NewLeader {Z(4, 0)}");
        Assert.Equal(PeerState.Looking, other.Core.Status.State);
        Assert.Equal(3, other.Core.Epochs.Current);
    }

    [Fact]
    public void L_2_2_with_a_quorum_of_those_the_history_is_committed()
    {
        CoreScript leader = Leader(voters: 5, Z(3, 1), epoch: 3);
        ScriptLink[] links = [leader.Comes(isOwn: true, 1, accepted: 3), leader.Comes(isOwn: true, 2, accepted: 3)];
        foreach (ScriptLink link in links)
            link.Hears($"AckEpoch {Z(3, 1)} 00000003");
        links[0].Hears($"Ack {Z(4, 0)}");
        Assert.False(leader.Core.Status.IsEstablished);
        links[1].Hears($"Ack {Z(4, 0)}");
        Assert.True(leader.Core.Status.IsEstablished);
        Assert.All(links, static link => Assert.Equal("UpToDate -1", link.Says()[^1]));
    }

    [Fact]
    public void F_2_2_with_the_leaders_word_a_follower_delivers_the_history_in_order()
    {
        (CoreScript script, ScriptLink link) = Follower(Z(3, 1), accepted: 3, current: 3);
        link.Hears($"LeaderInfo {Z(5, 0)} 00010000", $"Diff {Z(4, 1)}");
        link.Hears(CoreScript.Packet("Proposal", Z(3, 2)), $"Commit {Z(3, 2)}", CoreScript.Packet("Proposal", Z(4, 1)), $"Commit {Z(4, 1)}");
        link.Hears($"NewLeader {Z(5, 0)}");
        Assert.Empty(script.Delivered);
        link.Hears("UpToDate -1");
        Assert.Equal([Z(3, 2), Z(4, 1)], script.Delivered.Select(static entry => entry.Zxid));
    }

    [Fact]
    public void L_3_1_proposals_bear_the_epoch_and_have_no_gap_and_there_are_none_before_the_history_is_committed()
    {
        CoreScript leader = Leader(voters: 3, Z(3, 1), epoch: 3);
        ScriptLink link = leader.Comes(isOwn: true, 1, accepted: 3);
        link.Hears($"AckEpoch {Z(3, 1)} 00000003");
        Assert.Throws<InvariantException>(() => leader.Propose());

        leader = Leader(voters: 3, Z(3, 1), epoch: 3);
        link = leader.Comes(isOwn: true, 1, accepted: 3);
        link.Hears($"AckEpoch {Z(3, 1)} 00000003", $"Ack {Z(4, 0)}");
        link.Says();
        Assert.Equal([Z(4, 1), Z(4, 2)], (Zxid[])[leader.Propose(), leader.Propose()]);
        Assert.Equal([CoreScript.Packet("Proposal", Z(4, 1)), CoreScript.Packet("Proposal", Z(4, 2))], link.Says());
    }

    [Fact]
    public void L_3_2_what_a_quorum_has_acknowledged_is_committed()
    {
        CoreScript leader = Leader(voters: 5);
        ScriptLink[] links = [leader.Comes(isOwn: true, 1, accepted: 0), leader.Comes(isOwn: true, 2, accepted: 0)];
        foreach (ScriptLink link in links)
            link.Hears("AckEpoch 0x0 00000000");
        foreach (ScriptLink link in links)
            link.Hears($"Ack {Z(1, 0)}");
        Zxid zxid = leader.Propose();
        links[0].Hears($"Ack {zxid}");
        Assert.NotEqual(zxid, leader.Core.LastCommitted);
        links[1].Hears($"Ack {zxid}");
        Assert.Equal(zxid, leader.Core.LastCommitted);
        Assert.All(links, link => Assert.Equal($"Commit {zxid}", link.Says()[^1]));
    }

    [Fact]
    public void L_3_3_whoever_comes_later_gets_the_epoch_and_what_is_committed_and_all_that_follows()
    {
        CoreScript leader = Leader(voters: 3);
        ScriptLink first = leader.Comes(isOwn: true, 1, accepted: 0);
        first.Hears("AckEpoch 0x0 00000000", $"Ack {Z(1, 0)}");
        ScriptLink late = leader.Comes(isOwn: true, 2, accepted: 0);
        late.Hears("AckEpoch 0x0 00000000");
        Assert.Equal([$"LeaderInfo {Z(1, 0)} 00010001", "Diff 0x0", $"NewLeader {Z(1, 0)} config"], late.Says());
        Zxid zxid = leader.Propose();
        first.Hears($"Ack {zxid}");
        Assert.Equal([CoreScript.Packet("Proposal", zxid), $"Commit {zxid}"], late.Says());
    }

    [Fact]
    public void L_3_4_when_it_has_the_history_it_is_told_to_serve_and_counts()
    {
        CoreScript leader = Leader(voters: 3);
        ScriptLink first = leader.Comes(isOwn: true, 1, accepted: 0);
        first.Hears("AckEpoch 0x0 00000000", $"Ack {Z(1, 0)}");
        ScriptLink late = leader.Comes(isOwn: true, 2, accepted: 0);
        late.Hears("AckEpoch 0x0 00000000", $"Ack {Z(1, 0)}");
        Assert.Equal("UpToDate -1", late.Says()[^1]);
        Zxid zxid = leader.Propose();
        late.Hears($"Ack {zxid}");
        Assert.Equal(zxid, leader.Core.LastCommitted);
    }

    [Fact]
    public void F_3_1_and_2_a_follower_appends_proposals_in_order_and_acknowledges_what_is_durable()
    {
        (CoreScript script, ScriptLink link) = Follower();
        link.Hears($"LeaderInfo {Z(1, 0)} 00010000", "Diff 0x0", $"NewLeader {Z(1, 0)}", "UpToDate -1");
        link.Says();
        script.HoldsDisk = true;
        link.Hears(CoreScript.Packet("Proposal", Z(1, 1)));
        Assert.Empty(link.Says());
        script.Release();
        Assert.Equal([$"Ack {Z(1, 1)}"], link.Says());
    }

    [Fact]
    public void F_3_3_a_commit_is_delivered_when_all_before_it_is()
    {
        (CoreScript script, ScriptLink link) = Follower();
        link.Hears($"LeaderInfo {Z(1, 0)} 00010000", "Diff 0x0", $"NewLeader {Z(1, 0)}", "UpToDate -1");
        link.Hears(CoreScript.Packet("Proposal", Z(1, 1)), CoreScript.Packet("Proposal", Z(1, 2)), $"Commit {Z(1, 1)}", $"Commit {Z(1, 2)}");
        Assert.Equal([Z(1, 1), Z(1, 2)], script.Delivered.Select(static entry => entry.Zxid));
        link.Hears(CoreScript.Packet("Proposal", Z(1, 3)), CoreScript.Packet("Proposal", Z(1, 4)), $"Commit {Z(1, 4)}");
        Assert.Equal(2, script.Delivered.Count);
        Assert.True(link.IsClosed);
    }
}
