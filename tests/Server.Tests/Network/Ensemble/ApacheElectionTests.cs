using Coordination.Protocol;
using Coordination.Server.Consensus.Election;
using Coordination.Testing;

namespace Coordination.Server.Tests.Network.Ensemble;

/// <summary>Elections among Apache's servers in which ours has a voice.</summary>
public sealed class ApacheElectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Ours_votes_with_two_of_Apaches_and_finds_their_leader_before_and_after_a_failure()
    {
        await using var ours = new ElectingServer(1);
        await ours.ListenAsync();
        QuorumConfiguration configuration = ConfigurationOf(ours.Port);
        await using ApachePeer second = Start(2, configuration);
        await using ApachePeer third = Start(3, configuration);
        // A start apart: who has no port yet is not waited for, and may be voted for by the others a moment later. A role that nobody
        // plays the counterpart to is then given up.
        ElectionOutcome outcome;
        do
            outcome = await ElectAsync(ours, configuration);
        while (!await (outcome.Vote.Leader == 3 ? third : second).IsInModeAsync("leader", TimeSpan.FromSeconds(5)));
        Assert.Equal(PeerState.Following, outcome.State);
        Assert.True(await (outcome.Vote.Leader == 3 ? second : third).IsInModeAsync("follower", Patience), $"{second}\n{third}");

        // One of two is left; with our voice it is a majority. Our empty history is worse than its own.
        await third.KillAsync();
        do
            outcome = await ElectAsync(ours, configuration);
        while (outcome.Vote.Leader == 3);
        Assert.Equal((PeerState.Following, 2L), (outcome.State, outcome.Vote.Leader));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public async Task Who_is_no_member_finds_the_leader_of_Apaches_whichever_side_opens_the_connection(long id)
    {
        QuorumConfiguration configuration = ConfigurationOf(null);
        await using ApachePeer second = Start(2, configuration);
        await using ApachePeer third = Start(3, configuration);
        Assert.True(await third.IsInModeAsync("leader", Patience), $"{third}");
        Assert.True(await second.IsInModeAsync("follower", Patience), $"{second}");

        await using var ours = new ElectingServer(id);
        await ours.ListenAsync();
        ours.Begin(configuration);
        ElectionOutcome outcome = await ours.Outcome.WaitAsync(Patience);
        Assert.Equal((PeerState.Following, 3L, 1L), (outcome.State, outcome.Vote.Leader, outcome.Vote.PeerEpoch));
    }

    private static Task<ElectionOutcome> ElectAsync(ElectingServer ours, QuorumConfiguration configuration)
    {
        ours.Begin(configuration);
        return ours.Outcome.WaitAsync(Patience);
    }

    private static QuorumConfiguration ConfigurationOf(int? ourPort)
    {
        string ours = ourPort is { } port ? $"server.1=127.0.0.1:{LoopbackPort.Free()}:{port}\n" : "";
        string theirs = string.Concat(new[] { 2, 3 }.Select(static id => $"server.{id}=127.0.0.1:{LoopbackPort.Free()}:{LoopbackPort.Free()}\n"));
        return QuorumConfiguration.Parse($"{ours}{theirs}version=0");
    }

    private static ApachePeer Start(long id, QuorumConfiguration configuration) => ApachePeer.Start(new ApachePeerOptions
    {
        Id = id,
        ClientPort = LoopbackPort.Free(),
        Members = [.. configuration.Members.Select(static member => $"server.{member.Id}={member}")],
    });
}
