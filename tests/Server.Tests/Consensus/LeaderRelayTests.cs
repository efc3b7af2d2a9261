using Coordination.Protocol;
using Coordination.Server.Consensus;
using Coordination.Server.Tests.Consensus.World;

namespace Coordination.Server.Tests.Consensus;

/// <summary>Syncs, requests, deadlines, and how leadership ends.</summary>
public sealed class LeaderRelayTests
{
    private static (CoreScript Script, ScriptLink[] Followers) Established(
        bool isOwn = true, int followers = 2, int observers = 0, Func<ZabOptions, ZabOptions>? options = null)
    {
        var script = new CoreScript(sid: followers + 1, voters: followers + 1, observers, options: options);
        for (long sid = 1; sid <= followers; sid++)
            script.Vote(from: sid, leader: followers + 1);
        ScriptLink[] links = [.. Enumerable.Range(1, followers).Select(sid => script.Comes(isOwn, sid, accepted: 0))];
        foreach (ScriptLink link in links)
            link.Hears("AckEpoch 0x0 00000000");
        foreach (ScriptLink link in links)
            link.Hears("Ack 0x100000000", "Ack 0x100000000");

        foreach (ScriptLink link in links)
            link.Says();
        Assert.True(script.Core.MayPropose);
        return (script, links);
    }

    [Fact]
    public void A_sync_of_a_client_here_is_confirmed_when_a_quorum_answered_a_ping_sent_after_it()
    {
        (CoreScript script, ScriptLink[] followers) = Established(followers: 4);
        script.Turn(static core => core.ConfirmSync(null));
        Assert.DoesNotContain("sync confirmed", script.Told);
        Assert.All(followers, static follower => Assert.Equal(["Ping 0x100000000"], follower.Says()));
        followers[0].Hears("Ping 0x100000000");
        Assert.DoesNotContain("sync confirmed", script.Told);
        followers[3].Hears("Ping 0x100000000");
        Assert.Single(script.Told, static told => told == "sync confirmed");
    }

    [Fact]
    public void A_ping_sent_before_the_sync_proves_nothing()
    {
        (CoreScript script, ScriptLink[] followers) = Established();
        script.Advance(500);
        script.Turn(static core => core.ConfirmSync(null));
        Assert.Equal(["Ping 0x100000000", "Ping 0x100000000"], followers[0].Says());
        followers[0].Hears("Ping 0x100000000");
        Assert.DoesNotContain("sync confirmed", script.Told);
        followers[0].Hears("Ping 0x100000000");
        Assert.Contains("sync confirmed", script.Told);
    }

    [Fact]
    public void A_learners_sync_is_answered_behind_the_commits_before_it()
    {
        (CoreScript script, ScriptLink[] followers) = Established();
        Zxid zxid = script.Propose();
        script.Turn(core => core.ConfirmSync(followers[0].Link));
        followers[0].Says();
        followers[1].Hears("Ping 0x100000001");
        Assert.Empty(followers[0].Says());
        followers[1].Hears($"Ack {zxid}");
        Assert.Equal([$"Commit {zxid}", "Sync 0x0"], followers[0].Says());
    }

    [Fact]
    public void Requests_of_an_Apache_server_wait_behind_its_sync()
    {
        (CoreScript script, ScriptLink[] followers) = Established(isOwn: false);
        script.Turn(core => core.ConfirmSync(followers[0].Link));
        followers[0].Hears("Request -1 AA", "Request -1 BB");
        followers[1].Hears("Request -1 CC");
        Assert.Equal(["request CC"], script.Told.FindAll(static told => told.StartsWith("request", StringComparison.Ordinal)));
        followers[1].Hears("Ping 0x100000000");
        Assert.Equal(["request CC", "request AA", "request BB"], script.Told.FindAll(static told => told.StartsWith("request", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_a_ping_brings_and_asks_goes_up()
    {
        (CoreScript script, ScriptLink[] followers) = Established();
        script.Advance(500);
        followers[0].Says();
        followers[0].Hears("Ping 0x100000000 0000000000000007000003E8", "Revalidate -1 000000000000000900000BB8");
        Assert.Contains("touches 0000000000000007000003E8", script.Told);
        Assert.Contains("revalidate 9", script.Told);
        script.Turn(core => core.AnswerRevalidation(followers[0].Link, new RevalidateResponse(9, true)));
        Assert.Equal(["Revalidate -1 000000000000000901"], followers[0].Says());
    }

    [Fact]
    public void Without_a_quorum_for_a_tick_a_leader_stops()
    {
        (CoreScript script, ScriptLink[] followers) = Established();
        script.Turn(core => core.Lost(followers[0].Link));
        script.Advance(3000);
        Assert.True(script.Core.MayPropose);
        script.Turn(core => core.Lost(followers[1].Link));
        script.Advance(1500);
        Assert.Equal(PeerState.Looking, script.Core.Status.State);
    }

    [Fact]
    public void When_its_voters_hold_a_later_election_a_leader_does_not_wait_for_them()
    {
        (CoreScript script, ScriptLink[] followers) = Established();
        Looks(1, later: 1);
        Assert.True(script.Core.MayPropose);
        script.Turn(core => core.Lost(followers[0].Link));
        Looks(1, later: 1);
        Looks(2, later: 0);
        script.Turn(core => core.Lost(followers[1].Link));
        Looks(2, later: 0);
        Assert.True(script.Core.MayPropose);
        Looks(2, later: 1);
        Assert.Equal(PeerState.Looking, script.Core.Status.State);

        void Looks(long sid, long later) => script.Turn(core => core.Receive(
            sid, new ElectionNotification(PeerState.Looking, sid, default, core.Election.Round + later, 1, ElectionNotification.CurrentVersion, "version=0")));
    }

    [Fact]
    public void A_learner_that_says_nothing_or_acknowledges_nothing_is_given_up()
    {
        (CoreScript script, ScriptLink[] followers) = Established();
        script.Propose();
        for (int i = 0; i < 6; i++)
        {
            script.Advance(1000);
            followers[0].Hears("Ping 0x100000001");
            followers[1].Hears("Ping 0x100000001", "Ack 0x100000001");
        }

        Assert.True(followers[0].IsClosed);
        Assert.False(followers[1].IsClosed);
        for (int i = 0; i < 6; i++)
            script.Advance(1000);
        Assert.True(followers[1].IsClosed);
    }

    [Fact]
    public void Nobody_who_never_comes_is_waited_for_longer_than_the_limit()
    {
        var script = new CoreScript(sid: 2);
        script.Vote(from: 1, leader: 2);
        script.Advance(9900);
        Assert.Equal(PeerState.Leading, script.Core.Status.State);
        script.Advance(200);
        Assert.Equal(PeerState.Looking, script.Core.Status.State);
    }

    [Fact]
    public void Learners_that_come_before_the_leader_knows_are_kept_for_it()
    {
        var script = new CoreScript(sid: 2);
        ScriptLink early = script.Comes(isOwn: true, sid: 1, accepted: 0);
        Assert.False(early.IsClosed);
        script.Vote(from: 1, leader: 2);
        Assert.Equal(["LeaderInfo 0x100000000 00010001"], early.Says());

        var late = new CoreScript(sid: 2);
        ScriptLink left = late.Comes(isOwn: true, sid: 1, accepted: 0);
        late.Advance(1500);
        Assert.True(left.IsClosed);

        var other = new CoreScript(sid: 1);
        ScriptLink wrong = other.Comes(isOwn: true, sid: 2, accepted: 0);
        other.Vote(from: 2, leader: 2);
        Assert.True(wrong.IsClosed);
    }

    [Fact]
    public void A_voters_higher_epoch_is_given_way_to_once_and_saved_first()
    {
        (CoreScript script, _) = Established();
        script.HoldsDisk = true;
        script.DiskOrders.Clear();
        ScriptLink ahead = script.Comes(isOwn: true, sid: 1, accepted: 9);
        Assert.True(ahead.IsClosed);
        Assert.Equal((9, 1), (script.DiskOrders[0].AcceptedEpoch, script.DiskOrders[0].CurrentEpoch));
        Assert.Equal(PeerState.Leading, script.Core.Status.State);
        script.Release();
        Assert.Equal(PeerState.Looking, script.Core.Status.State);
        Assert.Equal(9, script.Core.Epochs.Accepted);
    }

    [Theory]
    [InlineData(4, 9)] // not a voter
    [InlineData(1, 2_000_000_000)] // not to be believed
    public void Nobody_else_brings_a_leader_down(long sid, int accepted)
    {
        (CoreScript script, _) = Established(observers: 1);
        ScriptLink ahead = script.Comes(isOwn: true, sid, accepted, isObserver: sid == 4);
        Assert.True(ahead.IsClosed);
        script.Advance(100);
        Assert.True(script.Core.MayPropose);
        Assert.Equal(1, script.Core.Epochs.Accepted);
    }

    [Fact]
    public void Leadership_is_handed_over_when_all_is_committed_and_the_successor_has_it()
    {
        (CoreScript script, ScriptLink[] followers) = Established();
        Zxid zxid = script.Propose();
        script.Turn(static core => core.HandOverTo(2));
        Assert.False(script.Core.MayPropose);
        followers[0].Hears($"Ack {zxid}");
        Assert.Equal(PeerState.Leading, script.Core.Status.State);
        followers[1].Says();
        followers[1].Hears($"Ack {zxid}");
        Assert.Equal(["256 -1 0000000000000002"], followers[1].Says());
        Assert.Equal((PeerState.Following, 2L), (script.Core.Status.State, script.Core.Status.Leader));
        Assert.True(followers[1].IsClosed);
    }

    [Fact]
    public void A_follower_that_is_named_leads_without_an_election()
    {
        var script = new CoreScript(sid: 1, voters: 3);
        script.Vote(from: 3, leader: 3);
        script.Vote(from: 2, leader: 3);
        ScriptLink link = script.Reaches();
        link.Hears("LeaderInfo 0x100000000 00010000", "Diff 0x0", "NewLeader 0x100000000", "UpToDate -1", "256 -1 0000000000000001");
        Assert.Equal((PeerState.Leading, 1L), (script.Core.Status.State, script.Core.Status.Leader));
    }

    [Fact]
    public void A_successor_that_does_not_catch_up_in_time_is_given_up()
    {
        (CoreScript script, ScriptLink[] followers) = Established();
        Zxid zxid = script.Propose();
        script.Turn(static core => core.HandOverTo(2));
        followers[0].Hears($"Ack {zxid}");
        for (int i = 0; i < 11; i++)
        {
            script.Advance(500);
            followers[0].Hears("Ping 0x100000001");
        }

        Assert.True(script.Core.MayPropose);
    }

    [Fact]
    public void Ahead_of_the_counters_limit_a_new_epoch_begins()
    {
        (CoreScript script, ScriptLink[] followers) = Established(options: static options => options with { CounterLimit = 3 });
        Zxid last = default;
        while (script.Core.MayPropose)
        {
            last = script.Propose();
            followers[0].Hears($"Ack {last}");
        }

        Assert.Equal(3u, last.Counter);
        Assert.Equal((PeerState.Leading, 3L, false), (script.Core.Status.State, script.Core.Status.Leader, script.Core.Status.IsEstablished));
        ScriptLink[] again = [script.Comes(isOwn: true, 1, accepted: 1), script.Comes(isOwn: true, 2, accepted: 1)];
        again[0].Hears($"AckEpoch {last} 00000001", "Ack 0x200000000");
        Assert.Equal(Zxid.Create(2, 1), script.Propose());
    }

    [Fact]
    public void While_the_configuration_changes_its_entry_needs_both_quorums_and_activates_it()
    {
        (CoreScript script, ScriptLink[] followers) = Established(options: static options => options with { ReconfigEnabled = true });
        ScriptLink joiner = script.Comes(isOwn: true, sid: 4, accepted: 0);
        joiner.Hears("AckEpoch 0x0 00000000", "Ack 0x100000000", "Ack 0x100000000");
        ScriptLink second = script.Comes(isOwn: true, sid: 5, accepted: 0);
        second.Hears("AckEpoch 0x0 00000000", "Ack 0x100000000", "Ack 0x100000000");
        Zxid before = script.Propose();
        Zxid change = before.Next;
        QuorumConfiguration five = new SmallWorld(5).Configuration.WithVersion(change.Value);
        script.Turn(core =>
        {
            byte[] bytes = new Entry(change, 0).ToBytes();
            core.Outbox.Log.Add(change, bytes);
            core.ProposeConfiguration(change, bytes, five);
        });
        followers[0].Hears($"Ack {before}");
        Assert.Equal(before, script.Core.LastCommitted);
        followers[0].Says();
        followers[0].Hears($"Ack {change}");
        Assert.Equal(before, script.Core.LastCommitted);
        joiner.Hears($"Ack {change}");
        Assert.Equal(change, script.Core.LastCommitted);
        Assert.Equal([$"CommitAndActivate {change} 0000000000000003"], followers[0].Says());
        Assert.Equal(five.Version, script.Core.Membership.Committed.Version);
        Assert.Contains($"configuration {change.Value:x}", script.Told);
    }
}
