using System.Net;
using System.Threading.Channels;
using Coordination.Protocol;
using Coordination.Server.Consensus.Election;
using Coordination.Server.Network.Ensemble;

namespace Coordination.Server.Tests.Network.Ensemble;

/// <summary>An election over real sockets: the machine, the transport, and the loop that a server would have.</summary>
internal sealed class ElectingServer : IElectionEvents, IAsyncDisposable
{
    private readonly Channel<Action> _inputs = Channel.CreateUnbounded<Action>(new() { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly ElectionTransport _transport;
    private readonly long _id;
    private LeaderElection? _election;
    private Task _loop = Task.CompletedTask;
    private TaskCompletionSource<ElectionOutcome> _outcome = NewOutcome();

    public ElectingServer(long id, ElectionTransportOptions? options = null)
    {
        _id = id;
        _transport = new ElectionTransport(options ?? new ElectionTransportOptions { MyId = id }, this, TimeProvider.System);
    }

    public int Port { get; private set; }

    public List<string> Complaints { get; } = [];

    public LeaderElection Election => _election!;

    /// <summary>How the running election ends.</summary>
    public Task<ElectionOutcome> Outcome => _outcome.Task;

    public async Task ListenAsync(int port = 0) =>
        Port = (await _transport.StartAsync(new IPEndPoint(IPAddress.Loopback, port), CancellationToken.None)).Port;

    /// <summary>Begins an election, and the loop with the first.</summary>
    public void Begin(QuorumConfiguration configuration, Zxid last = default, int epoch = 0)
    {
        _transport.SetConfiguration(configuration);
        if (_election is null)
        {
            _election = new LeaderElection(new ElectionOptions { MyId = _id }, new Electorate(configuration));
            _loop = Task.Run(RunAsync);
        }

        _outcome = NewOutcome();
        _inputs.Writer.TryWrite(() => _election.Begin(
            new Candidacy(new Electorate(configuration), configuration.Find(_id) is { IsParticipant: false }, last, epoch), Environment.TickCount64));
    }

    public void Establish(long epoch) => _inputs.Writer.TryWrite(() => _election!.Establish(epoch));

    public void Arrived() => _inputs.Writer.TryWrite(TakeArrivals);

    public void OpenFailed(long server, string reason) => Complain($"{server}: {reason}");

    public void Refused(EndPoint? remote, string reason) => Complain($"refused: {reason}");

    public void Failed(Exception reason) => Complain(reason.ToString());

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _transport.DisposeAsync();
        _stopping.Dispose();
    }

    private static TaskCompletionSource<ElectionOutcome> NewOutcome() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void TakeArrivals()
    {
        while (_transport.TryTake(out ElectionArrival arrival))
        {
            if (arrival.Notification is { } notification)
                _election!.Receive(arrival.Server, notification, Environment.TickCount64);
            else
                _election!.SetReachable(arrival.Server, arrival.IsReachable, Environment.TickCount64);
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            long wait = Math.Min(_election!.NextTickAt - Environment.TickCount64, 60_000);
            using var due = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            due.CancelAfter(TimeSpan.FromMilliseconds(Math.Max(0, wait)));
            try
            {
                (await _inputs.Reader.ReadAsync(due.Token))();
            }
            catch (OperationCanceledException) when (!_stopping.IsCancellationRequested)
            {
                _election.Tick(Environment.TickCount64);
            }

            foreach (OutgoingNotification message in _election.Outbox)
                _transport.Send(message.To, message.Notification);
            _election.Outbox.Clear();
            if (_election.Outcome is { } outcome)
                _outcome.TrySetResult(outcome);
        }
    }

    private void Complain(string what)
    {
        lock (Complaints)
            Complaints.Add(what);
    }
}
