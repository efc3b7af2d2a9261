using Coordination.Protocol;
using Coordination.Server.Consensus.Election;

namespace Coordination.Server.Tests.Consensus.Election;

/// <summary>Configurations and notifications in a few words.</summary>
internal static class Ballots
{
    public static QuorumConfiguration Majority(int voters, int observers = 0, long version = 0) => Configuration(
        Enumerable.Range(1, voters + observers).Select(id => (long)id), id => id > voters ? "observer" : "participant", version);

    public static QuorumConfiguration Configuration(IEnumerable<long> members, Func<long, string>? role = null, long version = 0, string more = "") =>
        QuorumConfiguration.Parse(string.Concat(members.Select(id =>
            $"server.{id}=127.0.0.1:{2000 + id}:{3000 + id}:{role?.Invoke(id) ?? "participant"}\n")) + more + $"version={version:x}");

    public static Vote Vote(long leader, int epoch = 1, uint counter = 0, long round = 1) => new(leader, Zxid.Create(epoch, counter), epoch, round);

    public static ElectionNotification Says(PeerState state, Vote vote, int version = 2, string? configuration = "") =>
        new(state, vote.Leader, vote.Zxid, vote.Round, vote.PeerEpoch, version, configuration);

    public static LeaderElection NewElection(long me, QuorumConfiguration? configuration = null, bool adopts = false) =>
        new(new ElectionOptions { MyId = me, AdoptsConfigurations = adopts }, new Electorate(configuration ?? Majority(3)));

    /// <summary>An election that began at time 0, with its first sending taken out.</summary>
    public static LeaderElection Begun(long me, QuorumConfiguration? configuration = null, int epoch = 1, uint counter = 0, bool adopts = false)
    {
        LeaderElection election = NewElection(me, configuration, adopts);
        election.Begin(new Candidacy(election.Electorate, IsObserver: false, Zxid.Create(epoch, counter), epoch), 0);
        election.Outbox.Clear();
        return election;
    }

    /// <summary>Takes out what is to be sent, as (to whom, for whom).</summary>
    public static (long To, long Leader)[] TakeSent(this LeaderElection election)
    {
        (long, long)[] sent = [.. election.Outbox.Select(message => (message.To, message.Notification.Leader))];
        election.Outbox.Clear();
        return sent;
    }
}
