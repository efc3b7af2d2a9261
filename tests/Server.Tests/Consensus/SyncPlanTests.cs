using Coordination.Protocol;
using Coordination.Server.Consensus.Leading;

namespace Coordination.Server.Tests.Consensus;

/// <summary>The table of where a learner stands against what the leader has.</summary>
public sealed class SyncPlanTests
{
    // The leader's history: 1.1-1.9, 2.1-2.6, 4.1-4.8; in memory from behind 2.4, committed up to 4.6.
    private static readonly HistoryBounds Bounds = new(Base: Z("2.4"), Target: Z("4.6"), Last: Z("4.8"));

    private static readonly string[] Entries =
    [
        "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "1.9",
        "2.1", "2.2", "2.3", "2.4", "2.5", "2.6",
        "4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7", "4.8",
    ];

    [Theory]
    [InlineData("4.6", true, "Diff 4.6")] // all of it is there
    [InlineData("4.6", false, "Diff 4.6")]
    [InlineData("2.4", true, "Diff 2.4")] // the edge of memory
    [InlineData("2.5", false, "Diff 2.5")]
    [InlineData("4.1", true, "Diff 4.1")]
    [InlineData("0.0", true, "Snapshot")] // nothing, or a server that wants to begin anew
    [InlineData("0.0", false, "Snapshot")]
    [InlineData("2.3", true, "AskFiles")]
    [InlineData("1.9", false, "AskFiles")]
    [InlineData("1.12", false, "AskFiles")]
    [InlineData("2.9", true, "Truncate 2.6")] // a tail of an epoch that was cut short
    [InlineData("2.9", false, "Snapshot")] // Apache keeps newer snapshots when it cuts
    [InlineData("3.2", true, "Snapshot")] // an epoch that left nothing: where it began is unknown
    [InlineData("3.2", false, "Snapshot")]
    [InlineData("4.0", false, "Diff 2.6")] // Apache's name for the state at the start of an epoch
    [InlineData("3.0", false, "Diff 2.6")]
    [InlineData("4.7", true, "Truncate 4.6")] // ahead of what is committed: proposed anew
    [InlineData("4.7", false, "AwaitCommit")] // Apache could not bear its COMMIT, and needs not be cut
    [InlineData("4.8", false, "AwaitCommit")]
    [InlineData("4.9", true, "Truncate 4.6")] // never part of this history
    [InlineData("4.9", false, "Snapshot!")]
    [InlineData("5.0", false, "Snapshot!")]
    [InlineData("5.1", true, "Snapshot")]
    [InlineData("5.1", false, "Snapshot!")]
    public void Memory_decides(string learner, bool isOwn, string expected) => Assert.Equal(expected, Plan(learner, isOwn, asked: false));

    [Theory]
    [InlineData("1.9", true, "Diff 1.9")]
    [InlineData("1.3", false, "Diff 1.3")]
    [InlineData("1.12", true, "Truncate 1.9")]
    [InlineData("1.12", false, "Snapshot")]
    [InlineData("2.0", false, "Diff 1.9")]
    [InlineData("2.3", false, "Diff 2.3")]
    [InlineData("1.2", false, "Snapshot")] // the files do not reach back to it
    [InlineData("1.1", true, "Snapshot")]
    public void Files_decide_where_memory_ends(string learner, bool isOwn, string expected) => Assert.Equal(expected, Plan(learner, isOwn, asked: true));

    [Fact]
    public void An_empty_learner_of_an_empty_leader_gets_an_empty_difference()
    {
        var empty = new HistoryBounds(Zxid.Zero, Zxid.Zero, Zxid.Zero);
        Assert.Equal(new SyncPlan(SyncMethod.Diff, Zxid.Zero), SyncPlan.Make(Zxid.Zero, isOwn: false, empty, Zxid.Zero));
    }

    [Fact]
    public void A_cut_never_crosses_an_epoch_and_never_empties_a_log()
    {
        // All that the leader has of epoch 1 is a snapshot of its beginning.
        var bounds = new HistoryBounds(Z("1.0"), Z("1.0"), Z("1.0"));
        Assert.Equal(SyncMethod.Snapshot, SyncPlan.Make(Z("1.3"), isOwn: true, bounds, Z("1.0")).Method);
    }

    private static string Plan(string learner, bool isOwn, bool asked)
    {
        Zxid last = Z(learner);
        Zxid floor = Entries.Select(Z).Where(zxid => zxid <= last).LastOrDefault();
        LocatedHistory? files = !asked ? null : new LocatedHistory(floor > Z("1.2") ? floor : null);
        SyncPlan plan = SyncPlan.Make(last, isOwn, Bounds, last < Bounds.Base ? default : floor, files);
        string from = plan.From == Zxid.Zero ? "" : $" {plan.From.Epoch}.{plan.From.Counter}";
        return $"{plan.Method}{from}{(plan.NeedsEmptyEntry ? "!" : "")}";
    }

    private static Zxid Z(string text)
    {
        string[] parts = text.Split('.');
        return Zxid.Create(int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture), uint.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
    }
}
