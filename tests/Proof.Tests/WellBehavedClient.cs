using System.Buffers.Binary;
using Coordination.Client;
using Coordination.Proof.Tests.Processes;
using Coordination.Proof.Worker;
using Coordination.Protocol;

namespace Coordination.Proof.Tests;

/// <summary>
/// A client that does its work while others misbehave: creates, sets, reads and deletes a znode and follows another one, checks every
/// answer and measures every operation. Any exception and any wrong answer ends it.
/// </summary>
internal sealed class WellBehavedClient : IAsyncDisposable
{
    private static readonly ZnodePath Beacon = "/beacon";
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);

    private readonly CoordinationClient _client;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<double> _latencies = [];
    private readonly List<double> _watchLatencies = [];
    private readonly List<SessionState> _states = [];
    private readonly IDisposable _subscription;
    private readonly Task _work;

    private WellBehavedClient(CoordinationClient client)
    {
        _client = client;
        _subscription = client.SessionChanges.Subscribe(new StateObserver(_states));
        _work = Task.Run(WorkAsync);
    }

    /// <summary>Connects and begins.</summary>
    public static async Task<WellBehavedClient> StartAsync(string server, CancellationToken cancellationToken)
    {
        CoordinationClient client = await Clients.ConnectAsync(server, TimeSpan.FromSeconds(10), cancellationToken);
        await client.CreateAsync(Beacon, cancellationToken: cancellationToken);
        return new WellBehavedClient(client);
    }

    /// <summary>Ends the work and says how it went.</summary>
    /// <returns>Operations, and their latencies in milliseconds.</returns>
    /// <exception cref="Exception">Whatever went wrong in between.</exception>
    public async Task<ClientFigures> StopAsync()
    {
        await _stopping.CancelAsync();
        await _work;
        Assert.DoesNotContain(_states, state => state is SessionState.Suspended or SessionState.Lost);
        return new ClientFigures(Summary.Of(_latencies), Summary.Of(_watchLatencies));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _work.ContinueWith(static _ => { }, TaskScheduler.Default);
        _subscription.Dispose();
        await _client.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task WorkAsync()
    {
        await using IAsyncEnumerator<ZnodeView> beacon = _client.WatchAsync(Beacon, _stopping.Token).GetAsyncEnumerator();
        try
        {
            Assert.True(await beacon.MoveNextAsync());
            for (int turn = 1; ; turn++)
            {
                await LiveOfAZnodeAsync(turn);
                await LightTheBeaconAsync(turn, beacon);
                await Task.Delay(Pace, _stopping.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    private async Task LiveOfAZnodeAsync(int turn)
    {
        CoordinationClient client = _client;
        ZnodePath path = $"/work-{turn}";
        byte[] first = Payload(turn, 0);
        byte[] second = Payload(turn, 1);

        Znode created = await Measured(client.CreateAsync(path, first, new CreateOptions { Kind = CreateKind.Ephemeral }));
        Assert.Equal(client.Session.Id, created.Stat.EphemeralOwner);
        ZnodeStat set = await Measured(client.SetAsync(path, second, expectedVersion: 0));
        Assert.Equal(1, set.Version);
        Znode? read = await Measured(client.TryGetAsync(path));
        Assert.NotNull(read);
        Assert.Equal(second, read.Data.ToArray());
        Assert.Equal((created.Stat.Czxid, set.Mzxid), (read.Stat.Czxid, read.Stat.Mzxid));
        Task gone = client.WaitUntilDeletedAsync(path).AsTask();
        Assert.True(await Measured(client.DeleteAsync(path, expectedVersion: 1)));
        await gone.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private async Task LightTheBeaconAsync(int turn, IAsyncEnumerator<ZnodeView> beacon)
    {
        TimeSpan begun = BootClock.Now;
        await Measured(_client.SetAsync(Beacon, Payload(turn, 2)));
        while (beacon.Current.Current is not { } seen || seen.Data.Length != 8 || BinaryPrimitives.ReadInt32BigEndian(seen.Data.Span) != turn)
        {
            Assert.True(await beacon.MoveNextAsync());
            Assert.NotEqual(Freshness.Suspended, beacon.Current.Freshness);
        }

        _watchLatencies.Add((BootClock.Now - begun).TotalMilliseconds);
    }

    private async Task<T> Measured<T>(ValueTask<T> operation)
    {
        TimeSpan begun = BootClock.Now;
        T result = await operation.AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        _latencies.Add((BootClock.Now - begun).TotalMilliseconds);
        return result;
    }

    private static byte[] Payload(int turn, int step)
    {
        byte[] payload = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(payload, turn);
        BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(4), step);
        return payload;
    }

    private sealed class StateObserver(List<SessionState> states) : IObserver<SessionChange>
    {
        public void OnNext(SessionChange value)
        {
            lock (states)
                states.Add(value.State);
        }

        public void OnError(Exception error)
        {
        }

        public void OnCompleted()
        {
        }
    }
}

/// <summary>What a well-behaved client measured.</summary>
/// <param name="Operations">Requests.</param>
/// <param name="Watches">From the start of a write to the sight of it in a stream.</param>
internal sealed record ClientFigures(Summary Operations, Summary Watches)
{
    public override string ToString() => $"operations {Operations}, watches {Watches}";
}

/// <summary>Latencies in milliseconds.</summary>
internal sealed record Summary(int Count, double Median, double P99, double Longest)
{
    public static Summary Of(List<double> values)
    {
        double[] ordered = [.. values.Order()];
        return ordered.Length == 0
            ? new Summary(0, 0, 0, 0)
            : new Summary(ordered.Length, ordered[ordered.Length / 2], ordered[ordered.Length * 99 / 100], ordered[^1]);
    }

    public override string ToString() => $"{Count} (median {Median:f1}, p99 {P99:f1}, max {Longest:f0} ms)";
}
