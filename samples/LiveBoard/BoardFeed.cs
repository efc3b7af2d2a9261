using System.Reactive.Linq;
using Coordination.Client;
using Coordination.Protocol;
using Coordination.Recipes;
using Microsoft.Extensions.Options;

namespace LiveBoard;

/// <summary>
/// The board as one observable: the newest of everything the client and the recipes report. None of these streams ends or fails when
/// the connection breaks, so neither does the board; it goes on with the true state when the connection is back.
/// </summary>
internal sealed class BoardFeed
{
    private readonly string _self;

    public BoardFeed(
        BoardIdentity identity,
        ICoordinationClient client,
        BoardLeader leader,
        BoardLock boardLock,
        IServiceDirectory directory,
        IOptionsMonitor<BoardSettings> settings)
    {
        _self = identity.Id;
        States = Observable.CombineLatest(
            SessionOf(client),
            LeadershipOf(client, leader),
            LockOf(client, boardLock),
            settings.Observe().Select(current => current.Motto),
            directory.Observe(BoardIdentity.Service).Select(snapshot => snapshot.Instances.Select(Row).ToArray()),
            (session, leadership, held, motto, instances) =>
                new BoardState(_self, $"{client.Session.Server}", session, leadership, held, motto, instances))
            .Replay(1)
            .RefCount();
    }

    public IObservable<BoardState> States { get; }

    // The deadline shrinks without any event, so the session is looked at twice a second.
    private static IObservable<SessionPanel> SessionOf(ICoordinationClient client) => client.SessionChanges
        .CombineLatest(Observable.Interval(TimeSpan.FromMilliseconds(500)).StartWith(0), (change, _) => change)
        .Select(change => new SessionPanel(
            $"0x{change.Session.Id:x}",
            $"{change.State}",
            change.Session.Timeout.TotalMilliseconds,
            change.Session.SafeFor.TotalMilliseconds));

    private IObservable<LeadershipPanel> LeadershipOf(ICoordinationClient client, BoardLeader leader) => Observable.CombineLatest(
        leader.Latch.Changes,
        WhenChanged(client, BoardLeader.ElectionPath, token => leader.Latch.GetParticipantsAsync(token)),
        client.Observe(BoardLeader.CounterPath),
        (change, participants, counter) => new LeadershipPanel(
            change.State == LeadershipState.Leading,
            BoardLeader.ReadCount(counter.Current),
            [.. participants.Select(participant => Entry(participant.Id))]));

    private IObservable<LockPanel> LockOf(ICoordinationClient client, BoardLock boardLock) => Observable.CombineLatest(
        boardLock.States,
        WhenChanged(client, BoardLock.Path, token => boardLock.Lock.InspectAsync(token)),
        (state, queue) => new LockPanel($"{state}", [.. queue.Contenders.Select(contender => Entry(contender.Identity))]));

    /// <summary>Looks again whenever somebody joins or leaves below <paramref name="path"/>; a look that fails is made up for by the next.</summary>
    private static IObservable<T> WhenChanged<T>(ICoordinationClient client, ZnodePath path, Func<CancellationToken, ValueTask<T>> look) =>
        client.ObserveChildren(path)
            .Where(view => view.Freshness != Freshness.Suspended)
            .Select(_ => Observable.FromAsync(token => look(token).AsTask()).Catch(Observable.Empty<T>()))
            .Switch();

    private QueueEntry Entry(string id) => new(id, id == _self);

    private InstanceRow Row(ServiceInstance instance) =>
        new(instance.Id, $"{instance.ToUri()}", instance.RegisteredAt, instance.Id == _self);
}
